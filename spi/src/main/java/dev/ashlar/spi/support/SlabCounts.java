package dev.ashlar.spi.support;

/**
 * Sums over heaps: of blocks by size class, and of the bytes that they were asked for with. Not synchronized.
 *
 * <p>Whoever adds up adds what was freed of all heaps first, see {@link SlabHeap}.
 */
final class SlabCounts {

    /** What sums take on the heap: an object and two arrays. */
    static final long METADATA_BYTES = 40 + 2 * (16 + 8L * SizeClasses.MAX_CLASSES);

    private final long[] allocations = new long[SizeClasses.MAX_CLASSES];
    private final long[] frees = new long[SizeClasses.MAX_CLASSES];
    private long requestedBytes;
    private long freedBytes;

    void addFreed(long[] freesByClass, long bytes) {
        add(frees, freesByClass);
        freedBytes += bytes;
    }

    void addAllocated(long[] allocationsByClass, long bytes) {
        add(allocations, allocationsByClass);
        requestedBytes += bytes;
    }

    private static void add(long[] sums, long[] counts) {
        for (int i = 0; i < counts.length; i++) {
            sums[i] += counts[i];
        }
    }

    /** Adds what another has, of which the same sum was taken. */
    void addFreed(SlabCounts other) {
        addFreed(other.frees, other.freedBytes);
    }

    /** The same for what was allocated. */
    void addAllocated(SlabCounts other) {
        addAllocated(other.allocations, other.requestedBytes);
    }

    /** Bytes that live blocks were asked for with. */
    long requestedBytes() {
        return Math.max(0, requestedBytes - freedBytes);
    }

    long allocations() {
        long sum = 0;
        for (long count : allocations) {
            sum += count;
        }
        return sum;
    }

    long liveBlocks() {
        long sum = 0;
        for (int i = 0; i < frees.length; i++) {
            sum += allocations[i] - frees[i];
        }
        return Math.max(0, sum);
    }

    /** Bytes of live blocks after rounding. */
    long allocatedBytes(SizeClasses sizeClasses) {
        long sum = 0;
        for (int i = 0; i < sizeClasses.count(); i++) {
            sum += (allocations[i] - frees[i]) * sizeClasses.size(i);
        }
        return Math.max(0, sum);
    }
}
