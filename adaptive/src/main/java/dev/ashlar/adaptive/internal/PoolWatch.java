package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptationConfig;
import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.adaptive.AllocatorEvent.Alert;
import dev.ashlar.adaptive.CapacityPolicy;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolStats;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Watches one pool and resizes it by the same policy as tiers: what is in use are the objects acquired at once. A pool of
 * any number of idle objects, or one that does not count, stays as it is. For the housekeeping thread.
 */
final class PoolWatch {

    private final String name;
    private final Pool<?> pool;
    private final AdaptationConfig config;
    private final CapacityPolicy policy;
    private final EventLog events;
    private final SlidingWindow window;
    private @Nullable Instant resized;
    private long tooSmall;

    /** The capacity that the window is about. */
    private int watchedCapacity;

    PoolWatch(String name, Pool<?> pool, AdaptationConfig config, CapacityPolicy policy, EventLog events) {
        this.name = name;
        this.pool = pool;
        this.config = config;
        this.policy = policy;
        this.events = events;
        this.window = new SlidingWindow(config.window());
    }

    /**
     * Reads the figures and decides.
     *
     * @return false if the pool is closed
     */
    boolean pass(Instant now, Alerts alerts) {
        if (resized == null) {
            resized = now;
        }
        int capacity = pool.capacity();
        if (capacity != watchedCapacity) { // by this watch, or by somebody else
            window.clear();
            watchedCapacity = capacity;
        }
        PoolStats stats = pool.stats();
        window.add(stats.retrieved(), stats.misses(), stats.live());
        if (window.requests() > 0) {
            alerts.look(now, Alert.HIT_RATE, "pool " + name, window.hitRate());
            alerts.look(now, Alert.REUSE_RATIO, "pool " + name, stats.reuseRatio());
        }
        return capacity == 0 || resize(now, capacity);
    }

    private boolean resize(Instant now, int capacity) {
        tooSmall = window.hitRate() < config.lowHitRate() ? capacity : tooSmall;
        long largest = Math.max(capacity, Math.min(Integer.MAX_VALUE, config.largestCapacity()));
        long decided = policy.capacityFor(new CapacityPolicy.Situation(
                window.requests(),
                window.misses(),
                capacity,
                window.highest(),
                Duration.between(resized, now),
                tooSmall,
                largest));
        int next = (int) Math.clamp(decided, 1, largest); // 0 would mean any number
        if (next != capacity) {
            try {
                pool.resize(next);
            } catch (IllegalStateException e) { // closed
                return false;
            }
            resized = now;
            events.decided(new AllocatorEvent.CapacityResized(
                    now, "pool " + name, capacity, next, window.hitRate(), window.highest()));
        }
        return true;
    }

    AdaptiveReport.PooledObjects report() {
        return new AdaptiveReport.PooledObjects(pool.capacity(), pool.stats());
    }
}
