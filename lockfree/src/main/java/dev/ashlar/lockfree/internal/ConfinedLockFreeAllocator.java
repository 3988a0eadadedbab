package dev.ashlar.lockfree.internal;

import dev.ashlar.api.AllocatorStats;
import org.jspecify.annotations.Nullable;

/**
 * A view of a lock-free allocator for one thread, which keeps the thread's heap at hand instead of looking it up. A virtual
 * thread has a heap of its own while it has views.
 */
final class ConfinedLockFreeAllocator extends LockFreeOperations {

    private final Thread thread = Thread.currentThread();
    private final Heaps heaps;

    /** Null once the view is closed. */
    private @Nullable Heap heap;

    ConfinedLockFreeAllocator(LockFreeCore core) {
        super(core);
        heaps = core.heaps();
        heap = heaps.own();
    }

    @Override
    @Nullable Heap mine() {
        requireThread();
        return heaps.isOpen() ? heap : null;
    }

    @Override
    Heap enter() {
        requireThread();
        heaps.requireOpen();
        if (heap == null) {
            throw new IllegalStateException("This view of the allocator is closed");
        }
        return heap;
    }

    private void requireThread() {
        if (Thread.currentThread() != thread) {
            throw new WrongThreadException("This view is confined to " + thread + " and was called by "
                    + Thread.currentThread() + ". Use the allocator that it is a view of.");
        }
    }

    @Override
    void exit(Heap used) {}

    @Override
    public AllocatorStats stats() {
        enter();
        return core.stats();
    }

    @Override
    public long trim() {
        enter();
        return core.trim();
    }

    @Override
    public void close() {
        requireThread();
        if (heap != null) {
            heaps.disown(heap);
            heap = null;
        }
    }
}
