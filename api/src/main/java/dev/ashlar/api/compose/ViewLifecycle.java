package dev.ashlar.api.compose;

import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Retention;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Whether a view is open, and if it is confined, to which thread. A check costs a volatile read, and for confined views
 * the comparison of two threads.
 *
 * <p>A confined view is closed with the view that it was made from.
 */
final class ViewLifecycle {

    private final @Nullable ViewLifecycle outer;
    private final @Nullable Thread thread;
    private final AtomicBoolean closed = new AtomicBoolean();

    private ViewLifecycle(@Nullable ViewLifecycle outer, @Nullable Thread thread) {
        this.outer = outer;
        this.thread = thread;
    }

    /** An open view for any thread. */
    static ViewLifecycle shared() {
        return new ViewLifecycle(null, null);
    }

    /** An open view of this one for the calling thread. */
    ViewLifecycle confined() {
        return new ViewLifecycle(this, Thread.currentThread());
    }

    /**
     * Checks that an operation may go on.
     *
     * @throws WrongThreadException if the view is confined to another thread
     * @throws IllegalStateException if the view is closed
     */
    void requireOpen() {
        requireThread();
        if (isClosed()) {
            throw new IllegalStateException("This view is closed. Its blocks can still be freed.");
        }
    }

    /**
     * Checks that a block may be freed. A closed view takes blocks back all the same, because they are still live
     * upstream, and their users may know no other way. A confined view does not: what it is made of is closed too.
     *
     * @throws WrongThreadException if the view is confined to another thread
     * @throws IllegalStateException if the view is confined and closed
     */
    void requireOpenToFrees() {
        if (thread != null) {
            requireOpen();
        }
    }

    private void requireThread() {
        if (thread != null && thread != Thread.currentThread()) {
            throw new WrongThreadException(
                    "This view is confined to " + thread + " and was used by " + Thread.currentThread()
                            + ". Use the allocator that it is a view of, or take a view for this thread.");
        }
    }

    /** A walk over allocators, while the view is open. */
    Inspectable inspectable(Inspectable... allocators) {
        return visitor -> {
            requireOpen();
            for (Inspectable allocator : allocators) {
                allocator.inspect(visitor);
            }
        };
    }

    /** What is retained, which can be told for ever, and changed while the view is open. */
    Retention retention(Retention allocator) {
        return new Retention() {
            @Override
            public long retainedBytes() {
                return allocator.retainedBytes();
            }

            @Override
            public void retain(long bytes) {
                requireOpen();
                allocator.retain(bytes);
            }
        };
    }

    private boolean isClosed() {
        return closed.get() || (outer != null && outer.isClosed());
    }

    /**
     * Closes the view.
     *
     * @return whether it was open; of several callers exactly one is told so
     * @throws WrongThreadException if the view is confined to another thread
     */
    boolean close() {
        requireThread();
        return !closed.getAndSet(true);
    }
}
