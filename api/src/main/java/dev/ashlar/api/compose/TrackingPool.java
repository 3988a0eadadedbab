package dev.ashlar.api.compose;

import dev.ashlar.api.InvalidReleaseException;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.PoolListener;
import dev.ashlar.api.PoolStats;
import dev.ashlar.api.Registration;
import dev.ashlar.api.SupervisedPool;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Samples the objects that are acquired from a pool. Contract: {@link Tracking#owning(SupervisedPool)}. Leases are
 * those of {@link Pool}, which acquire and release through this pool.
 *
 * <p><b>Concurrency.</b> As for {@link TrackingAllocator}: an object is tracked while one caller has it.
 *
 * @param <T> the type of the objects
 */
final class TrackingPool<T> implements SupervisedPool<T>, Tracked {

    private final SupervisedPool<T> upstream;
    private final ObjectTracker tracker;

    /** A pool that owns another one. */
    TrackingPool(SupervisedPool<T> upstream, Tracking tracking) {
        this.upstream = upstream;
        this.tracker = new ObjectTracker(tracking);
    }

    private T tracked(T object) {
        tracker.acquired(object);
        return object;
    }

    @Override
    public T acquire() {
        return tracked(upstream.acquire());
    }

    @Override
    public @Nullable T tryAcquire() {
        T object = upstream.tryAcquire();
        return object == null ? null : tracked(object);
    }

    @Override
    public T acquire(Duration timeout) throws InterruptedException {
        return tracked(upstream.acquire(timeout));
    }

    @Override
    public void release(T object) {
        ObjectTracker.Acquired taken = tracker.take(object);
        if (taken == null) {
            upstream.release(object);
            return;
        }
        boolean isReleased = true;
        try {
            upstream.release(object);
        } catch (InvalidReleaseException e) {
            isReleased = false; // after any other exception, as of a listener, it is
            throw e;
        } finally {
            if (isReleased) {
                tracker.end(taken.entry());
            } else {
                tracker.restore(taken);
            }
        }
    }

    @Override
    public int maxIdle() {
        return upstream.maxIdle();
    }

    @Override
    public void setMaxIdle(int maxIdle) {
        upstream.setMaxIdle(maxIdle);
    }

    @Override
    public PoolStats stats() {
        return upstream.stats();
    }

    @Override
    public int tidy() {
        return upstream.tidy();
    }

    @Override
    public Registration listen(PoolListener<? super T> listener) {
        return upstream.listen(listener);
    }

    @Override
    public void track(PoolConfig.Tracking tracking) {
        upstream.track(tracking);
    }

    @Override
    public boolean isClosed() {
        return upstream.isClosed();
    }

    @Override
    public void close() {
        boolean wasClosed = upstream.isClosed();
        upstream.close();
        if (!wasClosed) {
            tracker.logLive();
        }
    }

    @Override
    public TrackingReport report() {
        return tracker.report();
    }

    @Override
    public TrackingReport reportOlderThan(Duration age) {
        return tracker.reportOlderThan(age);
    }

    @Override
    public void blocks(Consumer<? super TrackedBlock> visitor) {
        tracker.blocks(visitor);
    }
}
