package dev.ashlar.api;

/**
 * A pool's figures at one moment, in objects. Immutable.
 *
 * <p>{@code idle} and {@code live} tell what is now: they rise and fall. The others count what happened since the pool
 * was made, and never fall from one snapshot of a pool to the next; neither do {@link #hits}. No figure is below 0.
 *
 * <p>All figures are exact when no thread is at work in the pool. While threads are, what they do at this moment may be
 * missing: a snapshot is no instant at which all of them stood still, and {@code created - discarded} may differ from
 * {@link #size} by the objects that are on their way.
 *
 * @param idle objects kept ready now
 * @param live objects acquired and not released now, and those that are on their way between the two. An object that a
 *     caller lost is live for ever
 * @param created objects that the factory made, those for {@link PoolConfig#initialSize()} included
 * @param retrieved acquires that got an object. One that threw after that, in a listener, counts too, and its object as
 *     returned or discarded
 * @param returned releases, also of objects that were discarded then. A release that was refused does not count
 * @param discarded objects that were taken out of the pool and given to the destroyer, also if that threw
 * @param misses of the retrieved, those for which an object had to be made
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
