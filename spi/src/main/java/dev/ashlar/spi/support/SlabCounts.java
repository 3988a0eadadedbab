package dev.ashlar.spi.support;

/**
 * Sums over heaps: of blocks, of their requested bytes, and of the bytes of their slots. Not synchronized.
 *
 * <p>First add the freed blocks of all heaps, then the allocated ones: see {@link SlabHeap}.
 */
final class SlabCounts {

    /** A header and four sums. */
    static final int METADATA_BYTES = 16 + 4 * 8;

    private long allocations;
    private long frees;
    private long requestedBytes;
    private long allocatedBytes;

    void addFreed(long blocks, long requested, long allocated) {
        frees += blocks;
        requestedBytes -= requested;
        allocatedBytes -= allocated;
    }

    void addAllocated(long blocks, long requested, long allocated) {
        allocations += blocks;
        requestedBytes += requested;
        allocatedBytes += allocated;
    }

    /** Adds the sums of removed heaps. */
    void add(SlabCounts other) {
        allocations += other.allocations;
        frees += other.frees;
        requestedBytes += other.requestedBytes;
        allocatedBytes += other.allocatedBytes;
    }

    /** Requested bytes of live blocks. */
    long requestedBytes() {
        return Math.max(0, requestedBytes);
    }

    /** Bytes of live blocks after rounding. */
    long allocatedBytes() {
        return Math.max(0, allocatedBytes);
    }

    long allocations() {
        return allocations;
    }

    long liveBlocks() {
        return Math.max(0, allocations - frees);
    }
}
