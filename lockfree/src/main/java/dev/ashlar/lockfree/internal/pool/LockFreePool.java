package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.PoolConfig.Statistics;
import dev.ashlar.api.PoolConfig.Tracking;
import dev.ashlar.api.PoolExhaustedException;
import dev.ashlar.api.PoolListener;
import dev.ashlar.api.PoolListener.Operation;
import dev.ashlar.api.PoolStats;
import dev.ashlar.api.Registration;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.api.support.LeakReport;
import dev.ashlar.spi.support.Closing;
import dev.ashlar.spi.support.ThreadTable;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A pool in which a thread that releases an object that it acquired needs one compare-and-set. Any thread can get any
 * idle object, also one in the cache of a thread that waits or has ended.
 *
 * <h2>Design</h2>
 *
 * <p>{@link IdleObjects} has the idle objects. {@link ObjectLifecycle} makes, checks and destroys objects and calls the
 * listener. This class moves objects between the two. An operation first tries the short path: the front of the
 * thread's cache. A bound on live objects, an idle interval, a listener or tracking need more than that, so each of
 * them switches the short path off.
 *
 * <p>Operations on the short path are counted by the tags of the {@link Cache}s, at no cost.
 *
 * <p>The thread that registered last often works alone. While the short path is on, the pool remembers that thread's
 * cache. So this thread finds it without the table of threads, and without further checks.
 *
 * <h2>Progress</h2>
 *
 * <p>{@link #acquire()}, {@link #tryAcquire()}, {@link #release} and {@link #lease} are lock-free, and wait-free on the
 * short path, except for the code of the user that they call. {@link #acquire(Duration)} waits if a bound on live
 * objects is reached, and only then. {@link #setMaxIdle}, {@link #close}, {@link #listen} and {@link #track} may wait
 * for each other. No other operation waits for them. With a bound on live objects, all threads change one number in
 * each acquire and release. With a bound on idle objects, they change one when a cache takes or releases a place.
 *
 * <h2>Failure</h2>
 *
 * <p>{@link dev.ashlar.lockfree.LockFreePools} says what happens to exceptions and invalid releases.
 *
 * <p>A closed pool has no reference to idle objects or threads. It keeps only the destroyer and the listener, for
 * objects that are still acquired, and with tracking those objects.
 *
 * @param <T> the type of the objects
 */
public final class LockFreePool<T> implements SupervisedPool<T> {

    /** A table in which no thread finds a cache. */
    private static final ThreadTable<Cache> NOBODY = new ThreadTable<>(_ -> Cache.NONE, _ -> {});

    /** How often {@link #stats} looks for a moment at which no cache is taken out of service, which is rare. */
    private static final int TRIES = 100;

    private final int maxLive;
    private final boolean isCounted;
    private final ObjectLifecycle<T> lifecycle;
    private final IdleObjects<T> idle;

    /**
     * Has a permit for each object that may be live; null if there is no bound. A close adds one permit: a waiting
     * thread gets it, finds the pool closed, and releases it for the next one. So no thread waits on.
     */
    private final @Nullable Semaphore bound;

    private final LongAdder misses = new LongAdder();

    /** The figures that {@link #stats} returned last: no counter falls. Guarded by {@link #telling}. */
    private PoolStats told = PoolStats.ZERO;

    private final Object telling = new Object();

    /** The time between two searches for unused objects. */
    private final long idleNanos;

    /** Null without an idle interval, or if the pool is closed. */
    private volatile @Nullable LongSupplier clock;

    private volatile long tidiedAt;
    private final AtomicBoolean tidying = new AtomicBoolean();

    /** Whether a release needs no reset and no validator. */
    private final boolean isUnchecked;

    /** The table of caches while the short path is on, otherwise {@link #NOBODY}. */
    private volatile ThreadTable<Cache> shortPath = NOBODY;

    /**
     * The cache of the thread that registered last while the short path is on, otherwise {@link Cache#NONE}.
     */
    private volatile Cache newest = Cache.NONE;

    private LockFreePool(PoolConfig<T> config, int cacheSize) {
        maxLive = config.maxLive();
        isCounted = config.statistics() == Statistics.RECORDED;
        lifecycle = new ObjectLifecycle<>(config);
        isUnchecked = lifecycle.isUnchecked();
        idle = new IdleObjects<>(config.maxIdle(), cacheSize, lifecycle, this::remember);
        bound = maxLive == UNBOUNDED ? null : new Semaphore(maxLive);
        idleNanos = TimeUnit.NANOSECONDS.convert(config.idleInterval());
        clock = idleNanos == 0 ? null : config.clock();
        tidiedAt = config.clock().getAsLong();
        choosePath();
    }

    /**
     * A pool.
     *
     * @param <T> the type of the objects
     * @param config what it is made of
     * @param cacheSize objects in a thread's cache at most, 1 to {@link Cache#MOST}
     */
    public static <T> LockFreePool<T> create(PoolConfig<T> config, int cacheSize) {
        LockFreePool<T> pool = new LockFreePool<>(config, cacheSize);
        try {
            for (int i = 0; i < config.initialSize(); i++) {
                pool.keepOrDiscard(pool.lifecycle.make());
            }
            if (pool.idle.size() < config.initialSize()) {
                throw new IllegalStateException(
                        "initialSize is " + config.initialSize() + ", and " + pool.idle.size() + " fit");
            }
        } catch (RuntimeException | Error e) {
            Closing.after(e, pool::close);
            throw e;
        }
        return pool;
    }

    /** Switches the short path on or off. No thread registers meanwhile. */
    private void choosePath() {
        ThreadTable<Cache> threads = idle.threads();
        threads.exclusively(() -> {
            boolean isShort = bound == null && clock == null && !lifecycle.isWatched() && !idle.isClosed();
            shortPath = isShort ? threads : NOBODY;
            Cache mine = threads.mine();
            remember(mine == null ? Cache.NONE : mine);
        });
    }

    /** Remembers the cache of a thread that registers. Under the lock of the threads. */
    private void remember(Cache registered) {
        newest = shortPath == NOBODY ? Cache.NONE : registered;
    }

    /** The calling thread's cache if the short path is on, otherwise one without objects. */
    private Cache mine() {
        Cache likely = newest;
        if (likely.isMine()) {
            return likely;
        }
        Cache mine = shortPath.mine();
        return mine == null ? Cache.NONE : mine;
    }

    @Override
    public T acquire() {
        T object = tryAcquire();
        if (object == null) {
            throw new PoolExhaustedException(maxLive);
        }
        return object;
    }

    @Override
    @SuppressWarnings("unchecked") // only objects that the factory made, or that were released as a T, are in a cache
    public @Nullable T tryAcquire() {
        T object = (T) mine().take();
        if (object != null) {
            return object;
        }
        requireOpen();
        return bound == null || bound.tryAcquire() ? acquireEntered() : null;
    }

    @Override
    public T acquire(Duration timeout) throws InterruptedException {
        Objects.requireNonNull(timeout, "timeout");
        requireOpen();
        if (bound != null
                && !bound.tryAcquire()
                && !bound.tryAcquire(TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS)) {
            throw new PoolExhaustedException(maxLive);
        }
        return acquireEntered();
    }

    /** Takes or makes an object, for a caller that is already counted as holding one. */
    private T acquireEntered() {
        T object = null;
        try {
            requireOpen();
            object = idle.take();
            if (object == null) {
                object = lifecycle.make();
                misses.increment();
            }
            lifecycle.tell(Operation.ACQUIRED, object);
            idle.settle();
            return object;
        } catch (Throwable e) { // of any code of the user
            leave();
            if (object != null) {
                lifecycle.markReleased(object);
                keepOrDiscard(object);
            }
            throw e;
        }
    }

    /** Stores an object that no caller has had, or discards it. */
    private void keepOrDiscard(T object) {
        if (!idle.keep(object)) {
            idle.forget();
            lifecycle.discard(object);
        }
        idle.settle();
    }

    private void leave() {
        if (bound != null) {
            bound.release();
        }
    }

    private void requireOpen() {
        if (idle.isClosed()) {
            throw ObjectLifecycle.closed();
        }
    }

    @Override
    public void release(T object) {
        Objects.requireNonNull(object, "object");
        Cache mine = mine();
        if (isUnchecked && mine.put(object)) {
            settleIfRetired(mine);
        } else if (mine != Cache.NONE) {
            releaseChecked(object, mine);
        } else {
            releaseWatched(object);
        }
    }

    /** The short path with a reset or validator, or without room in the cache. */
    private void releaseChecked(T object, Cache mine) {
        boolean good = false;
        boolean cached = false;
        try {
            good = lifecycle.isGood(object);
            cached = good && mine.put(object);
        } finally {
            if (!cached) {
                keepOrDestroy(object, good);
            }
        }
        settleIfRetired(mine);
    }

    /** The complete path: with a listener, tracking, a bound, an idle interval, or without a cache. */
    private void releaseWatched(T object) {
        lifecycle.markReleased(object);
        boolean good = false;
        try {
            good = lifecycle.isGood(object);
            lifecycle.tell(Operation.RELEASED, object);
        } finally {
            keepOrDestroy(object, good);
        }
    }

    private void settleIfRetired(Cache mine) {
        if (mine.isRetired()) {
            idle.evacuate(List.of(mine));
            idle.settle();
        }
    }

    private void keepOrDestroy(T object, boolean good) {
        boolean kept = good && idle.keep(object);
        try {
            if (!kept) {
                idle.forget();
                lifecycle.destroy(object);
            }
        } finally {
            leave();
            idle.settle();
            if (clock != null && (ThreadLocalRandom.current().nextInt() & 15) == 0) {
                tidy(); // not each time, because reading the clock takes longer than the rest
            }
        }
    }

    @Override
    public int maxIdle() {
        return idle.maxIdle();
    }

    @Override
    public void setMaxIdle(int maxIdle) {
        if (maxIdle < 0) {
            throw new IllegalArgumentException("maxIdle is " + maxIdle + ", must be 0 to " + Integer.MAX_VALUE);
        }
        requireOpen();
        idle.resize(maxIdle);
    }

    @Override
    public PoolStats stats() {
        if (!isCounted) {
            return PoolStats.ZERO;
        }
        synchronized (telling) {
            for (int tries = 0; tries < TRIES; tries++) {
                long moves = idle.moves();
                PoolStats now = following(told);
                if (moves >= 0 && moves == idle.moves()) {
                    told = now;
                    return now;
                }
            }
            return told; // other threads move objects all the time
        }
    }

    /**
     * The figures now, of which no counter is lower than before. What happens meanwhile may be missing in the counters
     * of acquires and releases, and is never in them too early, which would show when all is quiet: what makes them
     * higher is read first, and what makes them lower last.
     */
    private PoolStats following(PoolStats before) {
        long missed = misses.sum();
        long hits = Math.max(before.hits(), idle.takes());
        long discarded = lifecycle.discarded.sum();
        long kept = idle.size();
        long created = lifecycle.created.sum();
        long live = Math.max(0, created - discarded - kept);
        long retrieved = hits + missed;
        long returned = Math.max(before.returned(), retrieved - live);
        return new PoolStats(kept, live, created, retrieved, returned, discarded, missed);
    }

    /** {@inheritDoc} Objects are discarded after one to two intervals, the most recently used among the last. */
    @Override
    public int tidy() {
        LongSupplier now = clock;
        if (now == null || now.getAsLong() - tidiedAt < idleNanos || !tidying.compareAndSet(false, true)) {
            return 0;
        }
        try {
            tidiedAt = now.getAsLong();
            return idle.discardUnused();
        } finally {
            tidying.set(false);
        }
    }

    @Override
    public Registration listen(PoolListener<? super T> listener) {
        Objects.requireNonNull(listener, "listener");
        Registration registration = lifecycle.listen(listener);
        choosePath();
        return () -> {
            registration.close();
            choosePath();
        };
    }

    @Override
    public void track(Tracking tracking) {
        Objects.requireNonNull(tracking, "tracking");
        lifecycle.track(tracking);
        choosePath();
    }

    @Override
    public boolean isClosed() {
        return idle.isClosed();
    }

    @Override
    public void close() {
        boolean wasClosed = idle.isClosed();
        LeakReport out = wasClosed ? LeakReport.none() : LeakReport.closed("A pool", stats().live());
        Closing.all(idle::close, () -> {
            lifecycle.close();
            clock = null;
            choosePath();
            if (!wasClosed) {
                leave(); // wakes the threads that wait
                out.log();
            }
        });
    }

    /** The idle objects, for tests. */
    IdleObjects<T> idle() {
        return idle;
    }
}
