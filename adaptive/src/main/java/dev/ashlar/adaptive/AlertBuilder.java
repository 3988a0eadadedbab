package dev.ashlar.adaptive;

import dev.ashlar.adaptive.internal.AdaptiveSettings;
import dev.ashlar.spi.StrategySetting;

/**
 * The thresholds of alerts. Every method throws an {@link IllegalArgumentException} if the value is out of range.
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
     * Sets the internal fragmentation above which an alert is raised: the share of the allocated bytes that was not
     * requested.
     *
     * @param most 0 to 1; 0.3 by default
     */
    public AlertBuilder fragmentation(double most) {
        return put(AdaptiveSettings.FRAGMENTATION, most);
    }

    /**
     * Sets the utilisation below which an alert is raised: the share of the committed bytes that live blocks take. The
     * retained bytes and 4 MiB are subtracted from the committed bytes first.
     *
     * @param least 0 to 1; 0.5 by default
     */
    public AlertBuilder utilisation(double least) {
        return put(AdaptiveSettings.UTILISATION, least);
    }

    /**
     * Sets the overhead above which an alert is raised: the committed bytes for each requested byte of live blocks. The
     * retained bytes and 4 MiB are subtracted from the committed bytes first. It covers the waste inside blocks and
     * between them.
     *
     * @param most 1 to 1,000; 2.5 by default
     */
    public AlertBuilder overhead(double most) {
        return put(AdaptiveSettings.OVERHEAD, most);
    }

    /**
     * Sets the pressure above which an alert is raised: the share of the limit that is committed. Without a limit there
     * is no such alert.
     *
     * @param most 0 to 1; 0.9 by default
     */
    public AlertBuilder pressure(double most) {
        return put(AdaptiveSettings.PRESSURE, most);
    }

    /**
     * Sets the hit rate below which an alert is raised: the share of the window's requests that are served without new
     * memory from the source. No alert is raised for fewer than 100 requests.
     *
     * @param least 0 to 1; 0.90 by default
     */
    public AlertBuilder hitRate(double least) {
        return put(AdaptiveSettings.HIT_RATE, least);
    }

    /**
     * Sets the reuse ratio below which an alert is raised: the share of a pool's acquires that are served without
     * making an object. No alert is raised for fewer than 100 acquires.
     *
     * @param least 0 to 1; 0.8 by default
     */
    public AlertBuilder reuseRatio(double least) {
        return put(AdaptiveSettings.REUSE_RATIO, least);
    }

    /**
     * Sets the distance from its threshold that a figure must have before its alert ends.
     *
     * @param margin 0 to 0.5; 0.05 by default
     */
    public AlertBuilder hysteresis(double margin) {
        return put(AdaptiveSettings.HYSTERESIS, margin);
    }
}
