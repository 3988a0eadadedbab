package dev.ashlar.api;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Hands out objects that are costly to make or to collect, and takes them back for the next caller. An object is reset
 * before another caller can see it.
 *
 * {@snippet class="dev.ashlar.verification.shown.PoolCodeTest" region="lease"}
 *
 * <p>Safe for use by many threads. No operation waits for another thread except {@link #acquire(Duration)} and
 * {@link #lease(Duration)} on a pool with a bound on live objects.
 *
 * <ol>
 *   <li>One caller at a time holds an acquired object, from acquire to release.
 *   <li>The reset of {@link PoolConfig#reset()} runs on release, before the object can be acquired again. An object
 *       whose reset throws, or that the validator refuses, is destroyed and counted as discarded, never handed out.
 *   <li>Releasing an object twice or an object of another pool is refused through a {@link Lease} always, and through
 *       {@link #release} as far as the pool states.
 *   <li>At most {@link PoolConfig#maxLive()} objects are live; at most {@link #maxIdle()} idle ones are kept.
 *   <li>After {@link #close()} idle objects are destroyed, objects that come back are destroyed, and acquiring throws
 *       {@link IllegalStateException}.
 * </ol>
 *
 * @param <T> the type of the objects
 */
public interface Pool<T> extends AutoCloseable {

    /** No bound, for {@link PoolConfig#maxIdle()} and {@link PoolConfig#maxLive()}. */
    int UNBOUNDED = Integer.MAX_VALUE;

    /**
     * Takes an object from the pool, or makes one if none is idle. Never waits.
     *
     * @return an object that is the caller's until {@link #release}
     * @throws PoolExhaustedException if the bound on live objects is reached
     * @throws IllegalStateException if the pool is closed
     */
    T acquire();

    /**
     * Takes an object from the pool, or makes one if none is idle. Returns null if the bound on live objects is
     * reached. Never waits.
     *
     * @return an object, or null
     * @throws IllegalStateException if the pool is closed
     */
    @Nullable T tryAcquire();

    /**
     * Takes an object from the pool, waiting for one if the bound on live objects is reached.
     *
     * @param timeout how long to wait at most, of any length; zero or less does not wait
     * @return an object that is the caller's until {@link #release}
     * @throws PoolExhaustedException if none became free in time
     * @throws InterruptedException if the thread is interrupted while it waits
     * @throws IllegalStateException if the pool is closed, also while waiting
     */
    T acquire(Duration timeout) throws InterruptedException;

    /**
     * Returns an object to the pool. It is reset, and kept or destroyed. The caller must not use it any more.
     *
     * @param object an object acquired from this pool
     * @throws InvalidReleaseException if the pool sees that the object is not acquired from it now; then nothing
     *     changes
     */
    void release(T object);

    /**
     * Takes an object for a block of code. Closing the lease releases the object; each lease does so once.
     *
     * @return a lease on an object
     * @throws PoolExhaustedException if the bound on live objects is reached
     * @throws IllegalStateException if the pool is closed
     */
    default Lease<T> lease() {
        return new PooledLease<>(this, acquire());
    }

    /**
     * Takes an object for a block of code, as {@link #tryAcquire} does.
     *
     * {@snippet class="dev.ashlar.verification.shown.PoolCodeTest" region="try-lease"}
     *
     * @return a lease on an object, or null if the bound on live objects is reached
     * @throws IllegalStateException if the pool is closed
     */
    default @Nullable Lease<T> tryLease() {
        T object = tryAcquire();
        return object == null ? null : new PooledLease<>(this, object);
    }

    /**
     * Takes an object for a block of code, waiting for one as {@link #acquire(Duration)} does.
     *
     * @param timeout how long to wait at most; zero or less does not wait
     * @return a lease on an object
     * @throws PoolExhaustedException if none became free in time
     * @throws InterruptedException if the thread is interrupted while it waits
     * @throws IllegalStateException if the pool is closed, also while waiting
     */
    default Lease<T> lease(Duration timeout) throws InterruptedException {
        return new PooledLease<>(this, acquire(timeout));
    }

    /** How many idle objects are kept ready at most; {@link #UNBOUNDED} for any number. */
    int maxIdle();

    /**
     * Changes how many idle objects are kept. Objects beyond that are destroyed now or when they are released.
     *
     * @param maxIdle 0 to keep none, {@link #UNBOUNDED} for any number
     * @throws IllegalArgumentException if it is negative
     * @throws IllegalStateException if the pool is closed
     */
    void setMaxIdle(int maxIdle);

    /** A snapshot of the pool's figures, also after close; {@link PoolStats#ZERO} if statistics are off. */
    PoolStats stats();

    /** Whether {@link #close} was called. */
    boolean isClosed();

    /** Destroys idle objects, and from then on each object that is released. Closing again does nothing. */
    @Override
    void close();
}
