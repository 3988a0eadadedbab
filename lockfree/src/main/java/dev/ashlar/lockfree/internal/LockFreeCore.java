package dev.ashlar.lockfree.internal;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Inspectable.Visitor;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.lockfree.LockFreeConfig;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.support.BlockCounters;
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
 * What an allocator and the views of it share: the supply of rounds, the heaps, what serves large blocks, and the counts of
 * rare events.
 */
final class LockFreeCore {

    /** The class of requests that no slot can serve. */
    static final int LARGE = -1;

    private static final Logger LOG = LoggerFactory.getLogger(LockFreeAllocator.class);

    private final SizeClasses sizeClasses;
    private final long largestSlot;
    private final MeteredSource source;
    private final long reserve;
    private final Supply supply;
    private final Memory memory;
    private final Heaps heaps;
    private final LargeBlocks large;
    private final LongAdder refused = new LongAdder();
    private final LongAdder invalidFrees = new LongAdder();

    LockFreeCore(AllocatorConfig config, LockFreeConfig settings) {
        sizeClasses = settings.sizeClasses();
        largestSlot = sizeClasses.largest();
        source = new MeteredSource(config.source(), config.limitBytes(), this::requestedBytes);
        reserve = config.reserveBytes();
        supply = new Supply(sizeClasses, source, settings.magazineRounds(), config.capacityBytes(), reserve);
        memory = supply.memory();
        heaps = new Heaps(supply);
        large = LargeBlocks.of(config, settings, source, this::requestedBytes);
        if (!memory.chunks().preallocate(config.preallocateBytes())) {
            close();
            throw source.refusal(config.preallocateBytes(), config.preallocateBytes());
        }
    }

    SizeClasses sizeClasses() {
        return sizeClasses;
    }

    Supply supply() {
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
                : sizeClasses.classOf(byteSize, byteAlignment);
    }

    /** The block at an address in a slab. */
    MemorySegment blockAt(long address, long byteSize) {
        Slab slab = Objects.requireNonNull(memory.slabs().at(address));
        return slab.memory.asSlice(address - slab.memory.address(), byteSize);
    }

    @Nullable MemorySegment allocateLarge(long byteSize, long byteAlignment) {
        MemorySegment block = large.blocks() == null ? null : large.blocks().tryAllocate(byteSize, byteAlignment);
        if (block == null && large.blocks() != null && large.shareTheLimit() && reclaim() > 0) {
            block = large.blocks().tryAllocate(byteSize, byteAlignment);
        }
        if (block == null) {
            noteRefusal();
        }
        return block;
    }

    /** Frees a large block, or says what is wrong with the address. */
    void freeLarge(long address, long byteSize) {
        if (large.blocks() == null || !large.isLive(address)) {
            throw invalidFree(address);
        }
        large.blocks().freeAddress(address, byteSize);
    }

    boolean isLive(long address) {
        Slab slab = memory.slabs().at(address);
        if (slab == null) {
            return large.isLive(address);
        }
        int slot = slab.slotAt(address);
        return slot >= 0 && slab.isLive(slot);
    }

    boolean owns(long address) {
        return memory.chunks().hold(address) || large.isLive(address);
    }

    void requireLive(long address) {
        if (!isLive(address)) {
            throw invalidFree(address);
        }
    }

    /** Counts an attempt to free what is not live, and says what is wrong with it. */
    InvalidBlockException invalidFree(long address) {
        invalidFrees.increment();
        Slab slab = memory.slabs().at(address);
        if (slab == null) {
            return memory.chunks().hold(address)
                    ? InvalidBlockException.freedTwice(address, InvalidBlockException.UNKNOWN_SIZE)
                    : large.blocks() == null
                            ? InvalidBlockException.foreign(address)
                            : large.blocks().whatIsWrongWith(address);
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
                left -= sizeClasses.size(sizeClass);
            } else if (large.shareTheLimit()) {
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
        return sizeClass == LARGE
                ? large.refusal(byteSize, byteAlignment, largestSlot)
                : source.refusal(byteSize, memory.smallestChunkFor(sizeClass));
    }

    void noteRefusal() {
        refused.increment();
    }

    /**
     * Puts what is cached and nobody's into the slabs, and what this thread caches of slabs without a live slot, so that it
     * serves any thread, and memory which one class does not use any more another, before more is taken from the source.
     */
    void gather(Heap heap) {
        heaps.handBackUnused();
        heap.giveUpUnused();
        supply.drain();
    }

    long trim() {
        return giveBackAllBut(reserve);
    }

    /**
     * Makes everything that is cached within reach available to a request that found no memory.
     *
     * @return bytes that were given back upstream
     */
    long reclaim() {
        return giveBackAllBut(0);
    }

    private long giveBackAllBut(long least) {
        long before = source.committedBytes();
        heaps.flush();
        supply.drain();
        memory.chunks().trim(least);
        return Math.max(0, before - source.committedBytes()); // others may take memory meanwhile
    }

    /**
     * Costs time in proportion to the heaps. While others work, a free may be added up and the allocation that it belongs
     * to not yet; the sum is never told as less than nothing.
     */
    private long requestedBytes() {
        return Math.max(0, large.requestedBytes() + heaps.sum(BlockCounters::requestedBytes));
    }

    AllocatorStats stats() {
        heaps.requireOpen();
        long[] bytesAndBlocks = new long[2];
        memory.chunks().forEachSlab(slab -> {
            int live = slab.live();
            bytesAndBlocks[0] += (long) live * slab.slotSize;
            bytesAndBlocks[1] += live;
        });
        long[] metadata = {supply.metadataBytes()};
        heaps.forEach(heap -> metadata[0] += heap.metadataBytes());
        AllocatorStats small = new AllocatorStats(
                Math.max(0, heaps.sum(BlockCounters::requestedBytes)),
                bytesAndBlocks[0],
                source.committedBytes(),
                source.committedBytes(),
                metadata[0],
                bytesAndBlocks[1],
                heaps.sum(BlockCounters::allocations),
                memory.misses(),
                source.calls(),
                refused.sum(),
                invalidFrees.sum(),
                source.peakCommittedBytes(),
                source.requestedAtPeakBytes());
        return small.plus(large.stats());
    }

    void inspect(Visitor visitor) {
        heaps.requireOpen();
        memory.chunks().inspect(visitor, slab -> inspect(slab, visitor));
        if (large.blocks() != null) {
            large.blocks().inspect(visitor);
        }
    }

    private static void inspect(Slab slab, Visitor visitor) {
        visitor.slab(slab.address, slab.byteSize(), slab.slotSize, slab.live());
        for (int slot = 0; slot < slab.slots(); slot++) {
            if (slab.isLive(slot)) {
                visitor.live(slab.addressOf(slot), slab.slotSize);
            } else {
                visitor.free(slab.addressOf(slot), slab.slotSize);
            }
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
            memory.chunks().closeAll();
            if (large.blocks() != null) {
                large.blocks().close();
            }
        }
    }
}
