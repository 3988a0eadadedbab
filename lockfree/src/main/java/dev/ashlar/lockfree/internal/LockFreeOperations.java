package dev.ashlar.lockfree.internal;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Owner;
import dev.ashlar.spi.support.SizeClasses;
import dev.ashlar.spi.support.UnitChunk;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Allocating and freeing with magazines. The common case, a round of the calling thread's loaded magazine, stands first in
 * each method and is small enough to be compiled into its caller; everything else is in a method of its own.
 *
 * <p>What differs between the allocator and a view confined to a thread is only how the heap is found.
 */
abstract class LockFreeOperations implements Allocator, AddressAllocator, Owner {

    final LockFreeCore core;
    private final Memory memory;
    private final SlabTable slabs;
    private final SizeClasses sizeClasses;
    private final long largestSlot;

    LockFreeOperations(LockFreeCore core) {
        this.core = core;
        memory = core.supply().memory();
        slabs = memory.slabs();
        sizeClasses = core.sizeClasses();
        largestSlot = sizeClasses.largest();
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

    /**
     * {@inheritDoc}
     *
     * <p>Progress, for sizes up to the largest size class: wait-free and without an atomic operation if a platform thread's
     * loaded magazine has a round, lock-free if the depot or a slab has one; blocks on the memory source if none has.
     * Requests that go upstream block as upstream does.
     */
    @Override
    public final MemorySegment allocate(long byteSize, long byteAlignment) {
        Heap heap = mine();
        Magazine magazine = magazineFor(heap, byteSize, byteAlignment);
        MemorySegment memory;
        long offset = 0;
        if (heap != null && !magazine.isEmpty()) {
            long round = magazine.take();
            Slab slab = slabs.of(round);
            slab.handOut(Slab.slotOf(round));
            heap.allocated(byteSize);
            memory = slab.memory;
            offset = slab.offsetOf(Slab.slotOf(round));
        } else {
            memory = allocateSlowly(byteSize, byteAlignment);
            if (memory == null) {
                throw core.refusal(byteSize, byteAlignment);
            }
        }
        return memory.asSlice(offset, byteSize); // the only one, so that it need not be made if it does not escape
    }

    /** {@inheritDoc} Progress: as {@link #allocate}. */
    @Override
    public final @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        Heap heap = mine();
        Magazine magazine = magazineFor(heap, byteSize, byteAlignment);
        if (heap != null && !magazine.isEmpty()) {
            long round = magazine.take();
            Slab slab = slabs.of(round);
            slab.handOut(Slab.slotOf(round));
            heap.allocated(byteSize);
            return slab.memory.asSlice(slab.offsetOf(Slab.slotOf(round)), byteSize);
        }
        return allocateSlowly(byteSize, byteAlignment);
    }

    /** {@inheritDoc} Progress: as {@link #allocate}. */
    @Override
    public final long allocateAddress(long byteSize, long byteAlignment) {
        long address = tryAllocateAddress(byteSize, byteAlignment);
        if (address == NULL) {
            throw core.refusal(byteSize, byteAlignment);
        }
        return address;
    }

    /** {@inheritDoc} Progress: as {@link #allocate}. */
    @Override
    public final long tryAllocateAddress(long byteSize, long byteAlignment) {
        Heap heap = mine();
        Magazine magazine = magazineFor(heap, byteSize, byteAlignment);
        if (heap != null && !magazine.isEmpty()) {
            return handOut(heap, magazine, byteSize);
        }
        return allocateAddressSlowly(byteSize, byteAlignment);
    }

    private long handOut(Heap heap, Magazine magazine, long byteSize) {
        long round = magazine.take();
        Slab slab = slabs.of(round);
        slab.handOut(Slab.slotOf(round));
        heap.allocated(byteSize);
        return slab.addressOf(Slab.slotOf(round));
    }

    /** The loaded magazine for a request, or {@link Magazine#NONE} if there is more to do than to take a round of one. */
    private Magazine magazineFor(@Nullable Heap heap, long byteSize, long byteAlignment) {
        if (heap == null || !isSlotSize(byteSize) || !isServedAlignment(byteAlignment)) {
            return Magazine.NONE;
        }
        int sizeClass = sizeClasses.classOf(byteSize, byteAlignment);
        return sizeClass < 0 ? Magazine.NONE : heap.loaded(sizeClass);
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
        if (sizeClass == LockFreeCore.LARGE) {
            enterAndExit();
            return core.allocateLarge(byteSize, byteAlignment);
        }
        long address = allocateSlot(sizeClass, byteSize);
        return address == NULL ? null : core.blockAt(address, byteSize);
    }

    private long allocateAddressSlowly(long byteSize, long byteAlignment) {
        int sizeClass = core.classOf(byteSize, byteAlignment);
        if (sizeClass == LockFreeCore.LARGE) {
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

    /**
     * Takes a round, whatever it takes: memory of other classes and of threads that have ended, memory from the source, and,
     * before it is refused, all that is cached within reach.
     */
    private long allocateSlot(int sizeClass, long byteSize) {
        boolean gathered = false;
        boolean reclaimed = false;
        while (true) {
            UnitChunk[] searched = memory.chunks().all();
            Heap heap = enter();
            try {
                Magazine magazine = heap.loadForTake(sizeClass);
                if (magazine != null) {
                    return handOut(heap, magazine, byteSize);
                }
                if (!gathered) {
                    core.gather(heap);
                    gathered = true;
                    continue;
                }
            } finally {
                exit(heap);
            }
            if (!memory.grow(sizeClass, searched)) {
                if (reclaimed) {
                    core.noteRefusal();
                    return NULL;
                }
                core.reclaim();
                reclaimed = true;
            }
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>A batch that cannot fit under the limit beside what is live is refused before memory is taken for any of it. Progress:
     * as {@link #allocate} for each block.
     */
    @Override
    public final List<MemorySegment> allocateAll(long[] byteSizes, long byteAlignment) {
        enterAndExit();
        core.requireRoomFor(byteSizes, byteAlignment);
        return Allocator.super.allocateAll(byteSizes, byteAlignment);
    }

    /**
     * {@inheritDoc}
     *
     * <p>Progress: lock-free; one CAS if the thread's magazines have room, whoever allocated the block. Blocks on the memory
     * source if memory goes back to it.
     */
    @Override
    public final void free(MemorySegment block) {
        freeAddress(block.address(), block.byteSize());
    }

    /** {@inheritDoc} Progress: as {@link #free}. */
    @Override
    public final void freeAddress(long address, long byteSize) {
        Heap heap = mine();
        Slab slab = slabs.at(address);
        if (heap == null || slab == null) {
            freeSlowly(address, byteSize);
        } else {
            free(heap, slab, address, byteSize);
        }
    }

    private void freeSlowly(long address, long byteSize) {
        Heap heap = enter();
        try {
            Slab slab = slabs.at(address);
            if (slab != null) {
                free(heap, slab, address, byteSize);
                return;
            }
        } finally {
            exit(heap);
        }
        core.freeLarge(address, byteSize);
    }

    private void free(Heap heap, Slab slab, long address, long byteSize) {
        int slot = slab.slotAt(address);
        if (slot < 0 || !slab.takeBack(slot)) {
            throw core.invalidFree(address);
        }
        heap.freed(byteSize);
        Magazine magazine = heap.loaded(slab.sizeClass);
        if (magazine.isFull() || memory.isScarce()) {
            heap.put(slab, slot);
        } else {
            magazine.put(slab.tag() | slot);
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>The block stays in its slot while the new size needs at least half of it. Progress: lock-free then, else as {@link
     * #allocate} and {@link #free}.
     */
    @Override
    public final MemorySegment resize(MemorySegment block, long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        long address = block.address();
        Heap heap = enter();
        try {
            core.requireLive(address);
            Slab slab = slabs.at(address);
            if (slab != null && slab.canHold(byteSize) && (address & (byteAlignment - 1)) == 0) {
                heap.resized(byteSize - block.byteSize());
                return core.blockAt(address, byteSize);
            }
        } finally {
            exit(heap);
        }
        return Allocator.super.resize(block, byteSize, byteAlignment);
    }

    /** {@inheritDoc} Wait-free; costs time in proportion to the chunks. */
    @Override
    public final boolean owns(MemorySegment block) {
        return core.owns(block.address());
    }

    /** {@inheritDoc} Wait-free. */
    @Override
    public final boolean isLive(MemorySegment block) {
        return core.isLive(block.address());
    }
}
