package dev.ashlar.slab.internal;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Inspectable.Visitor;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.slab.SlabConfig;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.spi.support.AllocatorSource;
import dev.ashlar.spi.support.DirectAllocator;
import dev.ashlar.spi.support.MeteredSource;
import dev.ashlar.spi.support.SizeClasses;
import dev.ashlar.spi.support.UnitChunk;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an allocator and the views of it share: the supply of slabs, the heaps, what serves large blocks, and the counts of
 * rare events.
 */
final class SlabCore {

    /** The class of requests that no slot can serve. */
    static final int LARGE = -1;

    private static final Logger LOG = LoggerFactory.getLogger(SlabAllocator.class);

    private final long largestSlot;
    private final MeteredSource source;
    private final SlabSupply supply;
    private final Heaps heaps;
    private final @Nullable DirectAllocator large;
    private final @Nullable MeteredSource upstream;
    private final LongAdder misses = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder invalidFrees = new LongAdder();

    SlabCore(AllocatorConfig config, SlabConfig settings) {
        SizeClasses sizeClasses = settings.sizeClasses();
        largestSlot = sizeClasses.largest();
        source = new MeteredSource(config.source(), config.limitBytes(), this::requestedBytes);
        supply = new SlabSupply(sizeClasses, source, config.capacityBytes(), config.reserveBytes());
        heaps = new Heaps(supply);
        upstream = config.upstream()
                .map(allocator -> new MeteredSource(
                        new AllocatorSource(allocator), AllocationException.NO_LIMIT, this::requestedBytes))
                .orElse(null);
        large = settings.largeBlocks() == LargeBlockPolicy.REFUSE
                ? null
                : new DirectAllocator(upstream == null ? source : upstream);
        if (!supply.chunks().preallocate(config.preallocateBytes())) {
            close();
            throw source.refusal(config.preallocateBytes(), config.preallocateBytes());
        }
    }

    SizeClasses sizeClasses() {
        return supply.sizeClasses();
    }

    SlabSupply supply() {
        return supply;
    }

    Heaps heaps() {
        return heaps;
    }

    /** The size class of a request, or {@link #LARGE}. Checks the request. */
    int classOf(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        return byteSize > largestSlot || byteAlignment > UnitChunk.PAGE
                ? LARGE
                : supply.sizeClasses().classOf(byteSize, byteAlignment);
    }

    /** The block at an address in a slab. */
    MemorySegment blockAt(long address, long byteSize) {
        Slab slab = Objects.requireNonNull(supply.slabAt(address));
        return slab.memory().asSlice(slab.offsetOf(slab.slotAt(address)), byteSize);
    }

    @Nullable MemorySegment allocateLarge(long byteSize, long byteAlignment) {
        if (large == null) {
            noteRefusal();
            return null;
        }
        MemorySegment block = large.tryAllocate(byteSize, byteAlignment);
        if (block == null && upstream == null && trim() > 0) { // the limit is for slabs and large blocks together
            block = large.tryAllocate(byteSize, byteAlignment);
        }
        if (block == null) {
            noteRefusal();
        }
        return block;
    }

    /** Frees a large block, or says what is wrong with the address. */
    void freeLarge(long address, long byteSize) {
        if (!isLargeLive(address) || large == null) {
            throw invalidFree(address);
        }
        large.freeAddress(address, byteSize);
    }

    boolean isLargeLive(long address) {
        return large != null && large.isLive(address);
    }

    boolean isLive(long address) {
        Slab slab = supply.slabAt(address);
        if (slab == null) {
            return isLargeLive(address);
        }
        int slot = slab.slotAt(address);
        return slot >= 0 && slab.isLive(slot);
    }

    void requireLive(long address) {
        if (!isLive(address)) {
            throw invalidFree(address);
        }
    }

    /** Counts an attempt to free what is not live, and says what is wrong with it. */
    InvalidBlockException invalidFree(long address) {
        invalidFrees.increment();
        return whatIsWrongWith(address);
    }

    private InvalidBlockException whatIsWrongWith(long address) {
        Slab slab = supply.slabAt(address);
        if (slab == null) {
            return supply.chunks().hold(address)
                    ? InvalidBlockException.freedTwice(address, InvalidBlockException.UNKNOWN_SIZE)
                    : large == null ? InvalidBlockException.foreign(address) : large.whatIsWrongWith(address);
        }
        return slab.slotAt(address) >= 0
                ? InvalidBlockException.freedTwice(address, slab.slotSize)
                : InvalidBlockException.noBlockStart(address, slab.slotSize, slab.addressOf(slab.slotAround(address)));
    }

    /** Refuses a batch that is larger than what the limit leaves beside the live blocks. */
    void requireRoomFor(long[] byteSizes, long byteAlignment) {
        if (source.limitBytes() == AllocationException.NO_LIMIT) {
            return;
        }
        long left = source.limitBytes() - requestedBytes();
        for (long byteSize : byteSizes) {
            int sizeClass = classOf(byteSize, byteAlignment);
            if (sizeClass != LARGE) {
                left -= supply.sizeClasses().size(sizeClass);
            } else if (upstream == null) {
                left -= byteSize;
            }
            if (left < 0) {
                noteRefusal();
                throw AllocationException.limitReached(
                        Arrays.stream(byteSizes).sum(), source.committedBytes(), source.limitBytes());
            }
        }
    }

    /** Why a request was refused. */
    AllocationException refusal(long byteSize, long byteAlignment) {
        int sizeClass = classOf(byteSize, byteAlignment);
        if (sizeClass != LARGE) {
            return source.refusal(byteSize, supply.smallestChunkFor(sizeClass));
        }
        if (large == null) {
            String advice = "Set largeBlocks of SlabConfig to UPSTREAM, or compose this allocator with another one.";
            return byteAlignment > UnitChunk.PAGE
                    ? AllocationException.tooLarge("byteAlignment", byteAlignment, UnitChunk.PAGE, advice)
                    : AllocationException.tooLarge("byteSize", byteSize, largestSlot, advice);
        }
        return (upstream == null ? source : upstream).refusal(byteSize, byteSize);
    }

    void noteMiss() {
        misses.increment();
    }

    void noteRefusal() {
        refused.increment();
    }

    long trim() {
        long before = source.committedBytes();
        heaps.flush();
        supply.trim();
        return Math.max(0, before - source.committedBytes()); // others may take memory meanwhile
    }

    /**
     * Costs time in proportion to the heaps. While others work, a free may be added up and the allocation that it belongs
     * to not yet; the sum is never told as less than nothing.
     */
    private long requestedBytes() {
        long[] bytes = {large == null ? 0 : large.requestedBytes()};
        heaps.forEach(heap -> bytes[0] += heap.requestedBytes());
        return Math.max(0, bytes[0]);
    }

    AllocatorStats stats() {
        heaps.requireOpen();
        AllocatorStats largeStats = large == null ? AllocatorStats.ZERO : large.stats();
        long committed = source.committedBytes() + (upstream == null ? 0 : upstream.committedBytes());
        SlabTotals slabs = SlabTotals.of(supply);
        long[] allocationsAndMetadata = new long[2];
        heaps.forEach(heap -> {
            allocationsAndMetadata[0] += heap.allocations();
            allocationsAndMetadata[1] += heap.metadataBytes();
        });
        return new AllocatorStats(
                requestedBytes(),
                slabs.allocatedBytes() + largeStats.allocatedBytes(),
                committed,
                committed,
                slabs.metadataBytes() + allocationsAndMetadata[1] + largeStats.metadataBytes(),
                slabs.liveBlocks() + largeStats.liveBlocks(),
                allocationsAndMetadata[0] + largeStats.allocations(),
                misses.sum() + largeStats.misses(),
                source.calls() + (upstream == null ? 0 : upstream.calls()),
                refused.sum(),
                invalidFrees.sum(),
                source.peakCommittedBytes() + (upstream == null ? 0 : upstream.peakCommittedBytes()),
                source.requestedAtPeakBytes() + (upstream == null ? 0 : upstream.requestedAtPeakBytes()));
    }

    void inspect(Visitor visitor) {
        heaps.requireOpen();
        SlabTotals.inspect(supply, visitor);
        if (large != null) {
            large.inspect(visitor);
        }
    }

    void close() {
        AllocatorStats last = heaps.isOpen() ? stats() : AllocatorStats.ZERO;
        if (heaps.close()) {
            if (last.liveBlocks() > 0) {
                LOG.warn(
                        "closed with {} live blocks of {} bytes, which are gone now",
                        last.liveBlocks(),
                        last.requestedBytes());
            }
            supply.chunks().closeAll();
            if (large != null) {
                large.close();
            }
        }
    }
}
