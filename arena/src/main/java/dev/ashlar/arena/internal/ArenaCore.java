package dev.ashlar.arena.internal;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Inspectable.Visitor;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Resettable.Mark;
import dev.ashlar.api.Resettable.ResetMode;
import dev.ashlar.arena.ArenaConfig;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.MeteredSource;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What an arena does seldom: it binds chunks and large blocks together, counts rare events, and adds the figures up. */
final class ArenaCore {

    private static final Logger LOG = LoggerFactory.getLogger(ArenaAllocator.class);

    /** A chunk's end is wasted when a block does not fit it: with blocks up to a quarter that is a fifth at most. */
    private static final int BLOCKS_A_CHUNK = 4;

    final Chunks chunks;
    final @Nullable LiveBlocks checks;

    /** The largest block that lies in a chunk with others. */
    final long largestBump;

    private final MeteredSource source;
    private final LargeBlocks large;
    private final long reserveBytes;
    private final LongAdder misses = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder invalidFrees = new LongAdder();

    ArenaCore(AllocatorConfig config, ArenaConfig settings, int stripes) {
        source = new MeteredSource(config.source(), config.limitBytes(), this::requestedBytes);
        checks = settings.checking() == ArenaConfig.Checking.FULL ? new LiveBlocks() : null;
        chunks = new Chunks(source, checks, stripes, settings);
        large = new LargeBlocks(source, config.capacityBytes());
        largestBump = settings.largestChunk() / BLOCKS_A_CHUNK;
        reserveBytes = config.reserveBytes();
        if (!chunks.preallocate(config.preallocateBytes())) {
            close();
            throw source.refusal(config.preallocateBytes(), config.preallocateBytes());
        }
    }

    /** Serves a block from a chunk, whatever it takes; 0 if it is refused. */
    long allocateSlowly(Stripe stripe, long byteSize, long byteAlignment) {
        long address = chunks.bump(stripe, byteSize, byteAlignment);
        if (address == 0 && checks != null) { // so that what counts as freed surely is
            chunks.giveBackUnused(size -> false);
            address = chunks.bump(stripe, byteSize, byteAlignment);
        }
        if (address != 0) {
            return address;
        }
        address = grow(stripe, byteSize, byteAlignment);
        if (address == 0) {
            address = chunks.bumpAnywhere(byteSize, byteAlignment);
        }
        if (address == 0) {
            giveBack(size -> true);
            address = grow(stripe, byteSize, byteAlignment);
        }
        if (address == 0) {
            refused.increment();
        }
        return address;
    }

    private long grow(Stripe stripe, long byteSize, long byteAlignment) {
        long address = chunks.grow(stripe, byteSize, byteAlignment);
        if (address != 0) {
            misses.increment();
        }
        return address;
    }

    @Nullable MemorySegment allocateLarge(long byteSize, long byteAlignment) {
        MemorySource.Chunk chunk = large.allocate(byteSize, byteAlignment);
        if (chunk == null) {
            giveBack(size -> true);
            chunk = large.allocate(byteSize, byteAlignment);
        }
        if (chunk == null) {
            refused.increment();
            return null;
        }
        return chunk.memory().asSlice(0, byteSize);
    }

    /** Why a request was refused. */
    AllocationException refusal(long byteSize) {
        return source.refusal(byteSize, Math.max(1, byteSize));
    }

    /** Refuses a batch that is larger than what the limit leaves beside the live blocks. */
    void requireRoomFor(long[] byteSizes) {
        if (source.limitBytes() == AllocationException.NO_LIMIT) {
            return;
        }
        long left = source.limitBytes() - requestedBytes();
        for (long byteSize : byteSizes) {
            left -= Math.min(left + 1, byteSize); // so that no sum overflows
        }
        if (left < 0) {
            refused.increment();
            throw AllocationException.limitReached(
                    Arrays.stream(byteSizes).sum(), source.committedBytes(), source.limitBytes());
        }
    }

    /** Notes the free of a block in a chunk, and returns the size that it was asked for with. */
    long checkedFree(LiveBlocks known, long address) {
        try {
            return known.free(address);
        } catch (InvalidBlockException e) {
            chunks.requireOpen(); // or it was live a moment ago
            invalidFrees.increment();
            throw e;
        }
    }

    void freeLarge(long address) {
        if (!large.free(address)) {
            throw invalidFree(null, address);
        }
    }

    @Nullable MemorySegment resizeLarge(long address, long byteSize) {
        MemorySource.Chunk chunk = large.memoryAt(address);
        return chunk != null && large.resize(address, byteSize) ? chunk.memory().asSlice(0, byteSize) : null;
    }

    /** Refuses what is certainly no live block: of what lies in a chunk, where blocks are not checked, nothing is certain. */
    void requirePossible(long address) {
        if (chunks.at(address) == null && !large.isLive(address)) {
            throw invalidFree(null, address);
        }
    }

    void requireLive(long address) {
        if (!isLive(address)) {
            throw invalidFree(chunks.at(address), address);
        }
    }

    /** Counts an attempt to free what is not live, and says what is wrong with it. */
    InvalidBlockException invalidFree(@Nullable ArenaChunk chunk, long address) {
        invalidFrees.increment();
        if (chunk == null) {
            return large.whatIsWrongWith(address);
        }
        if (checks != null) {
            return checks.whatIsWrongWith(address);
        }
        long granule = address & -BumpCore.GRANULE;
        return granule == address
                ? InvalidBlockException.freedTwice(address, InvalidBlockException.UNKNOWN_SIZE)
                : InvalidBlockException.noBlockStart(address, InvalidBlockException.UNKNOWN_SIZE, granule);
    }

    boolean owns(long address) {
        return chunks.at(address) != null || large.owns(address);
    }

    /** Whether a block is live; without checks, whether a large one is. */
    boolean isLive(long address) {
        return chunks.at(address) == null ? large.isLive(address) : checks != null && checks.isLive(address);
    }

    Mark mark() {
        return chunks.mark(large.newest());
    }

    void rewind(Mark mark) {
        large.rewind(chunks.rewind(mark));
    }

    void reset(ResetMode mode) {
        chunks.clear();
        large.rewind(0);
        switch (mode) {
            case ResetMode.GiveBack() -> giveBack(size -> true);
            case ResetMode.KeepUpTo(long limit) -> giveBack(size -> source.committedBytes() > limit);
            case ResetMode.KeepCapacity() -> {}
        }
    }

    long trim() {
        long before = source.committedBytes();
        giveBack(size -> source.committedBytes() - size >= reserveBytes);
        return Math.max(0, before - source.committedBytes()); // others may take memory meanwhile
    }

    private void giveBack(LongPredicate gives) {
        large.giveBackIdle(gives);
        chunks.giveBackUnused(gives);
    }

    private long requestedBytes() {
        long bytes = large.requestedBytes();
        for (ArenaChunk chunk : chunks.all()) {
            bytes += chunk.requestedBytes();
        }
        return bytes;
    }

    /** Costs time in proportion to chunks, large blocks and marks. */
    AllocatorStats stats() {
        chunks.requireOpen();
        long allocated = large.allocatedBytes();
        long live = large.liveBlocks();
        for (ArenaChunk chunk : chunks.all()) {
            allocated += chunk.allocatedBytes();
            live += chunk.liveBlocks();
        }
        long committed = source.committedBytes();
        return new AllocatorStats(
                requestedBytes(),
                allocated,
                committed,
                committed,
                chunks.metadataBytes()
                        + large.metadataBytes()
                        + (checks == null ? 0 : (long) checks.count() * LiveBlocks.METADATA_BYTES_PER_BLOCK),
                live,
                chunks.allocations() + large.allocations(),
                misses.sum() + large.misses(),
                source.calls(),
                refused.sum(),
                invalidFrees.sum(),
                source.peakCommittedBytes(),
                source.requestedAtPeakBytes());
    }

    /** Tells live blocks where every one is known. */
    void inspect(Visitor visitor) {
        chunks.requireOpen();
        for (ArenaChunk chunk : chunks.all()) {
            visitor.chunk(chunk.address(), chunk.byteSize());
            if (checks != null) {
                checks.inspect(visitor, chunk.address(), chunk.byteSize());
            }
        }
        large.inspect(visitor);
    }

    void close() {
        AllocatorStats last = chunks.isOpen() ? stats() : AllocatorStats.ZERO;
        if (chunks.close()) {
            large.close();
            if (last.liveBlocks() > 0) {
                LOG.warn(
                        "closed with {} live blocks of {} bytes, which are gone now",
                        last.liveBlocks(),
                        last.requestedBytes());
            }
        }
    }
}
