package dev.ashlar.slab.internal;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Owner;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Allocating and freeing with slabs. The common case, a block from the calling thread's active slab, stands first in each
 * method and is small enough to be compiled into its caller; everything else is in a method of its own.
 *
 * <p>What differs between the allocator and a view confined to a thread is only how the heap is found.
 */
abstract class SlabOperations implements Allocator, AddressAllocator, Owner {

    final SlabCore core;

    SlabOperations(SlabCore core) {
        this.core = core;
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
        MemorySegment block = tryAllocate(byteSize, byteAlignment);
        if (block == null) {
            throw core.refusal(byteSize, byteAlignment);
        }
        return block;
    }

    @Override
    public final @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        Heap heap = mine();
        if (heap != null && core.fitsAnySlot(byteSize, byteAlignment)) {
            Slab slab = heap.active(core.sizeClasses().classOf(byteSize));
            int slot = slab.take();
            if (slot >= 0) {
                heap.counters.allocated(byteSize);
                return slab.blockIn(slot, byteSize);
            }
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
        if (heap != null && core.fitsAnySlot(byteSize, byteAlignment)) {
            Slab slab = heap.active(core.sizeClasses().classOf(byteSize));
            int slot = slab.take();
            if (slot >= 0) {
                heap.counters.allocated(byteSize);
                return slab.addressOf(slot);
            }
        }
        return allocateAddressSlowly(byteSize, byteAlignment);
    }

    private @Nullable MemorySegment allocateSlowly(long byteSize, long byteAlignment) {
        int sizeClass = core.classOf(byteSize, byteAlignment);
        if (sizeClass == SlabCore.LARGE) {
            enterAndExit();
            return core.allocateLarge(byteSize, byteAlignment);
        }
        long address = allocateSlot(sizeClass, byteSize);
        Slab slab = core.supply().slabAt(address);
        return slab == null ? null : slab.blockIn(slab.slotAt(address), byteSize);
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

    /** Checks what every operation checks: that the allocator is open, and the thread the right one. */
    private void enterAndExit() {
        exit(enter());
    }

    /** Takes a slot, whatever it takes: memory of ended threads, of other classes, from the source. */
    private long allocateSlot(int sizeClass, long byteSize) {
        SlabSupply supply = core.supply();
        boolean reclaimed = false;
        while (true) {
            SlabChunk[] searched = supply.chunks();
            Heap heap = enter();
            try {
                Slab slab = reclaimed ? heap.smallSlabWithRoom(sizeClass) : heap.slabWithRoom(sizeClass);
                if (slab != null) {
                    heap.counters.allocated(byteSize);
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
            SlabSupply.Growth growth = supply.grow(sizeClass, searched);
            if (growth == SlabSupply.Growth.DONE) {
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
        if (heap != null) {
            Slab slab = core.slabOf(heap, address, byteSize);
            if (slab != null) {
                int slot = slab.slotAt(address);
                if (slot >= 0 && heap.free(slab, slot, byteSize)) {
                    return;
                }
            }
        }
        freeSlowly(address, byteSize);
    }

    private void freeSlowly(long address, long byteSize) {
        Heap heap = enter();
        try {
            Slab slab = core.supply().slabAt(address);
            int slot = slab == null ? -1 : slab.slotAt(address);
            if (slab != null && slot >= 0 && heap.free(slab, slot, byteSize)) {
                return;
            }
        } finally {
            exit(heap);
        }
        core.freeLarge(address, byteSize);
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
            Slab slab = core.supply().slabAt(address);
            if (slab != null && slab.canHold(byteSize) && (address & (byteAlignment - 1)) == 0) {
                heap.counters.resized(byteSize - block.byteSize());
                return slab.blockIn(slab.slotAt(address), byteSize);
            }
        } finally {
            exit(heap);
        }
        return Allocator.super.resize(block, byteSize, byteAlignment);
    }

    @Override
    public final boolean owns(MemorySegment block) {
        return core.supply().isInChunk(block.address()) || core.isLargeLive(block.address());
    }

    @Override
    public final boolean isLive(MemorySegment block) {
        return core.isLive(block.address());
    }
}
