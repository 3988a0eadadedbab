package dev.ashlar.adaptive;

import dev.ashlar.adaptive.internal.AdaptiveSettings;
import dev.ashlar.spi.ByteSize;
import dev.ashlar.spi.StrategySetting;
import java.time.Duration;

/**
 * Sets how the allocator adapts. The defaults suit programs that run for minutes and longer. Every method throws an
 * {@link IllegalArgumentException} if the value is out of its range.
 */
public final class AdaptationBuilder {

    private final Adaptive.Builder builder;

    AdaptationBuilder(Adaptive.Builder builder) {
        this.builder = builder;
    }

    private <T> AdaptationBuilder put(StrategySetting<T> setting, T value) {
        builder.put(setting, value);
        return this;
    }

    /**
     * Sets the time between two housekeeping passes.
     *
     * @param interval 1 ms to 1 h; 1 s by default
     */
    public AdaptationBuilder interval(Duration interval) {
        return put(AdaptiveSettings.INTERVAL, interval);
    }

    /**
     * Sets how many passes the sliding window spans.
     *
     * @param passes 2 to 3600; 60 by default
     */
    public AdaptationBuilder window(int passes) {
        return put(AdaptiveSettings.WINDOW, passes);
    }

    /**
     * Sets the time between two resizes of one tier, and between two changes of its size classes.
     *
     * @param pause up to a day; 1 min by default
     */
    public AdaptationBuilder pause(Duration pause) {
        return put(AdaptiveSettings.PAUSE, pause);
    }

    /**
     * Sets the hit rate below which more is retained.
     *
     * @param rate 0 to 1, and at most the high hit rate; 0.90 by default
     */
    public AdaptationBuilder lowHitRate(double rate) {
        return put(AdaptiveSettings.LOW_HIT_RATE, rate);
    }

    /**
     * Sets the hit rate above which less may be retained.
     *
     * @param rate 0 to 1; 0.99 by default
     */
    public AdaptationBuilder highHitRate(double rate) {
        return put(AdaptiveSettings.HIGH_HIT_RATE, rate);
    }

    /**
     * Sets the factor by which what is retained grows.
     *
     * @param factor 1.01 to 10; 1.2 by default
     */
    public AdaptationBuilder growth(double factor) {
        return put(AdaptiveSettings.GROWTH, factor);
    }

    /**
     * Sets how much adaptation makes a tier retain.
     *
     * @param bytes 0 or more; 256 MiB by default
     */
    public AdaptationBuilder mostRetained(long bytes) {
        return put(AdaptiveSettings.MOST_RETAINED, bytes);
    }

    /**
     * Sets how much adaptation makes a tier retain.
     *
     * @param size such as {@code "256MiB"}, the default
     */
    public AdaptationBuilder mostRetained(String size) {
        return mostRetained(ByteSize.parse(size));
    }

    /**
     * Sets the time until memory that is idle has gone back upstream.
     *
     * @param decay up to a day, 10 s by default; zero: it stays, up to the retained bytes
     */
    public AdaptationBuilder decay(Duration decay) {
        return put(AdaptiveSettings.DECAY, decay);
    }

    /**
     * Sets how long in each interval the sizes of requests are counted.
     *
     * @param sampling up to the interval, 10 ms by default; zero: never, and size classes stay
     */
    public AdaptationBuilder sampling(Duration sampling) {
        return put(AdaptiveSettings.SAMPLING, sampling);
    }

    /**
     * Sets how many size classes a computed table has beside the usual ones.
     *
     * @param most 1 to 128; 64 by default
     */
    public AdaptationBuilder sizeClasses(int most) {
        return put(AdaptiveSettings.SIZE_CLASSES, most);
    }

    /**
     * Sets the share of the allocated bytes that another table of size classes must save.
     *
     * @param share 0.001 to 1; 0.03 by default
     */
    public AdaptationBuilder tableSaving(double share) {
        return put(AdaptiveSettings.TABLE_SAVING, share);
    }
}
