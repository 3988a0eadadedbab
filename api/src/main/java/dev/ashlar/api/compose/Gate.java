package dev.ashlar.api.compose;

import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Resizable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Lets the operations of a view through while the view is open and, if it is confined, on its own thread. Costs a
 * volatile read, and for confined views the comparison of two threads.
 *
 * <p>The gate of a confined view stands behind that of the view it was made from: once the outer one is shut nothing
 * passes the inner one either.
 */
final class Gate {

    private final @Nullable Gate outer;
    private final @Nullable Thread thread;
    private final AtomicBoolean shut = new AtomicBoolean();

    private Gate(@Nullable Gate outer, @Nullable Thread thread) {
        this.outer = outer;
        this.thread = thread;
    }

    /** An open gate for any thread. */
    static Gate shared() {
        return new Gate(null, null);
    }

    /** An open gate for the calling thread behind this one. */
    Gate confined() {
        return new Gate(this, Thread.currentThread());
    }

    /**
     * Lets an operation through.
     *
     * @throws WrongThreadException if the view is confined to another thread
     * @throws IllegalStateException if the view is closed
     */
    void requireOpen() {
        requireThread();
        if (isShut()) {
            throw new IllegalStateException("This view is closed. Its blocks can still be freed upstream.");
        }
    }

    private void requireThread() {
        if (thread != null && thread != Thread.currentThread()) {
            throw new WrongThreadException(
                    "This view is confined to " + thread + " and was used by " + Thread.currentThread()
                            + ". Use the allocator that it is a view of, or take a view for this thread.");
        }
    }

    /** A walk over allocators, while the gate is open. */
    Inspectable inspectable(Inspectable... allocators) {
        return visitor -> {
            requireOpen();
            for (Inspectable allocator : allocators) {
                allocator.inspect(visitor);
            }
        };
    }

    /** A capacity that can be told for ever, and changed while the gate is open. */
    Resizable resizable(Resizable allocator) {
        return new Resizable() {
            @Override
            public long capacity() {
                return allocator.capacity();
            }

            @Override
            public void resize(long capacity) {
                requireOpen();
                allocator.resize(capacity);
            }
        };
    }

    private boolean isShut() {
        return shut.get() || (outer != null && outer.isShut());
    }

    /**
     * Shuts this gate.
     *
     * @return whether it was open; of several callers exactly one is told so
     * @throws WrongThreadException if the view is confined to another thread
     */
    boolean shut() {
        requireThread();
        return !shut.getAndSet(true);
    }
}
