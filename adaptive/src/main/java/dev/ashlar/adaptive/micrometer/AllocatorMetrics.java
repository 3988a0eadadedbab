package dev.ashlar.adaptive.micrometer;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.adaptive.AdaptiveReport.PooledObjects;
import dev.ashlar.adaptive.AdaptiveReport.Tier;
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
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

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
        BoundMeters meters = new BoundMeters(registry, this);
        bound.add(meters);
        Tags tags = Tags.of("allocator", name);
        bindWhole(meters, tags);
        AdaptiveReport report = reports.latest();
        for (Tier tier : report.tiers()) {
            bindTier(meters, tags.and("tier", tier.name(), "strategy", tier.strategy()), tier.name());
        }
        report.pools().keySet().forEach(pool -> bindPool(meters, pool));
    }

    private void bindWhole(BoundMeters meters, Tags tags) {
        ofStats(meters, "ashlar", tags, AdaptiveReport::totals);
        meters.bytes(
                "ashlar.memory.limit",
                "Committed bytes at most; -1 without a limit",
                tags,
                now(AllocatorMetrics::limit));
        meters.bytes(
                "ashlar.memory.metadata",
                "Bookkeeping, on and off the heap",
                tags,
                now(report -> report.totals().metadataBytes()));
        meters.counter(
                "ashlar.allocation.refusals",
                "Requests that could not be served",
                tags,
                latest(report -> report.totals().refused()));
        meters.counter(
                "ashlar.upstream.calls",
                "Chunks taken from the memory source and given back",
                tags,
                latest(report -> report.totals().upstreamCalls()));
        meters.gauge(
                "ashlar.alerts",
                "Alerts that are on",
                tags,
                now(report -> report.alerts().size()));
    }

    private static double limit(AdaptiveReport report) {
        return report.limitBytes() == AllocationException.NO_LIMIT ? -1 : report.limitBytes();
    }

    private void bindTier(BoundMeters meters, Tags tags, String tier) {
        ofStats(meters, "ashlar.tier", tags, report -> find(report, tier).stats());
        meters.bytes(
                "ashlar.tier.memory.capacity",
                "Idle bytes that are kept ready at most",
                tags,
                now(report -> find(report, tier).capacity()));
        meters.gauge(
                "ashlar.tier.hit.rate.recent",
                "Share of the sliding window's requests that was served from memory at hand",
                tags,
                now(report -> find(report, tier).hitRate()));
        meters.counter(
                "ashlar.tier.resizes",
                "Changes of the capacity since these meters were made",
                tags,
                () -> resizes.ofTier(tier));
    }

    /** Tiers are the same for as long as the allocator lives. */
    private static Tier find(AdaptiveReport report, String tier) {
        return report.tiers().stream()
                .filter(one -> one.name().equals(tier))
                .findFirst()
                .orElseThrow();
    }

    private void ofStats(BoundMeters meters, String prefix, Tags tags, Function<AdaptiveReport, AllocatorStats> stats) {
        meters.bytes(
                prefix + ".memory.used",
                "Bytes that live blocks were asked for with",
                tags,
                now(report -> stats.apply(report).requestedBytes()));
        meters.bytes(
                prefix + ".memory.allocated",
                "The same rounded up to size classes",
                tags,
                now(report -> stats.apply(report).allocatedBytes()));
        meters.bytes(
                prefix + ".memory.committed",
                "Bytes taken from the memory source",
                tags,
                now(report -> stats.apply(report).committedBytes()));
        meters.gauge(
                prefix + ".blocks.live",
                "Blocks that are not freed",
                tags,
                now(report -> stats.apply(report).liveBlocks()));
        meters.gauge(
                prefix + ".fragmentation",
                "Share of the allocated bytes that was not asked for",
                tags,
                now(report -> stats.apply(report).internalFragmentation()));
        meters.gauge(
                prefix + ".hit.rate",
                "Share of all requests that was served from memory at hand",
                tags,
                now(report -> stats.apply(report).hitRate()));
        meters.counter(
                prefix + ".allocations",
                "Requests that were served",
                tags,
                latest(report -> stats.apply(report).allocations()));
        meters.counter(
                prefix + ".allocation.misses",
                "Requests for which memory was taken from the source",
                tags,
                latest(report -> stats.apply(report).misses()));
    }

    private void bindPool(BoundMeters meters, String pool) {
        if (!meters.isFirst(pool)) {
            return;
        }
        Tags tags = Tags.of("allocator", name, "pool", pool);
        Function<AdaptiveReport, PoolStats> stats =
                report -> pooled(report, pool).stats();
        meters.gauge(
                "ashlar.pool.objects.idle",
                "Objects that are kept ready",
                tags,
                now(report -> stats.apply(report).idle()));
        meters.gauge(
                "ashlar.pool.objects.live",
                "Objects that are acquired",
                tags,
                now(report -> stats.apply(report).live()));
        meters.gauge(
                "ashlar.pool.capacity",
                "Idle objects that are kept at most; 0 for any number",
                tags,
                now(report -> pooled(report, pool).capacity()));
        meters.gauge(
                "ashlar.pool.hit.rate",
                "Share of the acquires that an idle object served",
                tags,
                now(report -> stats.apply(report).hitRate()));
        meters.gauge(
                "ashlar.pool.reuse.ratio",
                "Share of the acquires for which no object was made",
                tags,
                now(report -> stats.apply(report).reuseRatio()));
        meters.counter(
                "ashlar.pool.acquires",
                "Objects acquired",
                tags,
                latest(report -> stats.apply(report).retrieved()));
        meters.counter(
                "ashlar.pool.discards",
                "Objects that the pool let go of",
                tags,
                latest(report -> stats.apply(report).discarded()));
        meters.counter(
                "ashlar.pool.resizes",
                "Changes of the capacity since these meters were made",
                tags,
                () -> resizes.ofPool(pool));
    }

    /** A pool that is watched no more has no figures. */
    private static PooledObjects pooled(AdaptiveReport report, String pool) {
        return report.pools().getOrDefault(pool, new PooledObjects(0, PoolStats.ZERO));
    }

    private BoundMeters.Figure now(ToDoubleFunction<AdaptiveReport> figure) {
        return () -> {
            bindNewPools();
            return reports.now().map(figure::applyAsDouble).orElse(Double.NaN);
        };
    }

    private BoundMeters.Figure latest(ToDoubleFunction<AdaptiveReport> figure) {
        return () -> figure.applyAsDouble(reports.latest());
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
