package dev.ashlar.adaptive;

import dev.ashlar.adaptive.internal.AdaptiveSettings;
import dev.ashlar.spi.StrategySetting;

/**
 * Sets when an alert is raised, and how far a figure must come back before it is over. Every method throws an
 * {@link IllegalArgumentException} if the value is out of its range.
 */
public final class AlertBuilder {

    private final Adaptive.Builder builder;

    AlertBuilder(Adaptive.Builder builder) {
        this.builder = builder;
    }

    private AlertBuilder put(StrategySetting<Double> setting, double value) {
        builder.put(setting, value);
        return this;
    }

    /**
     * Sets the share of the allocated bytes that was not asked for, above which an alert is raised.
     *
     * @param most 0 to 1; 0.3 by default
     */
    public AlertBuilder fragmentation(double most) {
        return put(AdaptiveSettings.FRAGMENTATION, most);
    }

    /**
     * Sets the share that live blocks take of the committed bytes beyond the retained bytes and 4 MiB, below which an
     * alert is raised.
     *
     * @param least 0 to 1; 0.5 by default
     */
    public AlertBuilder utilisation(double least) {
        return put(AdaptiveSettings.UTILISATION, least);
    }

    /**
     * Sets how many bytes are committed, beyond the retained bytes and 4 MiB, for each byte that a live block was asked
     * for with, above which an alert is raised: waste inside blocks and between them together.
     *
     * @param most 1 to 1,000; 2.5 by default
     */
    public AlertBuilder overhead(double most) {
        return put(AdaptiveSettings.OVERHEAD, most);
    }

    /**
     * Sets the share of the limit that is committed, above which an alert is raised. Without a limit there is none.
     *
     * @param most 0 to 1; 0.9 by default
     */
    public AlertBuilder pressure(double most) {
        return put(AdaptiveSettings.PRESSURE, most);
    }

    /**
     * Sets the share of the window's requests that are served without new memory from the source, below which an alert
     * is raised. While there are fewer than 100 requests none is raised.
     *
     * @param least 0 to 1; 0.90 by default
     */
    public AlertBuilder hitRate(double least) {
        return put(AdaptiveSettings.HIT_RATE, least);
    }

    /**
     * Sets the share of a pool's acquires that are served without making an object, below which an alert is raised.
     * While there are fewer than 100 requests none is raised.
     *
     * @param least 0 to 1; 0.8 by default
     */
    public AlertBuilder reuseRatio(double least) {
        return put(AdaptiveSettings.REUSE_RATIO, least);
    }

    /**
     * Sets how far below, or above, its threshold a figure must be for the alert to be over.
     *
     * @param margin 0 to 0.5; 0.05 by default
     */
    public AlertBuilder hysteresis(double margin) {
        return put(AdaptiveSettings.HYSTERESIS, margin);
    }
}
