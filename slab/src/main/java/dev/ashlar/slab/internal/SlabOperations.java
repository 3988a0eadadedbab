package dev.ashlar.slab.internal;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Owner;
import dev.ashlar.spi.support.Chunks;
import dev.ashlar.spi.support.LocalFrees;
import dev.ashlar.spi.support.SizeClasses;
import dev.ashlar.spi.support.UnitChunk;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Allocating and freeing with slabs. The common case, a block from the calling thread's active slab, stands first in each
 * method and is small enough to be compiled into its caller; everything else is in a method of its own.
 *
 * <p>What differs between the allocator and a view confined to a thread is only how the heap is found.
 */
abstract class SlabOperations implements Allocator, AddressAllocator, Owner, LocalFrees {

    final SlabCore core;
    private final SlabSupply supply;
    private final long largestSlot;

    /**
     * The table of the supply, or one that was in use before, which serves as well: read plainly, because a thread that sees
     * an old one for a while finds slabs for its classes all the same.
     */
    private SizeClasses sizeClasses;

    SlabOperations(SlabCore core) {
        this.core = core;
        supply = core.supply();
        sizeClasses = supply.sizeClasses();
        largestSlot = sizeClasses.largest();
    }

    /** Reads the table anew. */
    final void renewSizeClasses() {
        sizeClasses = supply.sizeClasses();
    }

    /** The heap to use, or null if {@link #enter} has to find one. */
    abstract @Nullable Heap mine();

    /**
     * A heap for one operation.
     *
     * @throws IllegalStateException if the allocator is closed
     */
    abstract Heap enter();

    /** Ends what {@link #enter} began. */
    abstract void exit(Heap heap);

    @Override
    public final MemorySegment allocate(long byteSize, long byteAlignment) {
        Heap heap = mine();
        Slab slab = slabFor(heap, byteSize, byteAlignment);
        int slot = slab.take();
        MemorySegment memory;
        long offset = 0;
        if (heap != null && slot >= 0) {
            heap.allocated(byteSize);
            memory = slab.memory();
            offset = slab.offsetOf(slot);
        } else {
            memory = allocateSlowly(byteSize, byteAlignment);
            if (memory == null) {
                throw core.refusal(byteSize, byteAlignment);
            }
        }
        return memory.asSlice(offset, byteSize); // the only one, so that it need not be made if it does not escape
    }

    @Override
    public final @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        Heap heap = mine();
        Slab slab = slabFor(heap, byteSize, byteAlignment);
        int slot = slab.take();
        if (heap != null && slot >= 0) {
            heap.allocated(byteSize);
            return slab.memory().asSlice(slab.offsetOf(slot), byteSize);
        }
        return allocateSlowly(byteSize, byteAlignment);
    }

    @Override
    public final long allocateAddress(long byteSize, long byteAlignment) {
        long address = tryAllocateAddress(byteSize, byteAlignment);
        if (address == NULL) {
            throw core.refusal(byteSize, byteAlignment);
        }
        return address;
    }

    @Override
    public final long tryAllocateAddress(long byteSize, long byteAlignment) {
        Heap heap = mine();
        Slab slab = slabFor(heap, byteSize, byteAlignment);
        int slot = slab.take();
        if (heap != null && slot >= 0) {
            heap.allocated(byteSize);
            return slab.addressOf(slot);
        }
        return allocateAddressSlowly(byteSize, byteAlignment);
    }

    /** The active slab for a request, or {@link Slab#NONE} if there is more to do than to take a slot of one. */
    private Slab slabFor(@Nullable Heap heap, long byteSize, long byteAlignment) {
        if (heap == null || !isSlotSize(byteSize) || !isServedAlignment(byteAlignment)) {
            return Slab.NONE;
        }
        int sizeClass = sizeClasses.classOf(byteSize, byteAlignment);
        return sizeClass < 0 ? Slab.NONE : heap.active(sizeClass);
    }

    private boolean isSlotSize(long byteSize) {
        return byteSize >= 0 && byteSize <= largestSlot;
    }

    /** Whether an alignment is valid, and there can be slots that have it. */
    private static boolean isServedAlignment(long byteAlignment) {
        return byteAlignment <= UnitChunk.PAGE && byteAlignment > 0 && (byteAlignment & (byteAlignment - 1)) == 0;
    }

    private @Nullable MemorySegment allocateSlowly(long byteSize, long byteAlignment) {
        int sizeClass = core.classOf(byteSize, byteAlignment);
        if (sizeClass == SlabCore.LARGE) {
            enterAndExit();
            return core.allocateLarge(byteSize, byteAlignment);
        }
        long address = allocateSlot(sizeClass, byteSize);
        return address == NULL ? null : core.blockAt(address, byteSize);
    }

    private long allocateAddressSlowly(long byteSize, long byteAlignment) {
        int sizeClass = core.classOf(byteSize, byteAlignment);
        if (sizeClass == SlabCore.LARGE) {
            enterAndExit();
            MemorySegment block = core.allocateLarge(byteSize, byteAlignment);
            return block == null ? NULL : block.address();
        }
        return allocateSlot(sizeClass, byteSize);
    }

    /**
     * {@inheritDoc}
     *
     * <p>A batch that cannot fit under the limit beside what is live is refused before memory is taken for any of it.
     */
    @Override
    public final List<MemorySegment> allocateAll(long[] byteSizes, long byteAlignment) {
        enterAndExit();
        core.requireRoomFor(byteSizes, byteAlignment);
        return Allocator.super.allocateAll(byteSizes, byteAlignment);
    }

    /** Checks what every operation checks: that the allocator is open, and the thread the right one. */
    private void enterAndExit() {
        exit(enter());
    }

    /** Takes a slot, whatever it takes: memory of ended threads, of other classes, from the source. */
    private long allocateSlot(int sizeClass, long byteSize) {
        renewSizeClasses();
        boolean reclaimed = false;
        while (true) {
            UnitChunk[] searched = supply.chunks().all();
            Heap heap = enter();
            try {
                Slab slab = reclaimed ? heap.smallSlabWithRoom(sizeClass) : heap.slabWithRoom(sizeClass);
                if (slab != null) {
                    heap.allocated(byteSize);
                    return slab.addressOf(slab.take());
                }
                boolean gained = core.heaps().adoptEnded(heap);
                gained |= heap.giveUpEmpty();
                gained |= supply.dissolveEmptySlabs();
                if (gained) {
                    continue;
                }
            } finally {
                exit(heap);
            }
            Chunks.Growth growth = supply.grow(sizeClass, searched);
            if (growth == Chunks.Growth.DONE) {
                core.noteMiss();
            } else if (growth == null) {
                if (reclaimed) {
                    core.noteRefusal();
                    return NULL;
                }
                core.heaps().flush();
                reclaimed = true;
            }
        }
    }

    @Override
    public final void free(MemorySegment block) {
        freeAddress(block.address(), block.byteSize());
    }

    @Override
    public final void freeAddress(long address, long byteSize) {
        Heap heap = mine();
        if (!freeInActive(heap, address, byteSize)) {
            freeByMap(heap, address, byteSize);
        }
    }

    @Override
    public final boolean freeLocally(long address, long byteSize) {
        return freeInActive(mine(), address, byteSize);
    }

    /**
     * Frees a block if it lies in the active slab of its class. Tried first, because where a thread frees what it has just
     * allocated the processor need not wait for the map.
     */
    private boolean freeInActive(@Nullable Heap heap, long address, long byteSize) {
        if (heap == null || !isSlotSize(byteSize)) {
            return false;
        }
        Slab active = heap.active(sizeClasses.classOf(byteSize));
        int slot = active.slotAt(address);
        if (slot >= 0 && !heap.freeActive(active, slot, byteSize)) {
            throw core.invalidFree(address);
        }
        return slot >= 0;
    }

    private void freeByMap(@Nullable Heap heap, long address, long byteSize) {
        if (heap != null) {
            Slab slab = supply.slabAt(address);
            if (slab != null) {
                free(heap, slab, address, byteSize);
                return;
            }
        }
        freeSlowly(address, byteSize);
    }

    private void freeSlowly(long address, long byteSize) {
        Heap heap = enter();
        try {
            Slab slab = supply.slabAt(address);
            if (slab != null) {
                free(heap, slab, address, byteSize);
                return;
            }
        } finally {
            exit(heap);
        }
        core.freeLarge(address, byteSize);
    }

    /** Frees a block in a slab, once: a free that is refused must not be tried again when the slot may have been taken. */
    private void free(Heap heap, Slab slab, long address, long byteSize) {
        int slot = slab.slotAt(address);
        if (slot < 0 || !heap.free(slab, slot, byteSize)) {
            throw core.invalidFree(address);
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>The block stays in its slot while the new size needs at least half of it.
     */
    @Override
    public final MemorySegment resize(MemorySegment block, long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        long address = block.address();
        Heap heap = enter();
        try {
            core.requireLive(address);
            Slab slab = supply.slabAt(address);
            if (slab != null && slab.canHold(byteSize) && (address & (byteAlignment - 1)) == 0) {
                heap.resized(byteSize - block.byteSize());
                return core.blockAt(address, byteSize);
            }
        } finally {
            exit(heap);
        }
        return Allocator.super.resize(block, byteSize, byteAlignment);
    }

    @Override
    public final boolean owns(MemorySegment block) {
        return supply.chunks().hold(block.address()) || core.isLargeLive(block.address());
    }

    @Override
    public final boolean isLive(MemorySegment block) {
        return core.isLive(block.address());
    }
}
