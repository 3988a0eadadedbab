package dev.ashlar.adaptive.internal;

import dev.ashlar.api.AllocatorStats;
import java.util.Collection;

/** Adds up figures of parts. */
final class Totals {

    private Totals() {}

    static AllocatorStats of(Collection<Part> parts) {
        AllocatorStats sum = AllocatorStats.ZERO;
        for (Part part : parts) {
            sum = sum.plus(part.allocator.stats());
        }
        return sum;
    }

    /**
     * The figures of a whole allocator: what clients did is what its parts say; what it holds is what the source that they
     * share says.
     *
     * @param parts the sum over all parts
     * @param memory what they share
     * @param refused requests that no part served
     */
    static AllocatorStats whole(AllocatorStats parts, Memory memory, long refused, long metadataBytes) {
        long committed = memory.source().committedBytes();
        long peak = memory.source().peakCommittedBytes();
        return new AllocatorStats(
                parts.requestedBytes(),
                parts.allocatedBytes(),
                committed,
                committed,
                parts.metadataBytes() + metadataBytes,
                parts.liveBlocks(),
                parts.allocations(),
                parts.misses(),
                memory.source().calls(),
                refused,
                parts.invalidFrees(),
                peak,
                Math.min(parts.requestedAtPeakBytes(), peak));
    }
}
