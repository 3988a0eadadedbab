package dev.ashlar.api;

import org.jspecify.annotations.Nullable;

/**
 * A lease that drops its object when it is closed. If several threads close it at the same instant, one releases the
 * object and the others are refused.
 *
 * <p>It uses a lock and not a compare-and-set. Where the lease does not leave the method, the compiler removes both the
 * lock and the lease. It does not remove an object on which a compare-and-set is done.
 *
 * @param <T> the type of the object
 */
final class PooledLease<T> implements Lease<T> {

    private final Pool<T> pool;
    private @Nullable T object;

    /** A lease on an object that was acquired from a pool. */
    PooledLease(Pool<T> pool, T object) {
        this.pool = pool;
        this.object = object;
    }

    @Override
    public T get() {
        T current = object;
        if (current == null) {
            throw new IllegalStateException("The lease is closed: its object may be another caller's by now");
        }
        return current;
    }

    @Override
    public void close() {
        T released = end();
        if (released == null) {
            throw new InvalidReleaseException(
                    "The lease was closed before. Close a lease once, at best by try-with-resources.");
        }
        pool.release(released);
    }

    private synchronized @Nullable T end() {
        T last = object;
        object = null;
        return last;
    }
}
