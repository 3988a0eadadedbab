package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Retention;
import dev.ashlar.api.support.Holdable;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Whether a view is open, and if it is confined, to which thread. A check costs a volatile read, and for confined views
 * the comparison of two threads.
 *
 * <p>A view of another view is closed with it.
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

    /** An open view of this one, for the same thread if this one is confined. */
    ViewLifecycle inner() {
        return new ViewLifecycle(this, thread);
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

    /**
     * A capability of a view over one allocator: the view's own, or the allocator's while the view is open.
     *
     * @param addresses wraps raw addresses of the allocator
     * @param confinedOver makes a view of the view over a confined view of the allocator
     */
    <T> Optional<T> capability(
            Class<T> capability,
            Allocator view,
            Allocator upstream,
            UnaryOperator<AddressAllocator> addresses,
            UnaryOperator<Allocator> confinedOver) {
        if (capability.isInstance(view)) {
            return Optional.of(capability.cast(view));
        }
        Optional<?> found = Optional.empty();
        if (capability == AddressAllocator.class) {
            found = upstream.as(AddressAllocator.class).map(addresses);
        } else if (capability == Confinable.class) {
            found = upstream.as(Confinable.class).map(views -> (Confinable) () -> {
                requireOpen();
                return confinedOver.apply(views.confined());
            });
        } else if (capability == Inspectable.class) {
            found = upstream.as(Inspectable.class).map(this::inspectable);
        } else if (capability == Retention.class) {
            found = upstream.as(Retention.class).map(this::retention);
        } else if (capability == Holdable.class) {
            found = upstream.as(Holdable.class);
        }
        return found.map(capability::cast);
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

    /** Whether this view is closed, or one that it is a view of. */
    boolean isClosed() {
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
