package dev.ashlar.spi.support;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Refusal;
import dev.ashlar.api.support.Holdable;
import dev.ashlar.api.support.TryFree;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A view of a size-class allocator for one thread. It has a reference to the thread's heap and need not look it up. A
 * virtual thread has its own heap while it has views.
 */
final class ConfinedView implements Allocator, AddressAllocator, TryFree, Owner, Holdable {

    private final SizeClassAllocator allocator;
    private final ThreadTable<SlabHeap> threads;
    private final Thread thread = Thread.currentThread();

    /** Null once the view is closed. */
    private @Nullable SlabHeap heap;

    ConfinedView(SizeClassAllocator allocator, ThreadTable<SlabHeap> threads) {
        this.allocator = allocator;
        this.threads = threads;
        heap = threads.hold();
    }

    /** The thread's heap. It is evicted when the allocator is closed. */
    private SlabHeap mine() {
        requireThread();
        SlabHeap mine = heap;
        return mine != null && !mine.isEvicted() ? mine : mineAgain();
    }

    private SlabHeap mineAgain() {
        threads.requireOpen();
        SlabHeap evicted = heap;
        if (evicted == null) {
            throw new IllegalStateException("This view of the allocator is closed");
        }
        SlabHeap mine = threads.holdAgain(evicted);
        heap = mine;
        return mine;
    }

    private void requireThread() {
        if (Thread.currentThread() != thread) {
            throw new WrongThreadException("This view is confined to " + thread + " and was called by "
                    + Thread.currentThread() + ". Use the allocator that it is a view of.");
        }
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        return allocator.allocate(mine(), byteSize, byteAlignment);
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        return allocator.tryAllocate(mine(), byteSize, byteAlignment);
    }

    @Override
    public long tryAllocateAddress(long byteSize, long byteAlignment) {
        return allocator.tryAllocateAddress(mine(), byteSize, byteAlignment);
    }

    @Override
    public void free(MemorySegment block) {
        allocator.free(mine(), block.address(), block.byteSize());
    }

    @Override
    public void freeAddress(long address, long byteSize) {
        allocator.free(mine(), address, byteSize);
    }

    @Override
    public boolean tryFree(long address, long byteSize) {
        return allocator.tryFree(mine(), address, byteSize);
    }

    @Override
    public @Nullable List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
        mine();
        return allocator.tryAllocateAll(byteSizes, byteAlignment);
    }

    @Override
    public void freeAll(Collection<MemorySegment> blocks) {
        mine();
        allocator.freeAll(blocks);
    }

    @Override
    public @Nullable MemorySegment tryResize(MemorySegment block, long byteSize, long byteAlignment) {
        mine();
        return allocator.tryResize(block, byteSize, byteAlignment);
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment) {
        return allocator.refusal(byteSize, byteAlignment);
    }

    @Override
    public Refusal refusal(long[] byteSizes, long byteAlignment) {
        return allocator.refusal(byteSizes, byteAlignment);
    }

    @Override
    public long goodSize(long byteSize, long byteAlignment) {
        return allocator.goodSize(byteSize, byteAlignment);
    }

    @Override
    public Allocator allocator() {
        return this;
    }

    @Override
    public boolean owns(long address) {
        return allocator.owns(address);
    }

    @Override
    public boolean isLive(long address) {
        return allocator.isLive(address);
    }

    @Override
    public long allocatedSize(long address) {
        return allocator.allocatedSize(address);
    }

    @Override
    public @Nullable MemorySegment blockAt(long address, long byteSize) {
        return allocator.blockAt(address, byteSize);
    }

    @Override
    public AllocatorStats stats() {
        requireThread();
        return allocator.stats();
    }

    @Override
    public long trim() {
        mine();
        return allocator.trim();
    }

    @Override
    public void hold() {
        allocator.hold();
    }

    @Override
    public void release() {
        allocator.release();
    }

    @Override
    public boolean isClosed() {
        return heap == null || !threads.isOpen();
    }

    @Override
    public void close() {
        requireThread();
        SlabHeap held = heap;
        if (held != null) {
            heap = null;
            SlabHeap removed = threads.drop(held);
            if (removed != null) {
                allocator.disown(removed);
            }
        }
    }
}
