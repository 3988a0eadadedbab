package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.api.Lease;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.PoolConfig.Tracking;
import dev.ashlar.api.PoolExhaustedException;
import dev.ashlar.api.PoolListener;
import dev.ashlar.api.PoolListener.Operation;
import dev.ashlar.api.PoolStats;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.lockfree.internal.pool.Counters.Event;
import dev.ashlar.spi.support.Closing;
import dev.ashlar.spi.support.ThreadTable;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A pool in which an object that comes back to the thread it was acquired by costs one compare-and-set. Any thread can
 * get any idle object: nothing is stranded with a thread that sleeps or has ended.
 *
 * <h2>Design</h2>
 *
 * <p>{@link IdleObjects} has what is idle. This class is about what is done with an object on its way: it is handed
 * out, checked ({@link ReturnChecks}) and counted ({@link Counters}); {@link ObjectLifecycle} makes and destroys it,
 * and tells the listener. An operation first tries the short path: the object in front of the thread's cache. Whatever
 * makes an operation need more than that, a bound on live objects, an idle interval, a listener or tracking, switches
 * the short path off as a whole.
 *
 * <p>The thread that registered last is likely to work alone. The pool remembers its cache where that is all that an
 * operation needs; so this thread finds it without a look into the table of threads, or at what else there may be to
 * do.
 *
 * <h2>Progress</h2>
 *
 * <p>{@link #acquire()}, {@link #tryAcquire()}, {@link #release} and {@link #lease} are lock-free, and on the short
 * path wait-free, apart from the code of the user that they run. {@link #acquire(Duration)} waits if a bound on live
 * objects is reached, and only then. {@link #resize}, {@link #close}, {@link #listen} and {@link #track} may wait for
 * each other; no other operation waits for them. All threads change the same number when an object is acquired or
 * released under a bound on live objects, and when a cache takes or releases a place under a capacity.
 *
 * <h2>Failure</h2>
 *
 * <p>A {@code RuntimeException} of the reset or validator means that the object is bad: it is destroyed and counted;
 * the first is logged. The caller, who has done nothing wrong, is not told. An {@code Error} is passed on, after the
 * same. What the destroyer throws is passed to the caller whose release it is. Where the pool discards objects for its
 * own reasons a {@code RuntimeException} is logged, and the first {@code Error} is thrown when all are destroyed. What
 * the factory throws is passed on.
 *
 * <p>{@link #release} sees invalid releases with {@link Tracking#IDENTITY} only; leases always do.
 *
 * <p>A closed pool refers to no idle object and no thread, and of the user's code only to what objects need that are
 * still out: the destroyer and the listener. While it tracks, it also refers to the objects that are out.
 *
 * @param <T> the type of the objects
 */
public final class LockFreePool<T> implements SupervisedPool<T> {

    /** In which no thread finds a cache. */
    private static final ThreadTable<Cache> NOBODY = new ThreadTable<>(_ -> Cache.NONE, _ -> {});

    private final int maxLive;
    private final Counters counters;
    private final ReturnChecks<T> checks;
    private final ObjectLifecycle<T> lifecycle;
    private final IdleObjects<T> idle;

    /** That of the idle objects. */
    private final ThreadTable<Cache> threads;

    private final @Nullable LiveBound bound;
    private volatile TidyClock tidyClock;

    /** Whether there is nothing to call when an object comes back. */
    private final boolean isUnchecked;

    /** Where threads find their caches, if that is all that an operation needs; else {@link #NOBODY}. */
    private volatile ThreadTable<Cache> shortPath = NOBODY;

    /**
     * The cache of the thread that registered last, if that is all that an operation needs; else {@link Cache#NONE}.
     */
    private volatile Cache newest = Cache.NONE;

    private LockFreePool(PoolConfig<T> config, int cacheSize) {
        maxLive = config.maxLive();
        counters = new Counters(config.statistics());
        checks = new ReturnChecks<>(config);
        isUnchecked = checks.isNone();
        lifecycle = new ObjectLifecycle<>(config, counters);
        idle = new IdleObjects<>(config.capacity(), cacheSize, counters, lifecycle, this::remember);
        threads = idle.threads();
        bound = maxLive == 0 ? null : new LiveBound(maxLive);
        tidyClock = new TidyClock(config.idleInterval(), config.clock());
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
            pool.makeAhead(config.initialSize());
        } catch (RuntimeException | Error e) {
            Closing.all( // throws e
                    () -> {
                        throw e;
                    },
                    pool::close);
        }
        return pool;
    }

    private void makeAhead(int count) {
        for (int i = 0; i < count; i++) {
            T object = lifecycle.make();
            lifecycle.markAcquired(object);
            lifecycle.markReleased(object);
            counters.count(Event.MOVED_IN);
            if (!idle.keep(object)) {
                throw new IllegalStateException("initialSize is " + count + ", and " + i + " fit");
            }
        }
        idle.settle();
    }

    /** Decides whether operations need more than the thread's cache. No thread registers meanwhile. */
    private void choosePath() {
        threads.exclusively(() -> {
            boolean isShort = bound == null && tidyClock.isOff() && !lifecycle.isWatched() && !idle.isClosed();
            shortPath = isShort ? threads : NOBODY;
            Cache mine = threads.mine();
            remember(mine == null ? Cache.NONE : mine);
        });
    }

    /** Remembers the cache of a thread that registers. Under the lock of the threads. */
    private void remember(Cache registered) {
        newest = shortPath == NOBODY ? Cache.NONE : registered;
    }

    /** The calling thread's cache if that is all that an operation needs; else one that has nothing. */
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
    public @Nullable T tryAcquire() {
        Object object = mine().take();
        return object == null ? tryAcquireAny() : cast(object);
    }

    private @Nullable T tryAcquireAny() {
        requireOpen();
        return bound == null || bound.tryEnter() ? acquireEntered() : null;
    }

    @Override
    public T acquire(Duration timeout) throws InterruptedException {
        Objects.requireNonNull(timeout, "timeout");
        requireOpen();
        if (bound != null && !bound.tryEnter() && !bound.enter(TidyClock.nanosOf(timeout))) {
            throw new PoolExhaustedException(maxLive);
        }
        return acquireEntered();
    }

    /** Takes or makes an object, for a caller who counts as one that holds an object already. */
    private T acquireEntered() {
        T object = null;
        try {
            requireOpen();
            Object found = idle.take();
            T taken = found == null ? lifecycle.make() : cast(found);
            if (found == null) {
                counters.count(Event.MISSED);
            }
            handOut(taken);
            object = taken;
            return taken;
        } finally {
            if (object == null && bound != null) {
                bound.leave();
            }
        }
    }

    /** Does what may fail before the caller has an object, and takes it back then. */
    private void handOut(T object) {
        lifecycle.markAcquired(object);
        boolean handedOut = false;
        try {
            lifecycle.tell(Operation.ACQUIRED, object);
            idle.settle();
            handedOut = true;
        } finally {
            if (!handedOut) {
                lifecycle.markReleased(object);
                if (!idle.keep(object)) {
                    counters.count(Event.NOT_KEPT);
                    idle.forget(object);
                    lifecycle.discard(object);
                }
            }
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

    private void settleIfRetired(Cache mine) {
        if (mine.isRetired()) {
            idle.evacuate(mine);
            idle.settle();
        }
    }

    private void releaseChecked(T object, Cache mine) {
        boolean cached = false;
        boolean kept = false;
        try {
            if (checks.isGood(object)) {
                cached = mine.put(object);
                kept = cached || idle.keep(object);
            }
        } finally {
            if (!kept) {
                destroyReleased(object);
            }
        }
        if (cached) {
            settleIfRetired(mine);
        } else {
            idle.settle();
        }
    }

    /** The whole path: with a listener, tracking, a bound, an idle interval, or without a cache. */
    private void releaseWatched(T object) {
        lifecycle.markReleased(object);
        boolean kept = false;
        try {
            boolean good = checks.isGood(object);
            try {
                lifecycle.tell(Operation.RELEASED, object);
            } finally {
                kept = good && idle.keep(object);
            }
        } finally {
            try {
                if (!kept) {
                    destroyReleased(object);
                }
            } finally {
                if (bound != null) {
                    bound.leave();
                }
                idle.settle();
                tidyNowAndThen();
            }
        }
    }

    private void destroyReleased(T object) {
        counters.count(Event.NOT_KEPT);
        idle.forget(object);
        lifecycle.destroy(object);
    }

    @Override
    public Lease<T> lease() {
        return new PooledLease<>(this, acquire());
    }

    @Override
    public int capacity() {
        return idle.capacity();
    }

    @Override
    public void resize(int capacity) {
        if (capacity < 0) {
            throw new IllegalArgumentException(
                    "capacity is " + capacity + ", must be 0 (any number) to " + Integer.MAX_VALUE);
        }
        requireOpen();
        idle.resize(capacity);
    }

    @Override
    public PoolStats stats() {
        return counters.stats(idle);
    }

    /** {@inheritDoc} Objects are discarded after one to two intervals, the most recently used among the last. */
    @Override
    public int tidy() {
        TidyClock clock = tidyClock;
        if (!clock.begin()) {
            return 0;
        }
        try {
            return idle.discardUnused();
        } finally {
            clock.end();
        }
    }

    private void tidyNowAndThen() {
        if (tidyClock.isOff()) {
            return;
        }
        Cache mine = threads.mine();
        if (mine == null || mine.isTimeToLook()) {
            tidy();
        }
    }

    @Override
    public void listen(PoolListener<? super T> listener) {
        Objects.requireNonNull(listener, "listener");
        lifecycle.listen(listener);
        choosePath();
    }

    @Override
    public void track(Tracking tracking) {
        Objects.requireNonNull(tracking, "tracking");
        lifecycle.track(tracking);
        choosePath();
    }

    @Override
    public void close() {
        boolean wasClosed = idle.isClosed();
        Closing.all(idle::close, () -> {
            lifecycle.close();
            checks.close();
            tidyClock = TidyClock.OFF;
            choosePath();
            if (bound != null && !wasClosed) {
                bound.close();
            }
        });
    }

    /** What is idle, for tests. */
    IdleObjects<T> idle() {
        return idle;
    }

    @SuppressWarnings("unchecked") // only what the factory made, or was released as a T, comes in
    private T cast(Object object) {
        return (T) object;
    }
}
