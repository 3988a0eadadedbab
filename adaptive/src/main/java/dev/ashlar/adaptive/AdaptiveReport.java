package dev.ashlar.adaptive;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.PoolStats;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An adaptive allocator at one moment. Immutable. Sizes are in bytes, and ratios are fractions.
 *
 * @param time when it was made
 * @param totals the figures of the whole allocator
 * @param limitBytes the hard limit, or {@link AllocationException#NO_LIMIT}
 * @param softLimitBytes the limit above which there is pressure
 * @param tiers the tiers, the one of the smallest blocks first
 * @param tags figures by tag; {@code (others)} for all tags without their own
 * @param pools figures by the name of the pool
 * @param alerts alerts that are raised now
 * @param history decisions, the oldest first; only the last few hundred are kept
 */
public record AdaptiveReport(
        Instant time,
        AllocatorStats totals,
        long limitBytes,
        long softLimitBytes,
        List<Tier> tiers,
        SortedMap<String, AllocatorStats> tags,
        SortedMap<String, PooledObjects> pools,
        List<AllocatorEvent.AlertRaised> alerts,
        List<AllocatorEvent> history) {

    /** Copies every collection. */
    public AdaptiveReport {
        tiers = List.copyOf(tiers);
        tags = Collections.unmodifiableSortedMap(new TreeMap<>(tags));
        pools = Collections.unmodifiableSortedMap(new TreeMap<>(pools));
        alerts = List.copyOf(alerts);
        history = List.copyOf(history);
    }

    /**
     * A tier.
     *
     * @param name its name
     * @param strategy the strategy that serves it
     * @param upTo the largest block that it serves
     * @param retention what it retains, and why
     * @param stats figures since the beginning
     * @param table the size classes of new blocks; empty if the strategy has no classes that can be changed
     * @param classes the size classes in use; empty unless tracking is detailed
     * @param externalFragmentation 1 - largest free run / free bytes of its chunks; 0 unless tracking is detailed
     */
    public record Tier(
            String name,
            String strategy,
            long upTo,
            Retention retention,
            AllocatorStats stats,
            List<Integer> table,
            List<SizeClass> classes,
            double externalFragmentation) {

        /** Copies both lists. */
        public Tier {
            table = List.copyOf(table);
            classes = List.copyOf(classes);
        }
    }

    /**
     * What a tier retains.
     *
     * @param retainedBytes free bytes that are retained at most
     * @param keptBytes the bytes that may be idle now: the retained bytes, or what decay has left of them
     * @param hitRate of the sliding window
     * @param inUse how far live bytes rose above their lowest in the window
     * @param resizes how often adaptation has changed the retained bytes
     */
    public record Retention(long retainedBytes, long keptBytes, double hitRate, long inUse, long resizes) {}

    /**
     * A size class.
     *
     * @param byteSize the size of its slots
     * @param slabs how many slabs it has
     * @param slabBytes their bytes
     * @param liveBlocks slots handed out
     */
    public record SizeClass(long byteSize, long slabs, long slabBytes, long liveBlocks) {}

    /**
     * A pool.
     *
     * @param maxIdle idle objects kept at most
     * @param resizes how often adaptation has changed this bound
     * @param stats its figures
     */
    public record PooledObjects(int maxIdle, long resizes, PoolStats stats) {}

    /** The report as text. */
    public String text() {
        return ReportText.of(this);
    }
}
