package dev.ashlar.arena.internal;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Inspectable.Visitor;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Refusal;
import dev.ashlar.api.Resettable.Mark;
import dev.ashlar.api.Resettable.ResetMode;
import dev.ashlar.api.support.Holds;
import dev.ashlar.api.support.LeakReport;
import dev.ashlar.arena.BumpArena.Checking;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.StrategySettings;
import dev.ashlar.spi.support.AllocatorSource;
import dev.ashlar.spi.support.Closing;
import dev.ashlar.spi.support.LargeBlocks;
import dev.ashlar.spi.support.LeakWatch;
import dev.ashlar.spi.support.MeteredSource;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The rare operations of an arena: combines chunks and large blocks, counts rare events, and adds the figures.
 */
final class ArenaCore {

    /**
     * A block of up to this part of the largest chunk lies in a chunk. The end of a chunk is wasted if a block does not
     * fit: less than a quarter of a chunk of the largest size.
     */
    private static final int BLOCKS_A_CHUNK = 4;

    final Chunks chunks;
    final @Nullable LiveBlocks checks;

    /** The largest block that lies in a chunk with others. */
    final long largestBump;

    private final MeteredSource source;
    private final LargeBlocks large;
    private final LeakWatch leaks;
    final Holds holds;
    private final long reserveBytes;
    private final LongAdder misses = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder invalidFrees = new LongAdder();

    ArenaCore(AllocatorConfig config, StrategySettings settings, int stripes) {
        source = MeteredSource.of(config, ArenaAllocator.NAME, this::requestedBytes);
        checks = settings.get(ArenaSettings.CHECKING) == Checking.FULL ? new LiveBlocks() : null;
        chunks = new Chunks(source, checks, stripes, settings);
        largestBump = largestBump(settings);
        large = LargeBlocks.retaining(config, source, config.retainedBytes());
        reserveBytes = config.reserveBytes();
        holds = AllocatorSource.holds(config);
        leaks = new LeakWatch(this, source);
        try {
            if (!chunks.preallocate(config.preallocateBytes())) {
                throw new AllocationException(source.refusal(config.preallocateBytes(), 1, config.preallocateBytes()));
            }
        } catch (RuntimeException | Error e) {
            Closing.after(e, this::close);
            throw e;
        }
    }

    /** The largest block that lies in a chunk with others. */
    static long largestBump(StrategySettings settings) {
        return settings.get(ArenaSettings.LARGEST_CHUNK) / BLOCKS_A_CHUNK;
    }

    /** Serves a block from a chunk, if necessary a new one; 0 if it is refused. */
    long allocateSlowly(Stripe stripe, long byteSize, long byteAlignment) {
        long address = allocate(stripe, byteSize, byteAlignment);
        if (address == 0) {
            Long again = source.retry(chunks.smallestFor(byteSize), () -> {
                long found = allocate(stripe, byteSize, byteAlignment);
                return found == 0 ? null : found;
            });
            address = again == null ? 0 : again;
        }
        if (address == 0) {
            refused.increment();
        }
        return address;
    }

    private long allocate(Stripe stripe, long byteSize, long byteAlignment) {
        long address = chunks.bump(stripe, byteSize, byteAlignment);
        if (address == 0 && checks != null) { // so that all blocks counted as freed are freed
            chunks.releaseUnused(size -> false);
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
            release(size -> true);
            address = grow(stripe, byteSize, byteAlignment);
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
        return large.tryAllocate(byteSize, byteAlignment, () -> release(size -> true));
    }

    /** The limit that is charged with the committed bytes. */
    Limit limit() {
        return source.limit();
    }

    /** Why a request was refused. */
    Refusal refusal(long byteSize, long byteAlignment) {
        return byteSize > largestBump || byteAlignment > ArenaChunk.ALIGNMENT
                ? large.refusal(byteSize, byteAlignment)
                : source.refusal(byteSize, byteAlignment, chunks.smallestFor(byteSize));
    }

    /** Why a batch was refused. */
    Refusal refusal(long[] byteSizes, long byteAlignment) {
        return large.refusal(byteSizes, byteAlignment, this::takenBytes);
    }

    /** Whether a batch can fit in the room that live blocks leave under the limit. */
    boolean admits(long[] byteSizes) {
        return large.admits(byteSizes, this::takenBytes);
    }

    /** What a block takes in a chunk, or {@link LargeBlocks#LARGE}. */
    private long takenBytes(long byteSize) {
        return byteSize > largestBump ? LargeBlocks.LARGE : byteSize;
    }

    /** Records the free of a block in a chunk. */
    void checkedFree(LiveBlocks known, long address, long byteSize) {
        try {
            known.free(address, byteSize);
        } catch (InvalidBlockException e) {
            throw counted(e);
        }
    }

    private InvalidBlockException counted(InvalidBlockException e) {
        chunks.requireOpen(); // or the block was live a moment ago
        invalidFrees.increment();
        return e;
    }

    void freeLarge(long address, long byteSize) {
        if (!large.free(address, byteSize)) {
            throw invalidFree(null, address);
        }
    }

    @Nullable MemorySegment resizeLarge(MemorySegment block, long byteSize, long byteAlignment) {
        return large.resize(block, byteSize, byteAlignment);
    }

    /**
     * Refuses an address that is certainly no live block. In a chunk without checks nothing is certain.
     */
    void requirePossible(long address) {
        if (chunks.at(address) == null && !large.isLive(address)) {
            throw invalidFree(null, address);
        }
    }

    /**
     * Refuses a block that is certainly not live, or not of its size. In a chunk without checks nothing is certain, and
     * {@link #resizeLarge} checks the size of a large block.
     */
    void requireLive(@Nullable ArenaChunk chunk, MemorySegment block) {
        if (chunk != null && checks != null) {
            try {
                checks.requireLive(block.address(), block.byteSize());
            } catch (InvalidBlockException e) {
                throw counted(e);
            }
        } else if (chunk == null && !large.isLive(block.address())) {
            throw invalidFree(null, block.address());
        }
    }

    void countInvalidFree() {
        invalidFrees.increment();
    }

    /** Counts an attempt to free a block that is not live, and returns what is wrong with it. */
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

    /** Whether a block is live. Without checks: whether it is in a chunk or is a large block. */
    boolean isLive(long address) {
        return chunks.at(address) == null ? large.isLive(address) : checks == null || checks.isLive(address);
    }

    /** The live block at an address, or null. Without checks: the memory there, if it is in a chunk. */
    @Nullable MemorySegment blockAt(long address, long byteSize) {
        ArenaChunk chunk = chunks.at(address);
        if (chunk == null) {
            return large.blockAt(address, byteSize);
        }
        long offset = address - chunk.address();
        boolean isBlock = byteSize >= 0
                && byteSize <= chunk.byteSize() - offset
                && (checks == null || checks.isLive(address, byteSize));
        return isBlock ? chunk.memory().asSlice(offset, byteSize) : null;
    }

    /** The bytes that a live block takes, or -1. */
    long allocatedSize(long address) {
        if (chunks.at(address) == null) {
            return large.allocatedSize(address);
        }
        return checks == null ? InvalidBlockException.UNKNOWN_SIZE : checks.allocatedSize(address);
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
            case ResetMode.GiveBack() -> release(size -> true);
            case ResetMode.KeepUpTo(long limit) -> release(size -> source.committedBytes() > limit);
            case ResetMode.KeepMemory() -> {}
        }
    }

    long trim() {
        long bytes = release(size -> source.committedBytes() - size >= reserveBytes);
        source.trim();
        return bytes;
    }

    /** Releases idle large blocks and chunks without live blocks, and returns how many bytes they had. */
    private long release(LongPredicate releases) {
        long before = source.committedBytes();
        large.releaseIdle(releases);
        chunks.releaseUnused(releases);
        return Math.max(0, before - source.committedBytes()); // others may take memory meanwhile
    }

    private long requestedBytes() {
        long bytes = large.requestedBytes();
        for (ArenaChunk chunk : chunks.all()) {
            bytes += chunk.requestedBytes();
        }
        return bytes;
    }

    /** Costs time in proportion to the chunks and the marks in them. */
    AllocatorStats stats() {
        long missed = misses.sum(); // before the blocks, which are counted first
        AllocatorStats inChunks = chunks.stats();
        long checkedBytes = checks == null ? 0 : (long) checks.count() * LiveBlocks.METADATA_BYTES_PER_BLOCK;
        return inChunks.toBuilder()
                .metadataBytes(chunks.metadataBytes() + checkedBytes)
                .misses(missed)
                .refused(refused.sum())
                .invalidFrees(invalidFrees.sum())
                .build()
                .plus(source.stats())
                .plus(large.stats());
    }

    /** Shows live blocks, if every block is recorded. */
    void inspect(Visitor visitor) {
        chunks.requireOpen();
        walk(visitor);
    }

    private void walk(Visitor visitor) {
        for (ArenaChunk chunk : chunks.all()) {
            visitor.chunk(chunk.address(), chunk.byteSize());
            if (checks != null) {
                checks.inspect(visitor, chunk.address(), chunk.byteSize());
            }
        }
        large.inspect(visitor);
    }

    boolean isClosed() {
        return !chunks.isOpen();
    }

    /** Marks this as a part of an allocator that reports live blocks at a close. */
    void leaveReports() {
        leaks.end();
    }

    void close() {
        holds.close();
        LeakReport live = chunks.isOpen() ? leaks.ofLive(stats(), this::walk) : LeakReport.none();
        if (chunks.shut()) {
            live.log();
            leaks.end();
        }
        source.close(chunks::close, large::close);
    }
}
