package dev.ashlar.spi.support;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Evacuable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Refusal;
import dev.ashlar.api.Retention;
import dev.ashlar.api.support.Holdable;
import dev.ashlar.api.support.Holds;
import dev.ashlar.api.support.TryFree;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.Capabilities;
import dev.ashlar.spi.StrategySettings;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An allocator of slots by size class. A strategy defines how a slab records which of its slots are live.
 *
 * <h2>Design</h2>
 *
 * <p>A request is rounded up to a size class and gets a slot of the calling thread's active slab of that class. If a
 * thread frees a block of its own active slab, both operations are plain reads and writes. Any other free is one atomic
 * operation. {@link ThreadTable} finds the thread's {@link SlabHeap}, which has the active slabs. {@link SlabStore} has
 * all other slabs, and {@link Chunks} has the memory that they are cut from. Virtual threads, and platform threads that
 * would have to wait for a heap, share {@link Stripes}.
 *
 * <h2>Memory</h2>
 *
 * <p>A heap owns the slabs that its thread uses now, and little is free in them. All other slabs with room are in lists
 * by class, where every thread finds them. An empty slab goes back to its chunk. So committed memory follows the live
 * bytes, whichever thread frees. A trim, and a request that would be refused, also evict the slabs of threads that have
 * ended or wait. A running thread is asked to flush at its next chance, and until then keeps what the bound allows.
 *
 * <h2>Concurrency</h2>
 *
 * <p>A thread takes locks in this order: the list of chunks; then a chunk, the address map, or the table of threads
 * (its counts are added at a new peak). A thread that occupies a heap holds none of them, except to make that heap. No
 * thread waits for another to allocate or free a slot, unless memory moves to or from the source.
 *
 * <h2>Failure</h2>
 *
 * <p>A request that finds no room and gets no chunk evicts the slabs of idle threads. Then it takes a slab of any size,
 * then a slot of a larger class. If all that fails it is refused.
 *
 * <h2>Sources</h2>
 *
 * <p>Bonwick, <i>The Slab Allocator</i>, USENIX 1994. Leijen, Zorn and de Moura, <i>Mimalloc: Free List Sharding in
 * Action</i>, 2019, for slots freed by other threads. Berger et al., <i>Hoard</i>, ASPLOS 2000, for the bound on what a
 * thread holds.
 */
public final class SizeClassAllocator
        implements Allocator,
                AddressAllocator,
                Owner,
                Retention,
                Confinable,
                Inspectable,
                Evacuable,
                SizeClassed,
                TryFree,
                Holdable,
                LeakWatch.Part {

    /** The default of the bytes that may be free in the slabs of a thread: 64 KiB, the size of the largest slot. */
    public static final long DEFAULT_THREAD_BYTES = 64 * 1024;

    /** The class of requests that no slot can serve. */
    private static final int LARGE = (int) LargeBlocks.LARGE;

    private final String name;
    private final MeteredSource source;
    private final Chunks chunks;
    private final AddressMap<Extent> map;
    private final SlabStore store;
    private final ThreadTable<SlabHeap> threads;
    private final Stripes<SlabHeap> stripes;
    private final SlabCounts evictedCounts = new SlabCounts();
    private final LargeBlocks large;
    private final LeakWatch leaks;
    private final Holds holds;
    private final LongAdder misses = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder invalidFrees = new LongAdder();
    private final int largestSlot;

    /**
     * The table of the store, or an earlier one. It is read plainly: a thread that sees an earlier table for a while
     * still finds slabs for its classes.
     */
    private SizeClasses sizeClasses;

    /**
     * What an allocator can do, whichever way its slabs note what is live.
     *
     * @param strategy the strategy's name
     * @param config with its settings, which are those of {@link SizeClassBuilder}
     */
    public static Capabilities capabilities(String strategy, AllocatorConfig config) {
        StrategySettings settings = config.settings(strategy, SizeClassBuilder.SETTINGS);
        SizeClasses sizeClasses = SizeClassBuilder.sizeClasses(settings);
        int largest = sizeClasses.largest();
        return new Capabilities(
                Set.of(
                        AddressAllocator.class,
                        Retention.class,
                        Confinable.class,
                        Owner.class,
                        Inspectable.class,
                        Evacuable.class,
                        Limit.class),
                largest,
                Math.min(PageChunk.PAGE, Integer.lowestOneBit(largest)), // slots lie at multiples of their size
                settings.get(SizeClassBuilder.LARGE_BLOCKS));
    }

    /**
     * Makes an allocator.
     *
     * @param strategy the strategy's name
     * @param slabs makes a slab with all slots free
     * @param config limits, memory source, and the strategy's settings, which are those of {@link SizeClassBuilder}
     * @throws AllocationException if memory that is to be taken ahead cannot be had
     */
    public SizeClassAllocator(String strategy, Function<Slab.Place, Slab> slabs, AllocatorConfig config) {
        StrategySettings settings = config.settings(strategy, SizeClassBuilder.SETTINGS);
        name = config.nameOr(strategy);
        sizeClasses = SizeClassBuilder.sizeClasses(settings);
        largestSlot = sizeClasses.largest();
        source = MeteredSource.of(config, strategy, this::requestedBytes);
        chunks = new Chunks(source, config.retainedBytes(), config.reserveBytes());
        map = chunks.map();
        store = new SlabStore(
                place -> own(slabs.apply(place)),
                sizeClasses,
                source,
                chunks,
                settings.get(SizeClassBuilder.THREAD_BYTES));
        threads = new ThreadTable<>(this::makeHeap, this::foldCounts);
        stripes = new Stripes<>(() -> makeHeap(null));
        large = LargeBlocks.of(
                settings.get(SizeClassBuilder.LARGE_BLOCKS), config, source, largestSlot, PageChunk.PAGE);
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

    private Slab own(Slab slab) {
        slab.allocator = this;
        return slab;
    }

    private SlabHeap makeHeap(@Nullable Thread thread) {
        store.countHeaps(1);
        return new SlabHeap(store, thread);
    }

    /** Adds the counts of a removed heap to a sum. Under the lock of the table. */
    private void foldCounts(SlabHeap heap) {
        heap.addFreed(evictedCounts);
        heap.addAllocated(evictedCounts);
        store.countHeaps(-1);
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        return allocate(threads.mine(), byteSize, byteAlignment);
    }

    MemorySegment allocate(@Nullable SlabHeap heap, long byteSize, long byteAlignment) {
        int sizeClass = slotClass(heap, byteSize, byteAlignment);
        Slab slab = sizeClass < 0 || heap == null ? store.none() : heap.active(sizeClass);
        int slot = slab.take();
        MemorySegment memory;
        long offset = 0;
        if (heap != null && slot >= 0) {
            heap.allocated(slab, byteSize);
            memory = slab.memory();
            offset = slab.offsetOf(slot);
        } else {
            memory = allocateSlowly(heap, byteSize, byteAlignment);
            if (memory == null) {
                throw new AllocationException(refusal(byteSize, byteAlignment));
            }
        }
        return memory.asSlice(offset, byteSize); // the only one, so it can be removed if it does not escape
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        return tryAllocate(threads.mine(), byteSize, byteAlignment);
    }

    @Nullable MemorySegment tryAllocate(@Nullable SlabHeap heap, long byteSize, long byteAlignment) {
        int sizeClass = slotClass(heap, byteSize, byteAlignment);
        Slab slab = sizeClass < 0 || heap == null ? store.none() : heap.active(sizeClass);
        int slot = slab.take();
        if (heap != null && slot >= 0) {
            heap.allocated(slab, byteSize);
            return slab.memory().asSlice(slab.offsetOf(slot), byteSize);
        }
        return allocateSlowly(heap, byteSize, byteAlignment);
    }

    @Override
    public long tryAllocateAddress(long byteSize, long byteAlignment) {
        return tryAllocateAddress(threads.mine(), byteSize, byteAlignment);
    }

    long tryAllocateAddress(@Nullable SlabHeap heap, long byteSize, long byteAlignment) {
        int sizeClass = slotClass(heap, byteSize, byteAlignment);
        Slab slab = sizeClass < 0 || heap == null ? store.none() : heap.active(sizeClass);
        int slot = slab.take();
        if (heap != null && slot >= 0) {
            heap.allocated(slab, byteSize);
            return slab.addressOf(slot);
        }
        return allocateAddressSlowly(heap, byteSize, byteAlignment);
    }

    /** The class of a request that only needs a slot of the heap, or -1 for any other request. */
    private int slotClass(@Nullable SlabHeap heap, long byteSize, long byteAlignment) {
        return heap == null || !isSlotSize(byteSize) || !isServedAlignment(byteAlignment)
                ? -1
                : sizeClasses.classOf(byteSize, byteAlignment);
    }

    private boolean isSlotSize(long byteSize) {
        return Long.compareUnsigned(byteSize, largestSlot) <= 0; // one comparison, as compiled code must stay small
    }

    /** Whether an alignment is valid, and slots can have it. */
    private static boolean isServedAlignment(long byteAlignment) {
        return Long.compareUnsigned(byteAlignment - 1, PageChunk.PAGE) < 0
                && (byteAlignment & (byteAlignment - 1)) == 0;
    }

    private @Nullable MemorySegment allocateSlowly(@Nullable SlabHeap mine, long byteSize, long byteAlignment) {
        int sizeClass = requireClass(byteSize, byteAlignment);
        if (sizeClass == LARGE) {
            threads.requireOpen();
            return large.tryAllocate(byteSize, byteAlignment, this::reclaimAll);
        }
        long address = requireSlot(mine, sizeClass, byteSize, byteAlignment);
        if (address == NULL) {
            return null;
        }
        // A look-up is cheaper than an object that has slab and slot.
        if (map.getOwned(address) instanceof Slab slab) {
            return slab.block(slab.slotAt(address), byteSize);
        }
        threads.requireOpen(); // the allocator was closed meanwhile
        return null;
    }

    private long allocateAddressSlowly(@Nullable SlabHeap mine, long byteSize, long byteAlignment) {
        int sizeClass = requireClass(byteSize, byteAlignment);
        if (sizeClass == LARGE) {
            MemorySegment block = allocateSlowly(mine, byteSize, byteAlignment);
            return block == null ? NULL : block.address();
        }
        return requireSlot(mine, sizeClass, byteSize, byteAlignment);
    }

    /** The size class of a request, or {@link #LARGE}. Checks the request. */
    private int requireClass(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        if (sizeClasses != store.sizeClasses()) { // so that threads do not write to a shared cache line
            sizeClasses = store.sizeClasses();
        }
        return byteSize > largestSlot || byteAlignment > PageChunk.PAGE
                ? LARGE
                : store.sizeClasses().classOf(byteSize, byteAlignment);
    }

    /** Takes a slot and returns its address, or counts the request as refused and returns {@link #NULL}. */
    private long requireSlot(@Nullable SlabHeap mine, int sizeClass, long byteSize, long byteAlignment) {
        long address = allocateSlot(mine, sizeClass, byteSize, byteAlignment);
        return address != NULL ? address : retry(mine, sizeClass, byteSize, byteAlignment);
    }

    private long retry(@Nullable SlabHeap mine, int sizeClass, long byteSize, long byteAlignment) {
        long chunkBytes = chunks.smallestFor(store.sizeClasses().size(sizeClass));
        Long address = source.retry(chunkBytes, () -> {
            long taken = allocateSlot(mine, sizeClass, byteSize, byteAlignment);
            return taken == NULL ? null : taken;
        });
        if (address == null) {
            refused.increment();
            return NULL;
        }
        return address;
    }

    /** Takes a slot, if necessary with memory from other threads, from other classes, or from the source. */
    private long allocateSlot(@Nullable SlabHeap mine, int sizeClass, long byteSize, long byteAlignment) {
        threads.requireOpen();
        boolean reclaimed = false;
        while (true) {
            int searched = chunks.changes();
            SlabHeap heap = enter(mine);
            try {
                long address = take(heap, heap.slabWithRoom(sizeClass), byteSize);
                if (address == NULL && reclaimed) {
                    address = takeLast(heap, sizeClass, byteSize, byteAlignment);
                }
                if (address != NULL) {
                    threads.requireOpen(); // the slab may have been sealed meanwhile, and collect may have undone that
                    return address;
                }
            } finally {
                exit(heap);
            }
            boolean evicted = evictEnded();
            if (store.dissolveRetained() || evicted) {
                continue;
            }
            switch (chunks.grow(store.sizeClasses().size(sizeClass), searched, byteSize)) {
                case DONE -> {
                    misses.increment();
                    store.adapt();
                }
                case BY_OTHERS -> {}
                case NONE -> {
                    threads.requireOpen();
                    if (!reclaimed) {
                        reclaim();
                        reclaimed = true;
                    } else if (chunks.trim()) { // all of them were too small, and leave room for a larger one
                        store.adapt();
                    } else {
                        return NULL;
                    }
                }
            }
        }
    }

    private static long take(SlabHeap heap, @Nullable Slab slab, long byteSize) {
        int slot = slab == null ? -1 : slab.take();
        if (slab == null || slot < 0) { // none, or it is sealed
            return NULL;
        }
        heap.allocated(slab, byteSize);
        return slab.addressOf(slot);
    }

    /** The last resort: a smaller slab than usual, or a larger slot. */
    private long takeLast(SlabHeap heap, int sizeClass, long byteSize, long byteAlignment) {
        long address = take(heap, heap.smallSlabWithRoom(sizeClass), byteSize);
        if (address == NULL) {
            Slab larger = store.takeLarger(byteSize, byteAlignment, heap);
            address = take(heap, larger, byteSize);
            if (larger != null) {
                store.disown(larger);
            }
        }
        return address;
    }

    /**
     * A heap for one operation of the calling thread, which {@link #exit exits} after it.
     *
     * @param mine the thread's heap, if known; it may have been evicted while the thread waited
     */
    private SlabHeap enter(@Nullable SlabHeap mine) {
        SlabHeap heap = mine == null || mine.isEvicted() ? threads.mine() : mine;
        Thread thread = Thread.currentThread();
        if (heap == null && !thread.isVirtual()) {
            heap = threads.tryRegister();
            evictRemoved(); // it may have removed entries of ended threads, which only this thread can handle now
        }
        if (heap == null) {
            threads.requireOpen();
            return stripes.occupyOne(thread);
        }
        heap.occupy();
        return heap;
    }

    /** Ends {@link #enter}, and gives memory back to the source that is too much now. */
    private void exit(SlabHeap heap) {
        heap.vacate();
        closeExcess();
    }

    private void closeExcess() {
        if (chunks.hasExcess()) {
            chunks.closeExcess();
            store.adapt();
        }
    }

    /** Disowns the slabs of ended threads whose entries were removed. */
    private void evictRemoved() {
        for (SlabHeap ended = threads.pollRemoved(); ended != null; ended = threads.pollRemoved()) {
            ended.flush();
        }
    }

    /** Disowns the slabs of ended threads; false if there are none. */
    private boolean evictEnded() {
        boolean any = false;
        for (SlabHeap ended = threads.pollEnded(); ended != null; ended = threads.pollEnded()) {
            ended.flush();
            any = true;
        }
        return any;
    }

    /**
     * Makes the slabs of threads available to every thread. This happens at once for the calling thread, for threads
     * that have ended or wait, and for stripes. A running thread is asked to do it at its next chance.
     */
    private void reclaim() {
        SlabHeap mine = threads.mine();
        if (mine != null) {
            mine.occupy();
            mine.flush();
            mine.vacate();
        }
        threads.evictWaiting().forEach(SlabHeap::flush);
        threads.forEach(SlabHeap::wantFlush);
        stripes.forEachIdle(SlabHeap::flush, SlabHeap::wantFlush);
        store.dissolveRetained();
    }

    /** Makes the slabs available that no thread is about to use. Costs other threads nothing. */
    private void reclaimUnused() {
        evictEnded();
        stripes.forEachIdle(SlabHeap::flush, busy -> {});
        store.dissolveRetained();
    }

    @Override
    public void free(MemorySegment block) {
        free(threads.mine(), block.address(), block.byteSize());
    }

    @Override
    public void freeAddress(long address, long byteSize) {
        free(threads.mine(), address, byteSize);
    }

    void free(@Nullable SlabHeap heap, long address, long byteSize) {
        if (!tryFree(heap, address, byteSize)) {
            threads.requireOpen();
            if (!large.free(address, byteSize)) {
                throw invalidFree(address);
            }
        }
    }

    @Override
    public boolean tryFree(long address, long byteSize) {
        return tryFree(threads.mine(), address, byteSize);
    }

    boolean tryFree(@Nullable SlabHeap heap, long address, long byteSize) {
        return freeInActive(heap, address, byteSize) || freeFound(heap, map.getOwned(address), address, byteSize);
    }

    /**
     * Frees a block if it lies in the active slab of its class. This is tried first: if a thread frees what it has just
     * allocated, the processor need not wait for the map.
     */
    private boolean freeInActive(@Nullable SlabHeap heap, long address, long byteSize) {
        if (heap == null || !isSlotSize(byteSize)) {
            return false;
        }
        Slab active = heap.active(sizeClasses.classOf(byteSize));
        int slot = active.slotAt(address);
        if (slot < 0) {
            return false;
        }
        if (!heap.free(active, slot, byteSize)) {
            throw invalidFree(address);
        }
        return true;
    }

    /**
     * Frees a block in what the map found; false if it lies in no slab. The map may have slabs and regions of other
     * allocators, if all of them are parts of one: then it is freed there.
     */
    private boolean freeFound(@Nullable SlabHeap heap, @Nullable Extent found, long address, long byteSize) {
        if (!(found instanceof Slab slab) || slab.allocator != this) {
            return found != null && found.tryFree(address, byteSize);
        }
        int slot = slab.slotAt(address);
        if (Long.compareUnsigned(byteSize, slab.slotSize) > 0) {
            throw slot >= 0 && slab.isLive(slot) ? wrongSize(address, byteSize, slab) : invalidFree(address);
        }
        if (heap != null && slot >= 0 && heap.ownsOrClaims(slab)) {
            if (!heap.free(slab, slot, byteSize)) {
                throw invalidFree(address);
            }
        } else {
            freeFromOutside(heap, slab, slot, address, byteSize);
        }
        closeExcess(); // this may be the last block of a slab, or the heap has disowned one
        return true;
    }

    /** Frees a block in a slab of this allocator, for a caller that found the slab. */
    boolean freeInSlab(Slab slab, long address, long byteSize) {
        return freeFound(threads.mine(), slab, address, byteSize);
    }

    private void freeFromOutside(@Nullable SlabHeap mine, Slab slab, int slot, long address, long byteSize) {
        if (mine == null) {
            threads.requireOpen();
        }
        Slab.Release release = slot < 0 ? Slab.Release.REFUSED : slab.releaseFromOutside(slot);
        if (release == Slab.Release.REFUSED) {
            throw invalidFree(address);
        }
        if (mine != null) {
            mine.freed(slab, byteSize);
        } else {
            SlabHeap heap = enter(null);
            heap.freed(slab, byteSize);
            exit(heap);
        }
        if (slab.owner() == null) {
            if (release == Slab.Release.PERHAPS_EMPTY) {
                store.settle(slab);
            } else {
                SlabList.noteRoom(slab);
            }
        }
    }

    /** Counts an attempt to free a block with a size that does not fit its slot. */
    private InvalidBlockException wrongSize(long address, long byteSize, Slab slab) {
        threads.requireOpen();
        Allocator.requireValid(byteSize, 1);
        invalidFrees.increment();
        return InvalidBlockException.wrongSize(address, byteSize, slab.slotSize);
    }

    /** Counts an attempt to free a block that is not live, and returns what is wrong with it. */
    private InvalidBlockException invalidFree(long address) {
        threads.requireOpen();
        Slab slab = chunks.slabAt(address);
        if (slab == null && !chunks.hold(address)) {
            return large.invalidFree(address);
        }
        invalidFrees.increment();
        if (slab == null) {
            return InvalidBlockException.freedTwice(address, InvalidBlockException.UNKNOWN_SIZE);
        }
        return slab.slotAt(address) >= 0
                ? InvalidBlockException.freedTwice(address, slab.slotSize)
                : InvalidBlockException.noBlockStart(address, slab.slotSize, slab.addressOf(slab.slotAround(address)));
    }

    /**
     * {@inheritDoc}
     *
     * <p>The block stays in its slot while the new size needs at least half of it.
     */
    @Override
    public @Nullable MemorySegment tryResize(MemorySegment block, long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        threads.requireOpen();
        Slab slab = chunks.slabAt(block.address());
        return slab == null
                ? tryResizeLarge(block, byteSize, byteAlignment)
                : slab.tryResize(block, byteSize, byteAlignment, this);
    }

    /** Resizes a block that lies in no slab. */
    private @Nullable MemorySegment tryResizeLarge(MemorySegment block, long byteSize, long byteAlignment) {
        if (!large.isLive(block.address())) {
            throw invalidFree(block.address());
        }
        return Allocator.super.tryResize(block, byteSize, byteAlignment);
    }

    /** Resizes a block in its slot; null if it must move. */
    @Nullable MemorySegment resizeInSlab(Slab slab, MemorySegment block, long byteSize, long byteAlignment) {
        threads.requireOpen();
        long address = block.address();
        int slot = slab.liveSlotAt(address);
        if (slot < 0) {
            throw invalidFree(address);
        }
        if (block.byteSize() > slab.slotSize) {
            throw wrongSize(address, block.byteSize(), slab);
        }
        if (!slab.canHold(byteSize) || (address & (byteAlignment - 1)) != 0) {
            return null;
        }
        SlabHeap heap = enter(null);
        heap.resized(block.byteSize(), byteSize);
        exit(heap);
        return slab.block(slot, byteSize);
    }

    /**
     * {@inheritDoc}
     *
     * <p>A batch that cannot fit under the limit together with the live blocks is refused before any memory is taken.
     */
    @Override
    public @Nullable List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
        threads.requireOpen();
        Allocator.requireValid(byteSizes, byteAlignment);
        return large.admits(byteSizes, byteSize -> takenBytes(byteSize, byteAlignment))
                ? Allocator.super.tryAllocateAll(byteSizes, byteAlignment)
                : null;
    }

    /** What a block takes in a slab, or {@link LargeBlocks#LARGE}. Checks the request. */
    private long takenBytes(long byteSize, long byteAlignment) {
        int sizeClass = requireClass(byteSize, byteAlignment);
        return sizeClass == LARGE ? LargeBlocks.LARGE : store.sizeClasses().size(sizeClass);
    }

    @Override
    public void freeAll(Collection<MemorySegment> blocks) {
        threads.requireOpen();
        Allocator.freeAll(this, blocks, _ -> invalidFrees.increment());
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment) {
        long taken = takenBytes(byteSize, byteAlignment);
        return taken == LargeBlocks.LARGE
                ? large.refusal(byteSize, byteAlignment)
                : source.refusal(byteSize, byteAlignment, chunks.smallestFor((int) taken));
    }

    @Override
    public Refusal refusal(long[] byteSizes, long byteAlignment) {
        Allocator.requireValid(byteSizes, byteAlignment);
        return large.refusal(byteSizes, byteAlignment, byteSize -> takenBytes(byteSize, byteAlignment));
    }

    /** {@inheritDoc} It is the size class, or the size itself if the block has memory of its own. */
    @Override
    public long goodSize(long byteSize, long byteAlignment) {
        return Math.max(byteSize, takenBytes(byteSize, byteAlignment));
    }

    @Override
    public Allocator allocator() {
        return this;
    }

    @Override
    public boolean owns(long address) {
        return chunks.hold(address) || large.isLive(address);
    }

    @Override
    public boolean isLive(long address) {
        Slab slab = chunks.slabAt(address);
        return slab == null ? large.isLive(address) : slab.isLive(address);
    }

    @Override
    public long allocatedSize(long address) {
        Slab slab = chunks.slabAt(address);
        return slab == null ? large.allocatedSize(address) : slab.allocatedSize(address);
    }

    @Override
    public @Nullable MemorySegment blockAt(long address, long byteSize) {
        Slab slab = chunks.slabAt(address);
        return slab == null ? large.blockAt(address, byteSize) : slab.blockAt(address, byteSize);
    }

    /** {@inheritDoc} Counts slabs and chunks without live blocks. */
    @Override
    public long retainedBytes() {
        return chunks.retainedBytes();
    }

    @Override
    public void retain(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("retainedBytes is " + bytes + ", must be 0 or more");
        }
        threads.requireOpen();
        boolean isHigher = bytes > chunks.retainedBytes();
        chunks.setRetained(bytes);
        if (!isHigher) {
            reclaimUnused();
        }
        closeExcess();
    }

    @Override
    public SizeClasses sizeClasses() {
        return store.sizeClasses();
    }

    @Override
    public void useSizeClasses(int... sizes) {
        threads.requireOpen();
        store.useSizeClasses(sizes);
        sizeClasses = store.sizeClasses();
        reclaim(); // slabs of the former classes that are empty now
        closeExcess();
    }

    @Override
    public Allocator confined() {
        return new ConfinedView(this, threads);
    }

    @Override
    public AllocatorStats stats() {
        long missed = misses.sum(); // before the allocations, because a miss is counted before its allocation
        SlabCounts counts = counts();
        AllocatorStats slots = AllocatorStats.builder()
                .requestedBytes(counts.requestedBytes())
                .allocatedBytes(counts.allocatedBytes())
                .metadataBytes(metadataBytes())
                .liveBlocks(counts.liveBlocks())
                .allocations(counts.allocations())
                .misses(Math.min(missed, counts.allocations()))
                .refused(refused.sum())
                .invalidFrees(invalidFrees.sum())
                .build();
        return slots.plus(source.stats()).plus(large.stats());
    }

    /** Ends the entry of a virtual thread that has no view any more. */
    void disown(SlabHeap heap) {
        heap.flush();
        closeExcess();
    }

    private SlabCounts counts() {
        SlabCounts counts = new SlabCounts();
        threads.exclusively(() -> {
            counts.add(evictedCounts);
            forEachHeap(heap -> heap.addFreed(counts));
            forEachHeap(heap -> heap.addAllocated(counts));
        });
        return counts;
    }

    private void forEachHeap(Consumer<SlabHeap> action) {
        threads.forEach(action);
        stripes.forEach(action);
    }

    /** Costs time in proportion to the heaps. */
    private long requestedBytes() {
        return counts().requestedBytes() + large.requestedBytes();
    }

    private long metadataBytes() {
        long[] bytes = {store.metadataBytes() + threads.metadataBytes() + SlabCounts.METADATA_BYTES};
        forEachHeap(heap -> bytes[0] += heap.metadataBytes());
        return bytes[0];
    }

    @Override
    public void inspect(Visitor visitor) {
        threads.requireOpen();
        walk(visitor);
    }

    @Override
    public Evacuation evacuate(double mostLive, long budgetBytes) {
        Evacuable.requireValid(mostLive, budgetBytes);
        threads.requireOpen();
        reclaim(); // a chunk in which a heap owns a slab cannot be chosen
        return new SlabEvacuation(store, chunks, () -> !isClosed(), mostLive, budgetBytes);
    }

    private void walk(Visitor visitor) {
        SlabInspection.inspect(chunks, visitor);
        large.inspect(visitor);
    }

    @Override
    public long trim() {
        threads.requireOpen();
        long bytes = reclaimAll();
        source.trim();
        return bytes;
    }

    private long reclaimAll() {
        long before = source.committedBytes();
        reclaim();
        chunks.trim();
        store.adapt();
        return Math.max(0, before - source.committedBytes()); // others may take memory meanwhile
    }

    @Override
    public void leaveReports() {
        leaks.end();
    }

    @Override
    public void hold() {
        holds.hold();
    }

    @Override
    public void release() {
        holds.release();
    }

    @Override
    public boolean isClosed() {
        return !threads.isOpen();
    }

    @Override
    public void close() {
        holds.close();
        List<SlabHeap> heaps = new ArrayList<>();
        boolean isFirst = threads.close(heap -> {
            heaps.add(heap);
            foldCounts(heap);
        });
        if (isFirst) {
            leaks.ofLive(stats(), this::walk).log();
            leaks.end();
        }
        Runnable seal = () -> heaps.forEach(SlabHeap::seal);
        Runnable memory = () -> source.close(chunks::closeAll, large::close);
        Closing.all(seal, memory, seal); // a thread in an operation may undo the first
    }

    @Override
    public String toString() {
        return name + " allocator, " + store.sizeClasses();
    }

    @Override
    public <T> Optional<T> as(Class<T> capability) {
        return capability == Limit.class
                ? Optional.of(capability.cast(source.limit()))
                : Allocator.super.as(capability);
    }
}
