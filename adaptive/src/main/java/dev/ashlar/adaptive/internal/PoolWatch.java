package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.adaptive.AllocatorEvent.Alert;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolStats;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.spi.StrategySettings;
import java.time.Instant;

/**
 * Watches one pool and bounds its idle objects by the same policy as for tiers. What is in use are the objects acquired
 * at once. A pool with a bound of 0 or without a bound, or without statistics, is not changed. For the housekeeping
 * thread.
 *
 * <p>The number of objects acquired at once between two passes is only partly known. So a pool may be made smaller than
 * its load needs. Then it misses, and gets back at the next pass what it lacked.
 */
final class PoolWatch {

    final String name;
    final Pool<?> pool;
    private final RetentionPolicy policy;
    private final SlidingWindow window;
    private final Alerts alerts;
    private final EventLog events;

    /** Whether the last pass threw. */
    boolean isFailing;

    /** Figures of the last pass. */
    private long retrieved;

    private long live;

    /** The bound to which the window applies. */
    private int watchedMaxIdle;

    /** The bound before it was last made smaller here; 0 if it never was. */
    private int shrunkFrom;

    PoolWatch(String name, Pool<?> pool, StrategySettings settings, Alerts alerts, EventLog events) {
        this.name = name;
        this.pool = pool;
        this.policy = new RetentionPolicy(settings);
        this.window = policy.window;
        this.alerts = alerts;
        this.events = events;
    }

    /** Reads the figures and decides. */
    void pass(Instant now) {
        int maxIdle = pool.maxIdle();
        if (maxIdle != watchedMaxIdle) { // someone else has changed it
            window.clear();
            watchedMaxIdle = maxIdle;
        }
        PoolStats stats = pool.stats();
        window.add(stats.retrieved(), stats.misses(), mostLive(stats));
        if (window.requests() > 0) {
            lookForAlerts(now, window.hitRate(), stats.reuseRatio(), window.requests());
        }
        if (pool instanceof SupervisedPool<?> supervised) {
            supervised.tidy();
        }
        boolean isAdaptable = maxIdle > 0 && maxIdle < Pool.UNBOUNDED;
        int next = isAdaptable ? maxIdleFor(now, maxIdle) : maxIdle;
        if (next != maxIdle) {
            resize(now, maxIdle, next);
        }
    }

    private void lookForAlerts(Instant now, double hitRate, double reuseRatio, long requests) {
        alerts.lookAtRate(now, Alert.HIT_RATE, "pool " + name, hitRate, requests);
        alerts.lookAtRate(now, Alert.REUSE_RATIO, "pool " + name, reuseRatio, requests);
    }

    /** The watch has ended: ends its alerts. */
    void end(Instant now) {
        lookForAlerts(now, 1, 1, 0);
    }

    /**
     * The most objects acquired at once since the last pass, as far as the counts show. It includes objects that were
     * acquired and released meanwhile, unless there are fewer objects than that. Then some were acquired more than
     * once, and only the number acquired now is known.
     */
    private long mostLive(PoolStats stats) {
        long most = live + stats.retrieved() - retrieved;
        live = stats.live();
        retrieved = stats.retrieved();
        return most <= stats.size() ? Math.max(most, live) : live;
    }

    private int maxIdleFor(Instant now, int maxIdle) {
        long decided = policy.retainedFor(now, maxIdle, window.highest());
        if (maxIdle < shrunkFrom && policy.missesTooOften()) {
            long needed = Math.min(shrunkFrom, maxIdle + window.lastMisses());
            policy.wasTooSmall(now, needed);
            decided = Math.max(decided, needed);
        }
        return Math.clamp(decided, 1, Pool.UNBOUNDED - 1);
    }

    private void resize(Instant now, int maxIdle, int next) {
        pool.setMaxIdle(next);
        events.decided(new AllocatorEvent.RetentionChanged(
                now, "pool " + name, maxIdle, next, window.hitRate(), window.highest()));
        policy.resized(now);
        watchedMaxIdle = next;
        shrunkFrom = next < maxIdle ? maxIdle : shrunkFrom;
    }

    AdaptiveReport.PooledObjects report() {
        return new AdaptiveReport.PooledObjects(pool.maxIdle(), policy.resizes.get(), pool.stats());
    }
}
