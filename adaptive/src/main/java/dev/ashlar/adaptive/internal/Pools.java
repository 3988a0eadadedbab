package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptationConfig;
import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.adaptive.CapacityPolicy;
import dev.ashlar.adaptive.Registration;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.spi.PoolProviders;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;

/** The pools that are resized as tiers are: those that were made here, which end with the allocator, and those of others. */
final class Pools {

    private final AdaptationConfig config;
    private final CapacityPolicy policy;
    private final EventLog events;
    private final ReentrantLock passing = new ReentrantLock();
    private final Map<String, PoolWatch> watched = new ConcurrentSkipListMap<>();

    /** What was made here, the latest first. Guarded by this. */
    private final Deque<Pool<?>> made = new ArrayDeque<>();

    /** Guarded by this. */
    private boolean closed;

    Pools(AdaptationConfig config, CapacityPolicy policy, EventLog events) {
        this.config = config;
        this.policy = policy;
        this.events = events;
    }

    /** Makes a pool of the installed provider, and watches it. */
    <T> Pool<T> create(String name, PoolConfig<T> wanted) {
        if (watched.containsKey(name)) {
            throw nameIsTaken(name); // before anything is made ahead for it
        }
        Pool<T> pool = PoolProviders.standard().create(wanted);
        boolean kept = false;
        try {
            keep(name, pool);
            kept = true;
        } finally {
            if (!kept) {
                pool.close();
            }
        }
        return pool;
    }

    private synchronized void keep(String name, Pool<?> pool) {
        if (closed) {
            throw new IllegalStateException("The allocator is closed");
        }
        watch(name, pool);
        made.addFirst(pool);
    }

    /** Watches a pool of somebody else. */
    Registration watch(String name, Pool<?> pool) {
        PoolWatch watch = new PoolWatch(name, pool, config, policy, events);
        if (watched.putIfAbsent(name, watch) != null) {
            throw nameIsTaken(name);
        }
        return () -> watched.remove(name, watch);
    }

    private static IllegalArgumentException nameIsTaken(String name) {
        return new IllegalArgumentException(
                "a pool named '" + name + "' is watched already; give each pool a name of its own");
    }

    /**
     * Reads the figures of every pool and decides, and forgets those that turn out to be closed. Runs destroyers of objects, so
     * nobody waits for it: a pass that meets another one here leaves the pools to that.
     */
    void pass(Instant now, Alerts alerts) {
        if (passing.tryLock()) {
            try {
                watched.values().removeIf(pool -> !pool.pass(now, alerts));
            } finally {
                passing.unlock();
            }
        }
    }

    SortedMap<String, AdaptiveReport.PooledObjects> reports() {
        SortedMap<String, AdaptiveReport.PooledObjects> reports = new TreeMap<>();
        watched.forEach((name, pool) -> reports.put(name, pool.report()));
        return reports;
    }

    /** Closes what was made here. What their objects hold may be blocks of the allocator, which is open still. */
    void close(Failures failures) {
        Deque<Pool<?>> all;
        synchronized (this) {
            closed = true;
            all = new ArrayDeque<>(made);
            made.clear();
        }
        all.forEach(pool -> failures.run(pool::close));
        watched.clear();
    }
}
