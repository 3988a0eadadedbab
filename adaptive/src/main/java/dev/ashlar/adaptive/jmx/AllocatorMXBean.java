package dev.ashlar.adaptive.jmx;

import dev.ashlar.adaptive.AdaptiveReport.PooledObjects;
import dev.ashlar.adaptive.AdaptiveReport.Tier;
import dev.ashlar.api.AllocatorStats;
import java.util.List;
import java.util.Map;

/**
 * What JMX shows of an adaptive allocator: the records of its {@link dev.ashlar.adaptive.AdaptiveReport}, as composite
 * data. All figures that are read within a moment are of one report. When the allocator is closed, the last figures
 * stay.
 */
public interface AllocatorMXBean {

    /** Committed bytes at most, or -1 without a limit. */
    long getLimitBytes();

    /** Committed bytes above which there is pressure, or -1 without a limit. */
    long getSoftLimitBytes();

    /** The whole allocator. */
    AllocatorStats getTotals();

    /** Share of all requests that was served without new memory from the source, 0 to 1. */
    double getHitRate();

    /** Share of the allocated bytes that was not asked for, 0 to 1. */
    double getFragmentation();

    /** Share of the committed bytes that live blocks take, 0 to 1. */
    double getUtilisation();

    /** The tiers, those of the smallest blocks first. */
    List<Tier> getTiers();

    /** Figures by tag of hints. */
    Map<String, AllocatorStats> getTags();

    /** Pools that the allocator watches, by name. */
    Map<String, PooledObjects> getPools();

    /** Alerts that are on, as sentences. */
    List<String> getAlerts();

    /** What the allocator decided lately, as sentences, the oldest first. */
    List<String> getHistory();

    /** The whole report as text. */
    String getSummary();

    /**
     * Gives idle memory back beyond the reserve, now.
     *
     * @return how many bytes
     */
    long trim();
}
