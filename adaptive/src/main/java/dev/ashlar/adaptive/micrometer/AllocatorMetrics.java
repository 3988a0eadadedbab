package dev.ashlar.adaptive.micrometer;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.adaptive.AdaptiveReport.PooledObjects;
import dev.ashlar.adaptive.AdaptiveReport.Tier;
import dev.ashlar.adaptive.micrometer.BoundMeters.Group;
import dev.ashlar.adaptive.watch.RecentReport;
import dev.ashlar.adaptive.watch.ResizeCounts;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.PoolStats;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The figures of an adaptive allocator as meters: of the whole allocator, of each tier, and of each pool that it watches.
 * Reading them all costs one report of the allocator, and nothing is paid while nobody reads.
 *
 * <pre>{@code
 * new AllocatorMetrics(allocator, "main").bindTo(registry);
 * }</pre>
 *
 * <p>All names begin with {@code ashlar.}; the tag {@code allocator} tells allocators apart, and {@code tier} and
 * {@code strategy}, or {@code pool}, what is within. Tiers have names of their own, {@code ashlar.tier.}, because what hints
 * set apart and huge blocks are in no tier: the sum over tiers is not the whole. The module's README has a table of all
 * meters.
 *
 * <p>A pool that the allocator watches later gets its meters when the meters are next read. When the allocator is closed
 * its gauges are NaN, and its counters stay.
 */
public final class AllocatorMetrics implements MeterBinder, AutoCloseable {

    private final String name;
    private final RecentReport reports;
    private final ResizeCounts resizes;
    private final Set<BoundMeters> bound = ConcurrentHashMap.newKeySet();

    /**
     * Begins to count resizes.
     *
     * @param allocator whose figures they are
     * @param name the tag {@code allocator} of every meter
     * @throws IllegalStateException if the allocator is closed
     */
    public AllocatorMetrics(AdaptiveAllocator allocator, String name) {
        this(allocator, name, new RecentReport(allocator::report));
    }

    AllocatorMetrics(AdaptiveAllocator allocator, String name, RecentReport reports) {
        this.name = name;
        this.reports = reports;
        this.resizes = new ResizeCounts(allocator);
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        BoundMeters meters = new BoundMeters(registry, this, reports, this::bindNewPools);
        bound.add(meters);
        Tags tags = Tags.of("allocator", name);
        AdaptiveReport latest = reports.latest();
        bindWhole(meters.of("ashlar", tags, report -> report));
        bindStats(meters.of("ashlar", tags, AdaptiveReport::totals));
        for (Tier tier : latest.tiers()) {
            String key = tier.name();
            Tags ofTier = tags.and("tier", key, "strategy", tier.strategy());
            bindTier(meters.of("ashlar.tier", ofTier, report -> find(report, key)), key);
            bindStats(
                    meters.of("ashlar.tier", ofTier, report -> find(report, key).stats()));
        }
        latest.pools().keySet().forEach(pool -> bindPool(meters, pool));
    }

    private static void bindWhole(Group<AdaptiveReport> whole) {
        whole.bytes(".memory.limit", "Committed bytes at most; -1 without a limit", AllocatorMetrics::limit);
        whole.bytes(
                ".memory.metadata",
                "Bookkeeping, on and off the heap",
                of -> of.totals().metadataBytes());
        whole.counter(
                ".allocation.refusals",
                "Requests that could not be served",
                of -> of.totals().refused());
        whole.counter(".upstream.calls", "Chunks taken from the memory source and given back", AllocatorMetrics::calls);
        whole.gauge(".alerts", "Alerts that are on", of -> of.alerts().size());
    }

    private static double limit(AdaptiveReport report) {
        return report.limitBytes() == AllocationException.NO_LIMIT ? -1 : report.limitBytes();
    }

    private static double calls(AdaptiveReport report) {
        return report.totals().upstreamCalls();
    }

    private void bindTier(Group<Tier> tier, String key) {
        tier.bytes(".memory.capacity", "Idle bytes that are kept ready at most", Tier::capacity);
        tier.gauge(".hit.rate.recent", "Share of the sliding window's requests served from memory held", Tier::hitRate);
        tier.counter(".resizes", "Changes of the capacity since these meters were made", _ -> resizes.ofTier(key));
    }

    /** Tiers are the same for as long as the allocator lives. */
    private static Tier find(AdaptiveReport report, String tier) {
        return report.tiers().stream()
                .filter(one -> one.name().equals(tier))
                .findFirst()
                .orElseThrow();
    }

    private static void bindStats(Group<AllocatorStats> stats) {
        stats.bytes(".memory.used", "Bytes that live blocks were asked for with", AllocatorStats::requestedBytes);
        stats.bytes(".memory.allocated", "The same rounded up to size classes", AllocatorStats::allocatedBytes);
        stats.bytes(".memory.committed", "Bytes taken from the memory source", AllocatorStats::committedBytes);
        stats.gauge(".blocks.live", "Blocks that are not freed", AllocatorStats::liveBlocks);
        stats.gauge(
                ".fragmentation", "Share of the allocated bytes not asked for", AllocatorStats::internalFragmentation);
        stats.gauge(".hit.rate", "Share of all requests that was served from memory held", AllocatorStats::hitRate);
        stats.counter(".allocations", "Requests that were served", AllocatorStats::allocations);
        stats.counter(
                ".allocation.misses", "Requests for which memory was taken from the source", AllocatorStats::misses);
    }

    private void bindPool(BoundMeters meters, String pool) {
        if (!meters.isFirst(pool)) {
            return;
        }
        Tags tags = Tags.of("allocator", name, "pool", pool);
        Group<PoolStats> stats =
                meters.of("ashlar.pool", tags, report -> pooled(report, pool).stats());
        stats.gauge(".objects.idle", "Objects that are kept ready", PoolStats::idle);
        stats.gauge(".objects.live", "Objects that are acquired", PoolStats::live);
        meters.of("ashlar.pool", tags, report -> pooled(report, pool))
                .gauge(".capacity", "Idle objects that are kept at most; 0 for any number", PooledObjects::capacity);
        stats.gauge(".hit.rate", "Share of the acquires that an idle object served", PoolStats::hitRate);
        stats.gauge(".reuse.ratio", "Share of the acquires for which no object was made", PoolStats::reuseRatio);
        stats.counter(".acquires", "Objects acquired", PoolStats::retrieved);
        stats.counter(".discards", "Objects that the pool discarded", PoolStats::discarded);
        stats.counter(".resizes", "Changes of the capacity since these meters were made", _ -> resizes.ofPool(pool));
    }

    /** A pool that is watched no more has no figures. */
    private static PooledObjects pooled(AdaptiveReport report, String pool) {
        return report.pools().getOrDefault(pool, new PooledObjects(0, PoolStats.ZERO));
    }

    private void bindNewPools() {
        for (BoundMeters meters : bound) {
            reports.latest().pools().keySet().forEach(pool -> bindPool(meters, pool));
        }
    }

    /** Removes the meters from the registries, and stops counting. Closing again does nothing. */
    @Override
    public void close() {
        resizes.close();
        bound.forEach(BoundMeters::remove);
        bound.clear();
    }
}
