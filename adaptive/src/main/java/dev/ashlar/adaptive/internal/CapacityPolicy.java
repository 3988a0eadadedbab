package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptationConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Decides how much is kept ready of one thing, bytes of a tier or objects of a pool: grows capacity while too many
 * requests go upstream, and shrinks it to what the load uses. For the housekeeping thread.
 *
 * <ul>
 *   <li>A hit rate below the low mark: capacity times the growth factor, rounded up.
 *   <li>A hit rate above the high mark, and less than half of the capacity in use: twice what is in use, but at least
 *       {@value #LEAST}, and at least what follows the capacity that was too small.
 * </ul>
 *
 * <p><b>Why it settles.</b> On a steady load what is in use does not change, and a larger capacity never has a lower
 * hit rate. Growth goes on only while the rate is too low, so it stops, at the largest capacity if nowhere else. A
 * capacity that was too small is remembered, and shrinking stops above it, so no capacity that was grown out of comes
 * back. After it shrank, at least half of the capacity is in use, or it is at its least, so it does not shrink again.
 */
final class CapacityPolicy {

    /** Capacity does not shrink below this many objects or bytes: less is not worth a decision. */
    static final long LEAST = 10;

    /** How long it is remembered that something was too small: many times what a load takes to come round. */
    static final Duration REMEMBERED = Duration.ofMinutes(10);

    private final AdaptationConfig config;

    /** What is decided by. */
    final SlidingWindow window;

    /** How often the capacity was changed. Written by the housekeeping thread. */
    final AtomicLong resizes = new AtomicLong();

    /** When the capacity was changed last, or first looked at. */
    private @Nullable Instant resized;

    /** The largest capacity at which the hit rate was seen to be too low a while ago; 0 if none was. */
    private long tooSmall;

    private Instant tooSmallSeen = Instant.MIN;

    CapacityPolicy(AdaptationConfig config) {
        this.config = config;
        this.window = new SlidingWindow(config.window());
    }

    /** Whether too many requests of the window went upstream. */
    boolean missesTooOften() {
        return window.hitRate() < config.lowHitRate();
    }

    /** Remembers a capacity that was too small. */
    void wasTooSmall(Instant now, long capacity) {
        tooSmall = Math.max(tooSmall, capacity);
        tooSmallSeen = now;
    }

    /**
     * The capacity for what happened in the window.
     *
     * @param capacity what is kept ready at most now
     * @param inUse what the load needed of it in the window: of a tier, how far its live bytes rose above their lowest;
     *     of a pool, the objects acquired at once
     * @return at most the largest that is configured, or the present one, which also means that nothing is to change
     */
    long capacityFor(Instant now, long capacity, long inUse) {
        if (resized == null) {
            resized = now;
        }
        boolean isLow = missesTooOften();
        if (isLow) {
            wasTooSmall(now, capacity);
        } else if (isLongAgo(tooSmallSeen, now)) {
            tooSmall = 0;
        }
        boolean mayChange =
                window.requests() > 0 && Duration.between(resized, now).compareTo(config.pause()) >= 0;
        if (mayChange && isLow) {
            long largest = Math.max(capacity, config.largestCapacity());
            return Math.min(largest, Math.max(LEAST, grown(capacity)));
        }
        if (mayChange && window.hitRate() > config.highHitRate() && inUse < capacity / 2) {
            return Math.min(capacity, Math.max(LEAST, Math.max(2 * inUse, grown(tooSmall))));
        }
        return capacity;
    }

    private long grown(long capacity) {
        return (long) Math.min(Long.MAX_VALUE, Math.ceil(capacity * config.growth()));
    }

    static boolean isLongAgo(Instant seen, Instant now) {
        return Duration.between(seen, now).compareTo(REMEMBERED) > 0;
    }

    /** The capacity was changed, so what happened before says nothing any more. */
    void resized(Instant now) {
        resized = now;
        resizes.incrementAndGet();
        window.clear();
    }
}
