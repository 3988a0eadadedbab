package dev.ashlar.verification.kit;

import dev.ashlar.api.InvalidReleaseException;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.PoolExhaustedException;
import dev.ashlar.api.PoolListener;
import dev.ashlar.api.PoolListener.Operation;
import dev.ashlar.api.PoolStats;
import dev.ashlar.api.Registration;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.spi.support.Closing;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The simplest pool that keeps every rule: a deque under a lock, which is not held while the configuration's code runs.
 */
class HonestPool<T> implements SupervisedPool<T> {

    private record Idle<T>(T object, long since) {}

    record Told<T>(PoolListener<? super T> listener) {}

    final PoolConfig<T> config;
    final List<Told<T>> listeners = new CopyOnWriteArrayList<>();
    private final Deque<Idle<T>> idle = new ArrayDeque<>();
    private final Set<T> live = newSet();
    private int maxIdle, places;
    private long created, retrieved, returned, discarded, misses;
    private boolean closed;

    HonestPool(PoolConfig<T> config) {
        this.config = config;
        this.maxIdle = config.maxIdle();
        listeners.add(new Told<>(config.listener()));
        for (int i = 0; i < config.initialSize(); i++) {
            idle.addLast(new Idle<>(make(), System.nanoTime()));
        }
    }

    Set<T> newSet() {
        return Collections.newSetFromMap(new IdentityHashMap<>());
    }

    void wake() {
        notifyAll();
    }

    private T make() {
        T object = config.factory().get();
        synchronized (this) {
            created++;
        }
        try {
            tell(Operation.CREATED, object);
        } catch (RuntimeException e) {
            discard(List.of(object));
            throw e;
        }
        return object;
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
        Idle<T> kept;
        synchronized (this) {
            requireOpen();
            if (places >= config.maxLive()) {
                return null;
            }
            places++;
            kept = idle.pollLast();
        }
        discard(idleTooLong());
        T object = null;
        try {
            object = kept == null ? make() : kept.object;
        } finally {
            acquired(object, kept == null);
        }
        try {
            tell(Operation.ACQUIRED, object);
        } catch (RuntimeException e) {
            takeBack(object);
            throw e;
        }
        return object;
    }

    /** Counts, or frees the place if there is no object. */
    synchronized void acquired(@Nullable T object, boolean missed) {
        if (object == null) {
            places--;
            wake();
            return;
        }
        live.add(object);
        retrieved++;
        misses += missed ? 1 : 0;
    }

    /** No caller has had it. */
    void takeBack(T object) {
        keep(object, true);
    }

    private synchronized List<T> idleTooLong() {
        List<T> objects = new ArrayList<>();
        long interval = config.idleInterval().toNanos();
        while (interval > 0 && !idle.isEmpty() && System.nanoTime() - idle.getFirst().since > interval) {
            objects.add(idle.removeFirst().object);
        }
        return objects;
    }

    @Override
    public T acquire(Duration timeout) throws InterruptedException {
        long nanos = Math.clamp(TimeUnit.NANOSECONDS.convert(timeout), 0, Long.MAX_VALUE / 2);
        long until = System.nanoTime() + nanos;
        while (true) {
            T object = tryAcquire();
            if (object != null) {
                return object;
            }
            synchronized (this) {
                requireOpen();
                long remaining = until - System.nanoTime();
                if (places >= config.maxLive() && remaining <= 0) {
                    throw new PoolExhaustedException(config.maxLive());
                } else if (places >= config.maxLive()) {
                    TimeUnit.NANOSECONDS.timedWait(this, remaining);
                }
            }
        }
    }

    @Override
    public void release(T object) {
        synchronized (this) {
            if (!live.remove(object)) {
                throw new InvalidReleaseException("It is not acquired from this pool now.");
            }
        }
        boolean good = isGood(object);
        Closing.all(() -> tell(Operation.RELEASED, object), () -> keep(object, good));
    }

    private void keep(T object, boolean good) {
        boolean kept;
        synchronized (this) {
            live.remove(object);
            places--;
            returned++;
            kept = good && !closed && idle.size() < maxIdle;
            if (kept) {
                idle.addLast(new Idle<>(object, System.nanoTime()));
            }
            wake();
        }
        discard(kept ? List.of() : List.of(object));
    }

    private boolean isGood(T object) {
        try {
            config.reset().accept(object);
            return config.validator().test(object);
        } catch (RuntimeException e) {
            return false;
        }
    }

    private void discard(List<T> objects) {
        Closing.each(objects, object -> {
            synchronized (this) {
                discarded++;
            }
            Closing.all(() -> config.destroyer().accept(object), () -> tell(Operation.DISCARDED, object));
        });
    }

    @Override
    public int tidy() {
        List<T> objects = idleTooLong();
        discard(objects);
        return objects.size();
    }

    @Override
    public Registration listen(PoolListener<? super T> listener) {
        Told<T> told = new Told<>(listener);
        listeners.add(told);
        return () -> listeners.removeIf(other -> other == told);
    }

    private void tell(Operation operation, T object) {
        Closing.each(listeners, told -> told.listener.on(operation, object));
    }

    /** It always tracks. */
    @Override
    public void track(PoolConfig.Tracking tracking) {}

    @Override
    public synchronized int maxIdle() {
        return maxIdle;
    }

    @Override
    public void setMaxIdle(int newMaxIdle) {
        if (newMaxIdle < 0) {
            throw new IllegalArgumentException("maxIdle is " + newMaxIdle);
        }
        synchronized (this) {
            requireOpen();
            maxIdle = newMaxIdle;
        }
        discard(takeIdle(newMaxIdle));
    }

    private synchronized List<T> takeIdle(int keep) {
        List<T> objects = new ArrayList<>();
        while (idle.size() > keep) {
            objects.add(idle.removeFirst().object);
        }
        return objects;
    }

    @Override
    public synchronized PoolStats stats() {
        return config.statistics() == PoolConfig.Statistics.OFF
                ? PoolStats.ZERO
                : new PoolStats(idle.size(), live.size(), created, retrieved, returned, discarded, misses);
    }

    @Override
    public synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            wake();
        }
        discard(takeIdle(0));
    }

    synchronized void requireOpen() {
        if (closed) {
            throw new IllegalStateException("The pool is closed");
        }
    }
}
