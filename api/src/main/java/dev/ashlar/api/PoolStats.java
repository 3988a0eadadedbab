package dev.ashlar.api;

/**
 * A pool's figures at one moment, in objects. Immutable.
 *
 * <p>{@code idle} and {@code live} are the present numbers, and rise and fall. The others, and {@link #hits}, count
 * events since the pool was made. They never fall from one snapshot to the next. No figure is negative.
 *
 * <p>All figures are exact while no thread uses the pool. Otherwise operations that are in progress may be missing,
 * because a snapshot does not stop other threads. Then {@code created - discarded} may differ from {@link #size} by the
 * objects of these operations.
 *
 * @param idle objects kept ready now
 * @param live objects that are acquired and not released, including those of operations in progress. An object that a
 *     caller has lost stays live
 * @param created objects that the factory made, including those for {@link PoolConfig#initialSize()}
 * @param retrieved acquires that got an object. An acquire whose listener then threw counts too, and its object counts
 *     as returned or discarded
 * @param returned releases, including those after which the object was discarded. A refused release does not count
 * @param discarded objects that were removed from the pool and passed to the destroyer, even if it threw
 * @param misses retrieved objects that had to be made
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
