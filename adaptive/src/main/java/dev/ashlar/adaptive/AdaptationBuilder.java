package dev.ashlar.adaptive;

import dev.ashlar.adaptive.internal.AdaptiveSettings;
import dev.ashlar.spi.ByteSize;
import dev.ashlar.spi.StrategySetting;
import java.time.Duration;

/**
 * The settings of the adaptation. The defaults suit programs that run for minutes or longer. Every method throws an
 * {@link IllegalArgumentException} if the value is out of range.
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
     * Sets the length of the sliding window in housekeeping passes.
     *
     * @param passes 2 to 3600; 60 by default
     */
    public AdaptationBuilder window(int passes) {
        return put(AdaptiveSettings.WINDOW, passes);
    }

    /**
     * Sets the shortest time between two changes of a tier's retained bytes, and between two changes of its size
     * classes.
     *
     * @param pause 0 to a day; 1 min by default
     */
    public AdaptationBuilder pause(Duration pause) {
        return put(AdaptiveSettings.PAUSE, pause);
    }

    /**
     * Sets the hit rate below which the retained bytes grow.
     *
     * @param rate 0 to 1, at most the high hit rate; 0.90 by default
     */
    public AdaptationBuilder lowHitRate(double rate) {
        return put(AdaptiveSettings.LOW_HIT_RATE, rate);
    }

    /**
     * Sets the hit rate above which the retained bytes may shrink.
     *
     * @param rate 0 to 1; 0.99 by default
     */
    public AdaptationBuilder highHitRate(double rate) {
        return put(AdaptiveSettings.HIGH_HIT_RATE, rate);
    }

    /**
     * Sets the factor by which the retained bytes grow.
     *
     * @param factor 1.01 to 10; 1.2 by default
     */
    public AdaptationBuilder growth(double factor) {
        return put(AdaptiveSettings.GROWTH, factor);
    }

    /**
     * Sets the largest number of bytes that adaptation lets a tier retain.
     *
     * @param bytes 0 or more; 256 MiB by default
     */
    public AdaptationBuilder mostRetained(long bytes) {
        return put(AdaptiveSettings.MOST_RETAINED, bytes);
    }

    /**
     * Sets the largest number of bytes that adaptation lets a tier retain.
     *
     * @param size such as {@code "256MiB"}, the default
     */
    public AdaptationBuilder mostRetained(String size) {
        return mostRetained(ByteSize.parse(size));
    }

    /**
     * Sets the time after which idle memory has been returned upstream.
     *
     * @param decay 0 to a day; 10 s by default. With 0 idle memory is not returned, up to the retained bytes
     */
    public AdaptationBuilder decay(Duration decay) {
        return put(AdaptiveSettings.DECAY, decay);
    }

    /**
     * Sets how many requests are counted by their sizes after each housekeeping pass.
     *
     * @param most 0 to 1,048,576, each 8 bytes of the Java heap; 2,048 by default. With 0 size classes do not change
     */
    public AdaptationBuilder samples(int most) {
        return put(AdaptiveSettings.SAMPLES, most);
    }

    /**
     * Sets the largest number of size classes that a computed table has in addition to the standard ones.
     *
     * @param most 1 to 128; 64 by default
     */
    public AdaptationBuilder sizeClasses(int most) {
        return put(AdaptiveSettings.SIZE_CLASSES, most);
    }

    /**
     * Sets the share of the allocated bytes that a new table of size classes must save to be used.
     *
     * @param share 0.001 to 1; 0.03 by default
     */
    public AdaptationBuilder tableSaving(double share) {
        return put(AdaptiveSettings.TABLE_SAVING, share);
    }
}
