package dev.ashlar.api.compose;

import dev.ashlar.api.AllocatorStats;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what the clients of a hardened allocator have: their blocks and bytes, without redzones and quarantine. Each
 * operation costs a few striped additions.
 */
final class HardeningCounts {

    private final LongAdder requestedBytes = new LongAdder();
    private final LongAdder frontBytes = new LongAdder();

    /** What upstream was asked for beyond what the clients asked for: redzones, and blocks in quarantine. */
    private final LongAdder addedBytes = new LongAdder();

    private final LongAdder allocations = new LongAdder();
    private final LongAdder frees = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder invalidFrees = new LongAdder();

    /** The peak that the next figure belongs to. Guarded by this. */
    private long peakBytes;

    /** Guarded by this. */
    private long requestedAtPeak;

    void allocated(long byteSize, long front, long innerSize) {
        requestedBytes.add(byteSize);
        addedBytes.add(innerSize - byteSize);
        frontBytes.add(front);
        allocations.increment();
    }

    /** A block was freed, and its memory is still there. */
    void freed(long byteSize, long front) {
        frees.increment();
        requestedBytes.add(-byteSize);
        addedBytes.add(byteSize);
        frontBytes.add(-front);
    }

    /** The memory of a freed block has gone back upstream. */
    void released(long innerSize) {
        addedBytes.add(-innerSize);
    }

    void refused() {
        refused.increment();
    }

    void invalidFree() {
        invalidFrees.increment();
    }

    /**
     * The figures as {@link Allocators#hardening} documents them.
     *
     * @param upstream the figures of upstream
     * @param quarantinedBytes what blocks in quarantine take upstream
     * @param metadataBytes what the bookkeeping takes
     */
    AllocatorStats stats(AllocatorStats upstream, long quarantinedBytes, long metadataBytes) {
        long freed = frees.sum(); // before the allocations, so that live blocks are never negative
        long allocated = allocations.sum();
        long requested = Math.max(0, requestedBytes.sum());
        return upstream.toBuilder()
                .requestedBytes(requested)
                .allocatedBytes(Math.max(0, upstream.allocatedBytes() - quarantinedBytes - frontBytes.sum()))
                .metadataBytes(upstream.metadataBytes() + metadataBytes)
                .liveBlocks(allocated - freed)
                .allocations(allocated)
                .misses(Math.min(upstream.misses(), allocated))
                .refused(refused.sum())
                .invalidFrees(invalidFrees.sum())
                .requestedAtPeakBytes(requestedAtPeak(upstream))
                .build();
    }

    /** Upstream's figure less what is added when the peak is first seen here. */
    private synchronized long requestedAtPeak(AllocatorStats upstream) {
        if (upstream.peakCommittedBytes() > peakBytes) {
            peakBytes = upstream.peakCommittedBytes();
            requestedAtPeak = Math.max(0, upstream.requestedAtPeakBytes() - Math.max(0, addedBytes.sum()));
        }
        return requestedAtPeak;
    }
}
