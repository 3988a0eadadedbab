package dev.ashlar.api.compose;

import dev.ashlar.api.AllocationHints;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The sampled blocks of a tracking allocator, its raw addresses and its confined views. */
final class BlockTracker extends Tracker {

    private final SampledBlocks blocks;

    BlockTracker(Tracking tracking) {
        super(tracking, TrackingReport.Kind.BLOCKS, tracking.bytesPerSample);
        blocks = new SampledBlocks(isOfEvery());
    }

    @Override
    void walk(SampledBlocks.Visitor visitor) {
        blocks.forEach(visitor);
    }

    @Override
    long amount(long byteSize) {
        return byteSize;
    }

    /** Counts a block that was allocated, and tracks it if it is due. */
    void allocated(MemorySegment block, @Nullable AllocationHints hints) {
        if (isDue(block.byteSize())) {
            sample(block.address(), block.byteSize(), hints == null ? null : hints.tag(), block);
        }
    }

    /** Counts a block that was allocated as a raw address, and tracks it if it is due. */
    void allocated(long address, long byteSize, @Nullable AllocationHints hints) {
        if (isDue(byteSize)) {
            sample(address, byteSize, hints == null ? null : hints.tag(), null);
        }
    }

    /** Before the block is handed out, so that whoever frees it finds it. */
    private void sample(long address, long byteSize, @Nullable String tag, @Nullable MemorySegment segment) {
        if (byteSize == 0 && !isOfEvery()) {
            return; // only a race can make it due
        }
        UnreachableWatch watch = segment == null || !reportsUnreachable() ? null : watch(segment);
        SampledBlocks.Entry stale = blocks.add(begin(address, byteSize, tag, watch));
        if (stale != null) {
            end(stale); // freed by a way around this allocator
        }
    }

    /** It has the blocks and the sites, and not the allocator. */
    private UnreachableWatch watch(MemorySegment segment) {
        long address = segment.address();
        return UnreachableWatch.of(segment, watch -> {
            SampledBlocks.Entry entry = blocks.markUnreachable(address, watch);
            if (entry != null) {
                logUnreachable(entry);
            }
        });
    }

    /** Whether a block may be tracked. False for most of those that are not. */
    boolean mayHold(long address) {
        return blocks.mayHold(address);
    }

    /**
     * Ends the tracking of a block before it is freed, because after that another block may have its address. Then
     * {@link #end}, or {@link #restore} if the free fails.
     *
     * @return null if the block is not tracked
     */
    SampledBlocks.@Nullable Entry take(long address) {
        return blocks.mayHold(address) ? blocks.remove(address) : null;
    }

    /** As {@link #take(long)} for a batch: only those that are tracked. */
    List<SampledBlocks.Entry> take(long[] addresses) {
        List<SampledBlocks.Entry> taken = new ArrayList<>();
        for (long address : addresses) {
            SampledBlocks.Entry entry = take(address);
            if (entry != null) {
                taken.add(entry);
            }
        }
        return taken;
    }

    /** Tracks a block again, because it was not freed. */
    void restore(SampledBlocks.Entry entry) {
        blocks.restore(entry);
    }

    void checkInvariants() {
        blocks.checkInvariants();
    }
}
