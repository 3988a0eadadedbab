package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Evacuable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Retention;
import dev.ashlar.api.support.Holdable;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Whether a view is open, and to which thread it is confined, if to any. A check costs a volatile read, and for
 * confined views a comparison of threads.
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
     * Checks that an operation is allowed.
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
     * Checks that a block may be freed. A closed view still takes blocks back, because they are live upstream and their
     * users may have no other reference. A confined view does not, because the views underneath are closed too.
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
        } else if (capability == Evacuable.class) {
            found = upstream.as(Evacuable.class).map(this::evacuable);
        } else if (capability == Holdable.class || capability == Tracked.class || capability == Hardened.class) {
            found = upstream.as(capability);
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

    /** Evacuation of allocators, while the view is open. */
    Evacuable evacuable(Evacuable... allocators) {
        return (mostLive, budgetBytes) -> {
            requireOpen();
            return Evacuable.evacuate(List.of(allocators), mostLive, budgetBytes);
        };
    }

    /** Retention of the upstream: it can always be read, and changed while the view is open. */
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
     * @return whether it was open; exactly one of several callers gets true
     * @throws WrongThreadException if the view is confined to another thread
     */
    boolean close() {
        requireThread();
        return !closed.getAndSet(true);
    }
}
