package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.api.Lease;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.PoolConfig.Statistics;
import dev.ashlar.api.PoolConfig.Tracking;
import dev.ashlar.api.PoolExhaustedException;
import dev.ashlar.api.PoolListener;
import dev.ashlar.api.PoolListener.Operation;
import dev.ashlar.api.PoolStats;
import dev.ashlar.api.SupervisedPool;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A pool in which an object that comes back to the thread it was acquired by costs one compare-and-set. Any thread can get
 * any idle object: nothing is stranded with a thread that sleeps or has ended.
 *
 * <h2>Design</h2>
 *
 * <p>Where idle objects are is told in {@link Stock}. This class is about what is done with an object on its way: it is
 * handed out, reset, validated and counted; {@link Lives} makes and destroys it. An operation first tries the short path: the object in front
 * of the thread's cache. Whatever makes an operation need more than that, a bound on live objects, an idle interval, a
 * listener or tracking, switches the short path off as a whole, so that it has one thing to look at.
 *
 * <h2>Progress</h2>
 *
 * <p>{@link #acquire()}, {@link #tryAcquire()}, {@link #release} and {@link #lease} are lock-free, and on the short path
 * wait-free, apart from the code of the user that they run. {@link #acquire(Duration)} waits if a bound on live objects is
 * reached, and only then. {@link #resize} and {@link #close} exclude each other and the registration of new threads for a
 * moment, which do not wait for them. A bound on live objects, or a capacity that many threads fill, is one number that all
 * threads change.
 *
 * <h2>Failure</h2>
 *
 * <p>A {@code RuntimeException} of the reset or validator means that the object is bad: it is destroyed and counted, and
 * the caller is not told, who has done nothing wrong; the first is logged. An {@code Error} is passed on, after the same.
 * What the destroyer throws is passed to the caller whose release it is, and logged where the pool lets go of an object on
 * its own account. What the factory throws is passed on.
 *
 * <p>{@link #release} sees invalid releases with {@link Tracking#IDENTITY} only; leases always do.
 *
 * @param <T> the type of the objects
 */
public final class LockFreePool<T> extends Stock implements SupervisedPool<T> {

    private final PoolConfig<T> config;
    private final Checks<T> checks;
    private final Watchers<T> watchers;
    private final Lives<T> lives;
    private final @Nullable LiveBound bound;
    private final TidyClock tidyClock;

    /** Whether the short path will do to acquire. */
    private volatile boolean isShort;

    /** Whether it will do to release as well, because there is nothing to call. */
    private volatile boolean isShortest;

    private LockFreePool(PoolConfig<T> config, int cacheSize) {
        super(config.capacity(), cacheSize, config.statistics() == Statistics.OFF ? Counters.OFF : Counters.recorded());
        this.config = config;
        checks = new Checks<>(config);
        watchers = new Watchers<>(config);
        lives = new Lives<>(config, counters, watchers);
        bound = config.maxLive() == 0 ? null : new LiveBound(config.maxLive());
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
            pool.close();
            throw e;
        }
        return pool;
    }

    private void choosePath() {
        isShort = bound == null && tidyClock.isOff() && watchers.isNone();
        isShortest = isShort && checks.isNone();
    }

    private void makeAhead(int count) {
        for (int i = 0; i < count; i++) {
            T object = lives.begin();
            watchers.markAcquired(object);
            watchers.markReleased(object);
            counters.movedIn();
            if (!keep(object)) {
                throw new IllegalStateException("initialSize is " + config.initialSize() + ", and " + i + " fit");
            }
        }
    }

    @Override
    public T acquire() {
        T object = tryAcquire();
        if (object == null) {
            throw new PoolExhaustedException(config.maxLive());
        }
        return object;
    }

    @Override
    public @Nullable T tryAcquire() {
        if (isShort) {
            Cache mine = mine();
            Object idle = mine == null ? null : mine.take();
            if (idle != null) {
                return cast(idle);
            }
        }
        return tryAcquireAny();
    }

    private @Nullable T tryAcquireAny() {
        requireOpen();
        return bound == null || bound.tryEnter() ? acquireEntered() : null;
    }

    @Override
    public T acquire(Duration timeout) throws InterruptedException {
        requireOpen();
        if (bound != null && !bound.tryEnter() && !bound.enter(TidyClock.nanosOf(timeout))) {
            throw new PoolExhaustedException(config.maxLive());
        }
        return acquireEntered();
    }

    /** Takes or makes an object, for a caller who counts as one that holds an object already. */
    private T acquireEntered() {
        T object = null;
        try {
            requireOpen();
            Object idle = takeIdle();
            T taken = idle == null ? lives.begin() : cast(idle);
            if (idle == null) {
                counters.missed();
            }
            tellAcquired(taken);
            object = taken;
            return taken;
        } finally {
            if (object == null && bound != null) {
                bound.leave();
            }
        }
    }

    private void tellAcquired(T object) {
        watchers.markAcquired(object);
        boolean told = false;
        try {
            watchers.tell(Operation.ACQUIRED, object);
            told = true;
        } finally {
            if (!told) {
                giveBackUnused(object);
            }
        }
    }

    private void giveBackUnused(T object) {
        watchers.markReleased(object);
        if (!keep(object)) {
            counters.notKept();
            letGo(object);
        }
    }

    @Override
    public void release(T object) {
        Objects.requireNonNull(object, "object");
        if (isShortest && putIntoMine(object)) {
            return;
        }
        if (isShort) {
            releaseUntold(object);
        } else {
            releaseTold(object);
        }
    }

    private boolean putIntoMine(T object) {
        Cache mine = mine();
        if (mine == null || !mine.put(object)) {
            return false;
        }
        if (mine.isRetired()) {
            clearUp(mine);
        }
        return true;
    }

    private void releaseUntold(T object) {
        boolean kept = false;
        try {
            kept = checks.isGood(object) && (putIntoMine(object) || keep(object));
        } finally {
            if (!kept) {
                counters.notKept();
                discard(object);
            }
        }
    }

    private void releaseTold(T object) {
        watchers.markReleased(object);
        boolean kept = false;
        try {
            boolean good = checks.isGood(object);
            try {
                watchers.tell(Operation.RELEASED, object);
            } finally {
                kept = good && keep(object);
            }
        } finally {
            try {
                if (!kept) {
                    counters.notKept();
                    discard(object);
                }
            } finally {
                if (bound != null) {
                    bound.leave();
                }
                tidyNowAndThen();
            }
        }
    }

    private void discard(T object) {
        forget(object);
        lives.end(object);
    }

    @Override
    void letGo(Object object) {
        forget(object);
        lives.endUnasked(cast(object));
    }

    @Override
    public Lease<T> lease() {
        return new PooledLease<>(this, acquire());
    }

    @Override
    public void resize(int capacity) {
        if (capacity < 0) {
            throw new IllegalArgumentException(
                    "capacity is " + capacity + ", must be 0 (any number) to " + Integer.MAX_VALUE);
        }
        requireOpen();
        changeCapacity(capacity);
    }

    @Override
    public PoolStats stats() {
        return counters.stats(this);
    }

    /** {@inheritDoc} Objects are let go of after one to two intervals, the most recently used among the last. */
    @Override
    public int tidy() {
        if (!tidyClock.begin()) {
            return 0;
        }
        try {
            return discardUnused();
        } finally {
            tidyClock.end();
        }
    }

    private void tidyNowAndThen() {
        if (tidyClock.isOff()) {
            return;
        }
        Cache mine = mine();
        if (mine == null || mine.isTimeToLook()) {
            tidy();
        }
    }

    @Override
    public void listen(PoolListener<? super T> listener) {
        Objects.requireNonNull(listener, "listener");
        watchers.listen(listener);
        choosePath();
    }

    @Override
    public void track(Tracking tracking) {
        Objects.requireNonNull(tracking, "tracking");
        watchers.track(tracking);
        choosePath();
    }

    @Override
    public void close() {
        boolean wasClosed = isClosed();
        closeStock();
        if (bound != null && !wasClosed) {
            bound.close();
        }
    }

    @SuppressWarnings("unchecked") // only what the factory made, or was released as a T, comes in
    private T cast(Object object) {
        return (T) object;
    }
}
