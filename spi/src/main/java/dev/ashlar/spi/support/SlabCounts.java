package dev.ashlar.spi.support;

/**
 * Sums over heaps: of blocks, of the bytes that they were asked for with, and of the bytes of their slots. Not
 * synchronized.
 *
 * <p>Whoever adds up adds what was freed of all heaps first, see {@link SlabHeap}.
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

    /** Adds the sums of heaps that are no more. */
    void add(SlabCounts other) {
        allocations += other.allocations;
        frees += other.frees;
        requestedBytes += other.requestedBytes;
        allocatedBytes += other.allocatedBytes;
    }

    /** Bytes that live blocks were asked for with. */
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
