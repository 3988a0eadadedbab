package dev.ashlar.arena.internal;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Refusal;
import dev.ashlar.api.Resettable;
import dev.ashlar.api.support.Holdable;
import dev.ashlar.arena.BumpArena.Checking;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.Capabilities;
import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.spi.StrategySettings;
import dev.ashlar.spi.support.LeakWatch;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The arena strategy.
 *
 * <h2>Design</h2>
 *
 * <p>A block is taken from the top of a {@link BumpCore chunk}, and chunks are taken from the source as they fill: see
 * {@link Chunks}. Requests too large for that have {@linkplain dev.ashlar.spi.support.LargeBlocks memory of their own}.
 * Blocks that end together are freed together, by a rewind to a mark or a reset. The free of a single block returns its
 * memory only if it lies at the top, so blocks freed in the reverse order of their allocation are returned at once.
 * Other frees are only counted.
 *
 * <p>A chunk in which all blocks were freed one by one is returned by a trim, or when there is no other memory. It is
 * not used again before that. The arena only counts frees, and cannot see a block that is freed twice. Such a free must
 * not cause the memory of a live block to be handed out. Once the memory has been released, an access to it throws.
 *
 * <h2>Concurrency</h2>
 *
 * <p>An arena of one thread works with plain reads and writes. A shared arena has as many stripes as processors, each
 * with a chunk. Platform and virtual threads use stripes by their thread number. An allocation is one compare-and-set.
 * Nothing belongs to a thread, so an ended thread leaves nothing behind.
 *
 * <h2>Failure</h2>
 *
 * <p>If the source refuses, a request is served from the chunk of another stripe. Otherwise chunks without live blocks
 * and idle memory are released, and a smaller chunk is tried. If that fails too, the request is refused.
 *
 * <h2>Sources</h2>
 *
 * <p>Hanson, <i>Fast Allocation and Deallocation of Memory Based on Object Lifetimes</i>, Software: Practice and
 * Experience 20(1), 1990. The order of frees that returns memory is that of GNU obstacks.
 */
public abstract class ArenaAllocator
        implements Allocator, AddressAllocator, Resettable, Owner, Inspectable, Holdable, LeakWatch.Part {

    /** The strategy's name. */
    public static final String NAME = "arena";

    private static final Set<Class<?>> WITHOUT_CHECKS = Set.of(AddressAllocator.class, Limit.class, Resettable.class);

    private static final Set<Class<?>> WITH_CHECKS =
            Set.of(AddressAllocator.class, Limit.class, Resettable.class, Owner.class, Inspectable.class);

    /** The {@link #largestFast} of an arena that records every block. */
    private static final long NOTHING = 0;

    final Chunks chunks;
    private final ArenaCore core;
    private final @Nullable LiveBlocks checks;
    private final long largestFast;

    ArenaAllocator(ArenaCore core) {
        this.core = core;
        chunks = core.chunks;
        checks = core.checks;
        largestFast = checks == null ? core.largestBump : NOTHING;
    }

    /** The capabilities of an arena with a configuration. */
    public static Capabilities capabilities(AllocatorConfig config) {
        StrategySettings settings = ArenaSettings.of(config);
        return new Capabilities(
                settings.get(ArenaSettings.CHECKING) == Checking.FULL ? WITH_CHECKS : WITHOUT_CHECKS,
                ArenaCore.largestBump(settings),
                ArenaChunk.ALIGNMENT,
                LargeBlockPolicy.UPSTREAM);
    }

    /**
     * Makes an arena.
     *
     * @param config limits, memory source and the strategy's own settings
     * @throws AllocationException if memory that is to be taken ahead cannot be had
     */
    public static Allocator create(AllocatorConfig config) {
        StrategySettings settings = ArenaSettings.of(config);
        return switch (settings.get(ArenaSettings.THREADS)) {
            case SHARED -> {
                int stripes = SharedArenaAllocator.wantedStripes(); // once: it may change
                yield new SharedArenaAllocator(new ArenaCore(config, settings, stripes), stripes);
            }
            case CONFINED -> new ConfinedArenaAllocator(new ArenaCore(config, settings, 1));
        };
    }

    /**
     * The stripe of the calling thread.
     *
     * @throws WrongThreadException if the arena is another thread's
     */
    abstract Stripe stripe();

    /** Checks what every operation checks. */
    private void enter() {
        stripe();
        chunks.requireOpen();
    }

    /** Takes a block from a chunk, atomically if the arena is shared. */
    abstract long bump(ArenaChunk chunk, long byteSize, long byteAlignment);

    /** Whether a request is valid and only needs a block of at least 1 byte from a chunk. */
    private boolean isFast(long byteSize, long byteAlignment) {
        return Long.compareUnsigned(byteSize - 1, largestFast) < 0 && isServedAlignment(byteAlignment);
    }

    /** Whether an alignment is valid, and not larger than that of a chunk. */
    private static boolean isServedAlignment(long byteAlignment) {
        return byteAlignment <= ArenaChunk.ALIGNMENT && byteAlignment > 0 && (byteAlignment & (byteAlignment - 1)) == 0;
    }

    @Override
    public final MemorySegment allocate(long byteSize, long byteAlignment) {
        ArenaChunk chunk = stripe().chunk;
        MemorySegment memory = chunk.memory();
        long offset = isFast(byteSize, byteAlignment) ? bump(chunk, byteSize, byteAlignment) : -1;
        if (offset < 0) {
            memory = allocateSlowly(byteSize, byteAlignment);
            if (memory == null) {
                throw new AllocationException(core.refusal(byteSize, byteAlignment));
            }
            offset = 0;
        }
        return memory.asSlice(offset, byteSize); // the only one, so it can be removed if it does not escape
    }

    @Override
    public final @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        ArenaChunk chunk = stripe().chunk;
        long offset = isFast(byteSize, byteAlignment) ? bump(chunk, byteSize, byteAlignment) : -1;
        if (offset < 0) {
            return allocateSlowly(byteSize, byteAlignment);
        }
        return chunk.memory().asSlice(offset, byteSize);
    }

    @Override
    public final long tryAllocateAddress(long byteSize, long byteAlignment) {
        ArenaChunk chunk = stripe().chunk;
        long offset = isFast(byteSize, byteAlignment) ? bump(chunk, byteSize, byteAlignment) : -1;
        if (offset < 0) {
            MemorySegment block = allocateSlowly(byteSize, byteAlignment);
            return block == null ? NULL : block.address();
        }
        return chunk.address() + offset;
    }

    private @Nullable MemorySegment allocateSlowly(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        chunks.requireOpen();
        if (byteSize > core.largestBump || byteAlignment > ArenaChunk.ALIGNMENT) {
            return core.allocateLarge(byteSize, byteAlignment);
        }
        while (true) {
            long address = core.allocateSlowly(stripe(), byteSize, byteAlignment);
            if (address == NULL) {
                return null;
            }
            ArenaChunk chunk = chunks.at(address);
            if (chunk != null) {
                if (checks != null) {
                    checks.handedOut(address, byteSize);
                }
                return chunk.memory().asSlice(address - chunk.address(), byteSize);
            }
            chunks.requireOpen(); // a reset released the chunk: the block counts as allocated and as freed
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>A batch that cannot fit under the limit together with the live blocks is refused before any memory is taken.
     */
    @Override
    public final @Nullable List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
        enter();
        Allocator.requireValid(byteSizes, byteAlignment);
        return core.admits(byteSizes) ? Allocator.super.tryAllocateAll(byteSizes, byteAlignment) : null;
    }

    @Override
    public final Refusal refusal(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        return core.refusal(byteSize, byteAlignment);
    }

    @Override
    public final Refusal refusal(long[] byteSizes, long byteAlignment) {
        Allocator.requireValid(byteSizes, byteAlignment);
        return core.refusal(byteSizes, byteAlignment);
    }

    /** {@inheritDoc} It is the next multiple of 8, or the size itself if the block has memory of its own. */
    @Override
    public final long goodSize(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        boolean isInChunk = byteSize <= core.largestBump && byteAlignment <= ArenaChunk.ALIGNMENT;
        return isInChunk ? Math.min(LiveBlocks.granules(byteSize), core.largestBump) : byteSize;
    }

    @Override
    public final Allocator allocator() {
        return this;
    }

    @Override
    public final void free(MemorySegment block) {
        freeAddress(block.address(), block.byteSize());
    }

    @Override
    public final void freeAddress(long address, long byteSize) {
        ArenaChunk chunk = stripe().chunk;
        if (!chunk.contains(address)) {
            chunk = chunks.at(address);
        }
        if (chunk == null) {
            chunks.requireOpen();
            core.freeLarge(address, byteSize);
            return;
        }
        if (checks != null) {
            core.checkedFree(checks, address, byteSize);
        }
        if (!chunk.free(address - chunk.address(), byteSize)) {
            chunks.requireOpen();
            Allocator.requireValid(byteSize, 1);
            throw core.invalidFree(chunk, address);
        }
    }

    @Override
    public final void freeAll(Collection<MemorySegment> blocks) {
        enter();
        for (MemorySegment block : blocks) {
            core.requirePossible(block.address());
        }
        Allocator.freeAll(this, blocks, _ -> core.countInvalidFree());
    }

    /**
     * {@inheritDoc}
     *
     * <p>The block stays where it is if it lies at the top and there is room, or if it becomes smaller.
     */
    @Override
    public final @Nullable MemorySegment tryResize(MemorySegment block, long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        enter();
        long address = block.address();
        ArenaChunk chunk = chunks.at(address);
        core.requireLive(chunk, block);
        if (chunk == null) {
            MemorySegment resized = core.resizeLarge(block, byteSize, byteAlignment);
            if (resized != null) {
                return resized;
            }
        } else if ((address & (byteAlignment - 1)) == 0) {
            if (byteSize <= core.largestBump && chunk.resize(address - chunk.address(), block.byteSize(), byteSize)) {
                if (checks != null) {
                    checks.handedOut(address, byteSize);
                }
                return chunk.memory().asSlice(address - chunk.address(), byteSize);
            }
        }
        return Allocator.super.tryResize(block, byteSize, byteAlignment);
    }

    @Override
    public final Mark mark() {
        stripe();
        return core.mark();
    }

    /**
     * {@inheritDoc}
     *
     * <p>All memory is kept for the next blocks. Blocks that other threads allocate at the same time may or may not be
     * freed, so do not do both at once.
     */
    @Override
    public final void rewind(Mark mark) {
        stripe();
        core.rewind(mark);
    }

    /**
     * {@inheritDoc}
     *
     * <p>All marks end. Blocks that other threads allocate at the same time may or may not be freed, so do not do both
     * at once.
     */
    @Override
    public final void reset(ResetMode mode) {
        enter();
        core.reset(mode);
    }

    @Override
    public final boolean owns(long address) {
        return core.owns(address);
    }

    @Override
    public final boolean isLive(long address) {
        return core.isLive(address);
    }

    @Override
    public final long allocatedSize(long address) {
        return core.allocatedSize(address);
    }

    @Override
    public final @Nullable MemorySegment blockAt(long address, long byteSize) {
        return core.blockAt(address, byteSize);
    }

    /** {@inheritDoc} Live blocks are known to an arena that checks every free, and to no other. */
    @Override
    public final <T> Optional<T> as(Class<T> capability) {
        if (capability == Limit.class) {
            return Optional.of(capability.cast(core.limit()));
        }
        return checks == null && WITH_CHECKS.contains(capability) && !WITHOUT_CHECKS.contains(capability)
                ? Optional.empty()
                : Allocator.super.as(capability);
    }

    @Override
    public final void inspect(Visitor visitor) {
        core.inspect(visitor);
    }

    @Override
    public final AllocatorStats stats() {
        return core.stats();
    }

    @Override
    public final long trim() {
        enter();
        return core.trim();
    }

    @Override
    public final void hold() {
        core.holds.hold();
    }

    @Override
    public final void release() {
        core.holds.release();
    }

    @Override
    public final boolean isClosed() {
        return core.isClosed();
    }

    @Override
    public final void close() {
        stripe();
        core.close();
    }

    @Override
    public final void leaveReports() {
        core.leaveReports();
    }

    @Override
    public String toString() {
        return core.limit().name() + (core.limit().name().equals(NAME) ? "" : " " + NAME)
                + (checks == null ? "" : ", checking") + ", " + chunks.count() + " chunks";
    }
}
