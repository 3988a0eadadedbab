package dev.ashlar.adaptive.jmx;

import java.util.List;

/**
 * What JMX shows of an adaptive allocator. All figures that are read within a moment are of one report. When the allocator
 * is closed, the last figures stay.
 */
public interface AllocatorMXBean {

    /** Committed bytes at most, or -1 without a limit. */
    long getLimitBytes();

    /** Committed bytes above which there is pressure, or -1 without a limit. */
    long getSoftLimitBytes();

    /** The whole allocator. */
    MemoryFigures getTotals();

    /** Bookkeeping, on and off the heap, in bytes. */
    long getMetadataBytes();

    /** Requests that could not be served. */
    long getRefusedCount();

    /** The tiers, those of the smallest blocks first. */
    List<TierFigures> getTiers();

    /** Tags of hints, in order of their names. */
    List<TagFigures> getTags();

    /** Pools that the allocator watches, in order of their names. */
    List<PoolFigures> getPools();

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
     * Figures of blocks.
     *
     * @param usedBytes what live blocks were asked for with
     * @param allocatedBytes the same rounded up to size classes
     * @param committedBytes bytes taken from the memory source
     * @param liveBlocks blocks that are not freed
     * @param allocations requests served
     * @param misses requests for which memory was taken from the source
     * @param hitRate share of the requests served from memory at hand
     * @param fragmentation share of the allocated bytes that was not asked for
     */
    record MemoryFigures(
            long usedBytes,
            long allocatedBytes,
            long committedBytes,
            long liveBlocks,
            long allocations,
            long misses,
            double hitRate,
            double fragmentation) {}

    /**
     * A tier.
     *
     * @param name its name
     * @param strategy the strategy that serves it
     * @param upToBytes the largest block that it serves
     * @param capacityBytes idle bytes that are kept at most
     * @param recentHitRate hit rate of the sliding window
     * @param resizes changes of the capacity since the bean was registered
     * @param memory its figures
     */
    record TierFigures(
            String name,
            String strategy,
            long upToBytes,
            long capacityBytes,
            double recentHitRate,
            long resizes,
            MemoryFigures memory) {}

    /**
     * A tag.
     *
     * @param name the tag
     * @param memory its figures
     */
    record TagFigures(String name, MemoryFigures memory) {}

    /**
     * A pool.
     *
     * @param name its name
     * @param capacity idle objects that are kept at most, 0 for any number
     * @param idle objects that are kept ready
     * @param live objects that are acquired
     * @param acquires objects acquired so far
     * @param discards objects that the pool let go of
     * @param hitRate share of the acquires that an idle object served
     * @param reuseRatio share of the acquires for which no object was made
     * @param resizes changes of the capacity since the bean was registered
     */
    record PoolFigures(
            String name,
            long capacity,
            long idle,
            long live,
            long acquires,
            long discards,
            double hitRate,
            double reuseRatio,
            long resizes) {}
}
