package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.Registration;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.Decorations;
import dev.ashlar.spi.PoolProviders;
import dev.ashlar.spi.StrategySettings;
import dev.ashlar.spi.support.Closing;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pools that are resized like tiers: those made here, which end with the allocator, and those of others. A closed
 * pool is dropped at the next pass, or when another pool needs its name.
 */
final class Pools {

    private static final Logger LOG = LoggerFactory.getLogger(Pools.class);

    private final AllocatorConfig config;
    private final StrategySettings settings;
    private final Alerts alerts;
    private final EventLog events;
    private final ReentrantLock passing = new ReentrantLock();
    private final Map<String, PoolWatch> watched = new ConcurrentSkipListMap<>();

    /** The pools made here, the latest first. Guarded by this. */
    private final Deque<PoolWatch> made = new ArrayDeque<>();

    /** Guarded by this. */
    private boolean closed;

    Pools(AllocatorConfig config, StrategySettings settings, Alerts alerts, EventLog events) {
        this.config = config;
        this.settings = settings;
        this.alerts = alerts;
        this.events = events;
    }

    /** Makes a pool of the installed provider, and watches it. */
    <T> SupervisedPool<T> create(String name, PoolConfig<T> wanted) {
        requireFree(name); // before its initial objects are made
        SupervisedPool<T> pool =
                Decorations.around(name, config, PoolProviders.standard().createBare(wanted));
        try {
            own(name, pool);
        } catch (RuntimeException | Error e) {
            Closing.after(e, pool::close);
            throw e;
        }
        return pool;
    }

    private synchronized void own(String name, Pool<?> pool) {
        made.addFirst(add(name, pool));
    }

    /** Watches a pool of the program. */
    Registration watch(String name, Pool<?> pool) {
        requireFree(name);
        PoolWatch watch = add(name, pool);
        return () -> forget(watch);
    }

    private synchronized PoolWatch add(String name, Pool<?> pool) {
        if (closed) {
            throw new IllegalStateException("The allocator is closed");
        }
        PoolWatch watch = new PoolWatch(name, pool, settings, alerts, events);
        if (watched.putIfAbsent(name, watch) != null) {
            throw nameIsTaken(name);
        }
        return watch;
    }

    private void requireFree(String name) {
        PoolWatch known = watched.get(name);
        if (known != null && known.pool.isClosed()) {
            forget(known);
        } else if (known != null) {
            throw nameIsTaken(name);
        }
    }

    private static IllegalArgumentException nameIsTaken(String name) {
        return new IllegalArgumentException(
                "a pool named '" + name + "' is watched already; give each pool a name of its own");
    }

    private synchronized void forget(PoolWatch watch) {
        watched.remove(watch.name, watch);
        made.remove(watch);
        watch.end(events.now());
    }

    /**
     * Reads the figures of every pool and decides, and drops closed pools. It runs destroyers of objects, so no thread
     * waits for it: if another pass is here, this one leaves the pools to that.
     */
    void pass(Instant now) {
        if (passing.tryLock()) {
            try {
                watched.values().forEach(watch -> pass(watch, now));
            } finally {
                passing.unlock();
            }
        }
    }

    private void pass(PoolWatch watch, Instant now) {
        try {
            watch.pass(now);
            watch.isFailing = false;
        } catch (RuntimeException | Error e) {
            if (!watch.isFailing && !watch.pool.isClosed()) {
                LOG.warn("pool '{}' cannot be looked after; this is said once until it can", watch.name, e);
            }
            watch.isFailing = true;
        }
        if (watch.pool.isClosed() || watched.get(watch.name) != watch) {
            forget(watch);
        }
    }

    /** The reports of all pools by name, without pools whose statistics fail. */
    SortedMap<String, AdaptiveReport.PooledObjects> reports() {
        SortedMap<String, AdaptiveReport.PooledObjects> reports = new TreeMap<>();
        watched.forEach((name, watch) -> {
            try {
                reports.put(name, watch.report());
            } catch (RuntimeException | Error e) {
                LOG.debug("pool '{}' has no figures", name, e);
            }
        });
        return reports;
    }

    /** Closes the pools made here. Their objects may hold blocks of the allocator, which is still open. */
    void close() {
        List<PoolWatch> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(made);
            made.clear();
        }
        watched.clear();
        Closing.each(all, watch -> watch.pool.close());
    }
}
