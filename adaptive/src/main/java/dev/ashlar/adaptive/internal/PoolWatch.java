package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptationConfig;
import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.adaptive.AllocatorEvent.Alert;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolStats;
import dev.ashlar.api.SupervisedPool;
import java.time.Instant;

/**
 * Watches one pool and resizes it by the same policy as tiers: what is in use are the objects acquired at once. A pool
 * of any number of idle objects, or one that does not count, stays as it is. For the housekeeping thread.
 *
 * <p>How many objects were out at once between two passes is known in part only. So a pool may be made smaller than its
 * load needs; but then it misses, and gets back at the next pass what it lacked.
 */
final class PoolWatch {

    final String name;
    final Pool<?> pool;
    private final CapacityPolicy policy;
    private final SlidingWindow window;
    private final Alerts alerts;
    private final EventLog events;

    /** Whether the last pass threw. */
    boolean isFailing;

    /** Figures of the last pass. */
    private long retrieved;

    private long live;

    /** The capacity that the window is about. */
    private int watchedCapacity;

    /** The capacity before it was made smaller here the last time; 0 if it never was. */
    private int shrunkFrom;

    PoolWatch(String name, Pool<?> pool, AdaptationConfig config, Alerts alerts, EventLog events) {
        this.name = name;
        this.pool = pool;
        this.policy = new CapacityPolicy(config);
        this.window = policy.window;
        this.alerts = alerts;
        this.events = events;
    }

    /** Reads the figures and decides. */
    void pass(Instant now) {
        int capacity = pool.capacity();
        if (capacity != watchedCapacity) { // somebody else has changed it
            window.clear();
            watchedCapacity = capacity;
        }
        PoolStats stats = pool.stats();
        window.add(stats.retrieved(), stats.misses(), mostLive(stats));
        if (window.requests() > 0) {
            lookForAlerts(now, window.hitRate(), stats.reuseRatio(), window.requests());
        }
        if (pool instanceof SupervisedPool<?> supervised) {
            supervised.tidy();
        }
        int next = capacity == 0 ? 0 : capacityFor(now, capacity);
        if (next != capacity) {
            resize(now, capacity, next);
        }
    }

    private void lookForAlerts(Instant now, double hitRate, double reuseRatio, long requests) {
        alerts.lookAtRate(now, Alert.HIT_RATE, "pool " + name, hitRate, requests);
        alerts.lookAtRate(now, Alert.REUSE_RATIO, "pool " + name, reuseRatio, requests);
    }

    /** The pool is watched no more: its alerts are over. */
    void end(Instant now) {
        lookForAlerts(now, 1, 1, 0);
    }

    /**
     * The most objects that were out at once since the last pass, as far as the counts tell: also those that were
     * acquired and came back meanwhile, unless there are fewer objects. Then some were acquired more than once, and
     * what is out now is all that is known.
     */
    private long mostLive(PoolStats stats) {
        long most = live + stats.retrieved() - retrieved;
        live = stats.live();
        retrieved = stats.retrieved();
        return most <= stats.size() ? Math.max(most, live) : live;
    }

    private int capacityFor(Instant now, int capacity) {
        long decided = policy.capacityFor(now, capacity, window.highest());
        if (capacity < shrunkFrom && policy.missesTooOften()) {
            long needed = Math.min(shrunkFrom, capacity + window.lastMisses());
            policy.wasTooSmall(now, needed);
            decided = Math.max(decided, needed);
        }
        return Math.clamp(decided, 1, Integer.MAX_VALUE); // 0 would mean any number
    }

    private void resize(Instant now, int capacity, int next) {
        pool.resize(next);
        events.decided(new AllocatorEvent.CapacityResized(
                now, "pool " + name, capacity, next, window.hitRate(), window.highest()));
        policy.resized(now);
        watchedCapacity = next;
        shrunkFrom = next < capacity ? capacity : shrunkFrom;
    }

    AdaptiveReport.PooledObjects report() {
        return new AdaptiveReport.PooledObjects(pool.capacity(), policy.resizes.get(), pool.stats());
    }
}
