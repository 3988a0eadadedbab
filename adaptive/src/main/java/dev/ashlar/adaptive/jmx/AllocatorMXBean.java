package dev.ashlar.adaptive.jmx;

import dev.ashlar.adaptive.AdaptiveReport.PooledObjects;
import dev.ashlar.adaptive.AdaptiveReport.SizeClass;
import dev.ashlar.adaptive.AdaptiveReport.Tier;
import java.util.List;
import java.util.Map;

/**
 * What JMX shows of an adaptive allocator: its {@link dev.ashlar.adaptive.AdaptiveReport}, records as composite data and
 * {@link dev.ashlar.api.AllocatorStats} as their {@linkplain dev.ashlar.api.AllocatorStats#figures() figures by name}.
 * All figures that are read within a moment are of one report. When the allocator is closed, the last figures stay.
 */
public interface AllocatorMXBean {

    /** Committed bytes at most, or -1 without a limit. */
    long getLimitBytes();

    /** Committed bytes above which there is pressure, or -1 without a limit. */
    long getSoftLimitBytes();

    /** The whole allocator. */
    Map<String, Long> getTotals();

    /** Share of all requests that was served without new memory from the source, 0 to 1. */
    double getHitRate();

    /** Share of the allocated bytes that was not asked for, 0 to 1. */
    double getFragmentation();

    /** Share of the committed bytes that live blocks take, 0 to 1. */
    double getUtilisation();

    /** The tiers, those of the smallest blocks first. */
    List<TierFigures> getTiers();

    /** Figures by tag of hints. */
    Map<String, Map<String, Long>> getTags();

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

    /**
     * A {@link Tier}.
     *
     * @param name its name
     * @param strategy the strategy that serves it
     * @param upTo the largest block that it serves
     * @param capacity what is kept ready at most, in bytes
     * @param keptBytes what may be idle at this moment
     * @param hitRate of the sliding window
     * @param inUse how far live bytes rose above their lowest in the window
     * @param resizes changes of the capacity by adaptation
     * @param stats figures since the beginning
     * @param table the size classes of new blocks
     * @param classes the size classes in use; empty unless tracking is detailed
     * @param externalFragmentation of free memory; 0 unless tracking is detailed
     */
    record TierFigures(
            String name,
            String strategy,
            long upTo,
            long capacity,
            long keptBytes,
            double hitRate,
            long inUse,
            long resizes,
            Map<String, Long> stats,
            List<Integer> table,
            List<SizeClass> classes,
            double externalFragmentation) {

        static TierFigures of(Tier tier) {
            return new TierFigures(
                    tier.name(),
                    tier.strategy(),
                    tier.upTo(),
                    tier.capacity(),
                    tier.keptBytes(),
                    tier.hitRate(),
                    tier.inUse(),
                    tier.resizes(),
                    tier.stats().figures(),
                    tier.table(),
                    tier.classes(),
                    tier.externalFragmentation());
        }
    }
}
