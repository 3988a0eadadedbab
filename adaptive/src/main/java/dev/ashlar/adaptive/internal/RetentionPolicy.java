package dev.ashlar.adaptive.internal;

import dev.ashlar.spi.StrategySettings;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Decides how much is retained, in bytes of a tier or objects of a pool: more while too many requests go upstream, and
 * less when the load does not use it. For the housekeeping thread.
 *
 * <ul>
 *   <li>A hit rate below the low mark: the bound times the growth factor, rounded up.
 *   <li>A hit rate above the high mark, and less than half of the bound in use: twice what is in use, but at least
 *       {@value #LEAST}, and at least the step after a bound that was too small.
 * </ul>
 *
 * <p><b>Why it settles.</b> With a steady load the use does not change, and a larger bound never has a lower hit rate.
 * The bound grows only while the rate is too low, so growth stops, at the latest at the largest bound. A bound that was
 * too small is remembered, and shrinking stops above it, so such a bound does not come back. After shrinking, at least
 * half of the bound is in use, or the bound is the least, so it does not shrink again.
 */
final class RetentionPolicy {

    /** The bound does not shrink below this many objects or bytes. */
    static final long LEAST = 10;

    /** How long a bound that was too small is remembered: many times the period of a load. */
    static final Duration REMEMBERED = Duration.ofMinutes(10);

    private final StrategySettings settings;

    /** The settings of the policy. */
    final SlidingWindow window;

    /** How often the bound was changed. Written by the housekeeping thread. */
    final AtomicLong resizes = new AtomicLong();

    /** When the bound was last changed, or first read. */
    private @Nullable Instant resized;

    /** The largest bound at which the hit rate was seen to be too low a while ago; 0 if none was. */
    private long tooSmall;

    private Instant tooSmallSeen = Instant.MIN;

    RetentionPolicy(StrategySettings settings) {
        this.settings = settings;
        this.window = new SlidingWindow(settings.get(AdaptiveSettings.WINDOW));
    }

    /** Whether too many requests of the window went upstream. */
    boolean missesTooOften() {
        return window.hitRate() < settings.get(AdaptiveSettings.LOW_HIT_RATE);
    }

    /** Records a bound that was too small. */
    void wasTooSmall(Instant now, long retained) {
        tooSmall = Math.max(tooSmall, retained);
        tooSmallSeen = now;
    }

    /**
     * The bound for the load of the window.
     *
     * @param retained the present bound
     * @param inUse the use in the window: of a tier, how far its live bytes rose above their lowest; of a pool, the
     *     objects acquired at once
     * @return at most the largest configured bound; the present one if nothing is to change
     */
    long retainedFor(Instant now, long retained, long inUse) {
        if (resized == null) {
            resized = now;
        }
        boolean isLow = missesTooOften();
        if (isLow) {
            wasTooSmall(now, retained);
        } else if (isLongAgo(tooSmallSeen, now)) {
            tooSmall = 0;
        }
        boolean mayChange = window.requests() > 0
                && Duration.between(resized, now).compareTo(settings.get(AdaptiveSettings.PAUSE)) >= 0;
        if (mayChange && isLow) {
            long largest = Math.max(retained, settings.get(AdaptiveSettings.MOST_RETAINED));
            return Math.min(largest, Math.max(LEAST, grown(retained)));
        }
        if (mayChange && window.hitRate() > settings.get(AdaptiveSettings.HIGH_HIT_RATE) && inUse < retained / 2) {
            return Math.min(retained, Math.max(LEAST, Math.max(2 * inUse, grown(tooSmall))));
        }
        return retained;
    }

    private long grown(long retained) {
        return (long) Math.min(Long.MAX_VALUE, Math.ceil(retained * settings.get(AdaptiveSettings.GROWTH)));
    }

    static boolean isLongAgo(Instant seen, Instant now) {
        return Duration.between(seen, now).compareTo(REMEMBERED) > 0;
    }

    /** Call this when the bound was changed, because earlier figures are not valid for the new one. */
    void resized(Instant now) {
        resized = now;
        resizes.incrementAndGet();
        window.clear();
    }
}
