package dev.ashlar.api;

/**
 * An allocator's figures at one moment, all byte figures in bytes. Ratios are fractions: 0.05 is five per cent.
 *
 * @param requestedBytes sum of the sizes that the live blocks were asked for with
 * @param allocatedBytes the same after rounding each to its size class
 * @param committedBytes memory taken from the source or upstream
 * @param reservedBytes address space held, at least the committed bytes
 * @param metadataBytes bookkeeping, on the heap and off it
 * @param liveBlocks blocks handed out and not freed
 * @param allocations requests served since the allocator was made
 * @param misses of these, how many had to go upstream
 * @param upstreamCalls how often memory was asked for or given back upstream
 * @param refused requests that were not served
 * @param invalidFrees frees and resizes refused because the block was not live
 * @param peakCommittedBytes the highest {@code committedBytes} so far
 * @param requestedAtPeakBytes {@code requestedBytes} when that height was reached
 */
public record AllocatorStats(
        long requestedBytes,
        long allocatedBytes,
        long committedBytes,
        long reservedBytes,
        long metadataBytes,
        long liveBlocks,
        long allocations,
        long misses,
        long upstreamCalls,
        long refused,
        long invalidFrees,
        long peakCommittedBytes,
        long requestedAtPeakBytes) {

    /** The figures of an allocator that was never used. */
    public static final AllocatorStats ZERO = new AllocatorStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    /** Blocks freed so far. */
    public long frees() {
        return allocations - liveBlocks;
    }

    /** Requests served from memory that the allocator already held. */
    public long hits() {
        return allocations - misses;
    }

    /** Hits / allocations; 1 if there was no allocation. */
    public double hitRate() {
        return allocations == 0 ? 1 : (double) hits() / allocations;
    }

    /** Waste inside blocks: 1 - requested / allocated; 0 if nothing is allocated. */
    public double internalFragmentation() {
        return allocatedBytes == 0 ? 0 : 1 - (double) requestedBytes / allocatedBytes;
    }

    /** Allocated / committed; 1 if nothing is committed. */
    public double utilisation() {
        return ratio(allocatedBytes, committedBytes, 1);
    }

    /** Metadata / committed; 0 if nothing is committed. */
    public double metadataRatio() {
        return ratio(metadataBytes, committedBytes, 0);
    }

    /** Peak committed over what was requested at that moment, less 1; 0 if nothing was requested then. */
    public double realisedFragmentation() {
        return ratio(peakCommittedBytes - requestedAtPeakBytes, requestedAtPeakBytes, 0);
    }

    /**
     * The figures of two allocators together. The peaks are added, which is an upper bound: they need not have been at
     * the same time.
     *
     * @param other the figures of another allocator
     */
    public AllocatorStats plus(AllocatorStats other) {
        return new AllocatorStats(
                requestedBytes + other.requestedBytes,
                allocatedBytes + other.allocatedBytes,
                committedBytes + other.committedBytes,
                reservedBytes + other.reservedBytes,
                metadataBytes + other.metadataBytes,
                liveBlocks + other.liveBlocks,
                allocations + other.allocations,
                misses + other.misses,
                upstreamCalls + other.upstreamCalls,
                refused + other.refused,
                invalidFrees + other.invalidFrees,
                peakCommittedBytes + other.peakCommittedBytes,
                requestedAtPeakBytes + other.requestedAtPeakBytes);
    }

    private static double ratio(long part, long whole, double ofNothing) {
        return whole == 0 ? ofNothing : (double) part / whole;
    }
}
