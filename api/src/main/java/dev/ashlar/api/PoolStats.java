package dev.ashlar.api;

/**
 * A pool's figures at one moment, in objects.
 *
 * @param idle objects kept ready now
 * @param live objects acquired and not released
 * @param created objects that the factory made
 * @param retrieved acquires that succeeded
 * @param returned releases
 * @param discarded objects that the pool destroyed
 * @param misses acquires for which an object had to be made
 */
public record PoolStats(
        long idle, long live, long created, long retrieved, long returned, long discarded, long misses) {

    /** The figures of a pool that was never used, or does not count. */
    public static final PoolStats ZERO = new PoolStats(0, 0, 0, 0, 0, 0, 0);

    /** Objects that exist now: idle and live. */
    public long size() {
        return idle + live;
    }

    /** Acquires that an idle object served. */
    public long hits() {
        return retrieved - misses;
    }

    /** Hits / acquires; 1 if there was no acquire. */
    public double hitRate() {
        return retrieved == 0 ? 1 : (double) hits() / retrieved;
    }

    /** How many acquires each made object saved: 1 - created / retrieved, at least 0; 0 if there was no acquire. */
    public double reuseRatio() {
        return retrieved == 0 ? 0 : Math.max(0, 1 - (double) created / retrieved);
    }
}
