package dev.ashlar.cache;

/**
 * The figures of a cache at one moment, the same ones for every {@link Eviction}. Counters count from the beginning and
 * are exact once the threads that change them are done.
 *
 * @param hits reads that found the value, in memory or on disk
 * @param misses reads that did not; a load begins with one
 * @param puts values that were stored by {@code put}
 * @param loads calls of a loader that returned, also those that returned null
 * @param loadFailures loaders that threw
 * @param loadNanos time that loaders took
 * @param tooLarge values that were larger than the bound of one value
 * @param notStored values for which there was no memory, even after evictions
 * @param evictions values that were evicted from memory for lack of room
 * @param evictedBytes bytes of their blocks
 * @param expired values that expired in memory
 * @param entries values in memory
 * @param storedBytes bytes that their blocks take
 * @param heldBytes bytes that all blocks take: these, those that only readers hold, and those that wait to be written
 *     to disk
 * @param valueBytes bytes of the values in memory, before compression and rounding
 * @param compressedBytes the same after compression
 * @param metadataBytes heap that the entries take, estimated, without their keys
 * @param disk the level underneath
 */
public record CacheStats(
        long hits,
        long misses,
        long puts,
        long loads,
        long loadFailures,
        long loadNanos,
        long tooLarge,
        long notStored,
        long evictions,
        long evictedBytes,
        long expired,
        long entries,
        long storedBytes,
        long heldBytes,
        long valueBytes,
        long compressedBytes,
        long metadataBytes,
        Disk disk) {

    /**
     * The figures of the disk level, all 0 if there is none.
     *
     * @param demotions values that were written
     * @param promotions values that came back to memory, from the file or before they were written
     * @param dropped values that were not written: they waited behind too many others, or had no room
     * @param evictions values that were evicted for lack of room
     * @param damaged values whose checksum was wrong, each a miss
     * @param errors reads and writes that failed, each a miss or a value that is not written
     * @param entries values in the level
     * @param bytes bytes of the file that they take
     */
    public record Disk(
            long demotions,
            long promotions,
            long dropped,
            long evictions,
            long damaged,
            long errors,
            long entries,
            long bytes) {

        /** Without a disk level. */
        static final Disk NONE = new Disk(0, 0, 0, 0, 0, 0, 0, 0);
    }

    /** Hits / reads; 1 if there was no read. */
    public double hitRate() {
        return ratio(hits, hits + misses);
    }

    /** Compressed bytes over bytes of values: 0.25 if they take a quarter; 1 if there are none. */
    public double compressionRatio() {
        return ratio(compressedBytes, valueBytes);
    }

    /** Mean time of a load in nanoseconds, which is what a miss costs; 0 if there was none. */
    public double meanLoadNanos() {
        return loads + loadFailures == 0 ? 0 : (double) loadNanos / (loads + loadFailures);
    }

    private static double ratio(long part, long whole) {
        return whole == 0 ? 1 : (double) part / whole;
    }
}
