package dev.ashlar.heap;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/** A hold on a block, during which it does not move. For any thread. */
public final class Pin implements AutoCloseable {

    private final HandleHeap heap;
    private final Handle handle;
    private final MemorySegment memory;
    private final AtomicBoolean ended = new AtomicBoolean();

    Pin(HandleHeap heap, Handle handle, MemorySegment memory) {
        this.heap = heap;
        this.handle = handle;
        this.memory = memory;
    }

    /**
     * The memory of the block. It must not be used after the close.
     *
     * @throws IllegalStateException if this is closed
     */
    public MemorySegment memory() {
        if (ended.get()) {
            throw new IllegalStateException("The pin of " + handle + " is closed");
        }
        return memory;
    }

    /** Ends the hold. Closing again does nothing. */
    @Override
    public void close() {
        if (!ended.getAndSet(true)) {
            heap.unpin(handle);
        }
    }
}
