package dev.ashlar.adaptive.micrometer;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.adaptive.AdaptiveReport.PooledObjects;
import dev.ashlar.adaptive.AdaptiveReport.Tier;
import dev.ashlar.adaptive.watch.RecentReport;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.PoolStats;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The figures of an adaptive allocator as meters: of the whole allocator, of each tier, and of each pool that it
 * watches. Reading them all costs one report of the allocator, and nothing is paid while nobody reads.
 *
 * <pre>{@code
 * new AllocatorMetrics(allocator, "main").bindTo(registry);
 * }</pre>
 *
 * <p>All names begin with {@code ashlar.}; the tag {@code allocator} tells allocators apart, and {@code tier} and
 * {@code strategy}, or {@code pool}, what is within. Tiers have names of their own, {@code ashlar.tier.}, because what
 * hints set apart and huge blocks are in no tier: the sum over tiers is not the whole. The module's {@code
 * docs/watching.md} has a table of all meters.
 *
 * <p>A pool that the allocator watches later gets its meters when the meters are next read. When the allocator is
 * closed its gauges are NaN, and its counters stay.
 */
public final class AllocatorMetrics implements MeterBinder, AutoCloseable {

    private static final List<Figure<AdaptiveReport>> OF_WHOLE = List.of(
            bytes(".memory.limit", "Committed bytes at most; -1 without a limit", AllocatorMetrics::limit),
            gauge(".alerts", "Alerts that are on", report -> report.alerts().size()));

    private static final List<Figure<AllocatorStats>> OF_TOTALS = List.of(
            bytes(".memory.metadata", "Bookkeeping, on and off the heap", AllocatorStats::metadataBytes),
            counter(".allocation.refusals", "Requests that could not be served", AllocatorStats::refused),
            counter(".upstream.calls", "Chunks taken from the source and given back", AllocatorStats::upstreamCalls));

    private static final List<Figure<AllocatorStats>> OF_BLOCKS = List.of(
            bytes(".memory.used", "Bytes that live blocks were asked for with", AllocatorStats::requestedBytes),
            bytes(".memory.allocated", "The same rounded up to size classes", AllocatorStats::allocatedBytes),
            bytes(".memory.committed", "Bytes taken from the memory source", AllocatorStats::committedBytes),
            gauge(".blocks.live", "Blocks that are not freed", AllocatorStats::liveBlocks),
            gauge(
                    ".fragmentation",
                    "Share of the allocated bytes not asked for",
                    AllocatorStats::internalFragmentation),
            gauge(".hit.rate", "Share of all requests that was served from memory held", AllocatorStats::hitRate),
            counter(".allocations", "Requests that were served", AllocatorStats::allocations),
            counter(
                    ".allocation.misses",
                    "Requests for which memory was taken from the source",
                    AllocatorStats::misses));

    private static final List<Figure<Tier>> OF_TIER = List.of(
            bytes(".memory.capacity", "Idle bytes that are kept ready at most", Tier::capacity),
            gauge(".hit.rate.recent", "Share of the sliding window's requests served from memory held", Tier::hitRate),
            counter(".resizes", "Changes of the capacity", Tier::resizes));

    private static final List<Figure<PooledObjects>> OF_POOL = List.of(
            gauge(".capacity", "Idle objects that are kept at most; 0 for any number", PooledObjects::capacity),
            counter(".resizes", "Changes of the capacity", PooledObjects::resizes));

    private static final List<Figure<PoolStats>> OF_OBJECTS = List.of(
            gauge(".objects.idle", "Objects that are kept ready", PoolStats::idle),
            gauge(".objects.live", "Objects that are acquired", PoolStats::live),
            gauge(".hit.rate", "Share of the acquires that an idle object served", PoolStats::hitRate),
            gauge(".reuse.ratio", "Share of the acquires for which no object was made", PoolStats::reuseRatio),
            counter(".acquires", "Objects acquired", PoolStats::retrieved),
            counter(".discards", "Objects that the pool discarded", PoolStats::discarded));

    private final String name;
    private final RecentReport reports;

    /** Where the meters are, and of which pools there are some. */
    private final Map<MeterRegistry, Set<String>> registries = new ConcurrentHashMap<>();

    /** Each takes a meter away. */
    private final Queue<Runnable> removals = new ConcurrentLinkedQueue<>();

    /** A figure of a part of a report. */
    private record Figure<P>(
            String name, String description, @Nullable String unit, boolean isCounter, ToDoubleFunction<P> value) {}

    private static <P> Figure<P> bytes(String name, String description, ToDoubleFunction<P> value) {
        return new Figure<>(name, description, BaseUnits.BYTES, false, value);
    }

    private static <P> Figure<P> gauge(String name, String description, ToDoubleFunction<P> value) {
        return new Figure<>(name, description, null, false, value);
    }

    private static <P> Figure<P> counter(String name, String description, ToDoubleFunction<P> value) {
        return new Figure<>(name, description, null, true, value);
    }

    /**
     * Makes the first report.
     *
     * @param allocator whose figures they are
     * @param name the tag {@code allocator} of every meter
     * @throws IllegalStateException if the allocator is closed
     */
    public AllocatorMetrics(AdaptiveAllocator allocator, String name) {
        this(name, new RecentReport(allocator::report, System::nanoTime));
    }

    AllocatorMetrics(String name, RecentReport reports) {
        this.name = name;
        this.reports = reports;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        registries.putIfAbsent(registry, ConcurrentHashMap.newKeySet());
        Tags tags = Tags.of("allocator", name);
        register(registry, "ashlar", tags, OF_WHOLE, report -> report);
        register(registry, "ashlar", tags, OF_TOTALS, AdaptiveReport::totals);
        register(registry, "ashlar", tags, OF_BLOCKS, AdaptiveReport::totals);
        List<Tier> tiers = reports.latest().tiers(); // the same for as long as the allocator lives
        for (int i = 0; i < tiers.size(); i++) {
            int place = i;
            Function<AdaptiveReport, Tier> part = report -> report.tiers().get(place);
            Tags ofTier = tags.and(
                    "tier", tiers.get(i).name(), "strategy", tiers.get(i).strategy());
            register(registry, "ashlar.tier", ofTier, OF_TIER, part);
            register(registry, "ashlar.tier", ofTier, OF_BLOCKS, part.andThen(Tier::stats));
        }
        bindNewPools();
    }

    private static double limit(AdaptiveReport report) {
        return report.limitBytes() == AllocationException.NO_LIMIT ? -1 : report.limitBytes();
    }

    private void bindNewPools() {
        Set<String> watched = reports.latest().pools().keySet();
        registries.forEach(
                (registry, bound) -> watched.stream().filter(bound::add).forEach(pool -> bindPool(registry, pool)));
    }

    private void bindPool(MeterRegistry registry, String pool) {
        Tags tags = Tags.of("allocator", name, "pool", pool);
        PooledObjects none = new PooledObjects(0, 0, PoolStats.ZERO); // of a pool that is watched no more
        Function<AdaptiveReport, PooledObjects> part = report -> report.pools().getOrDefault(pool, none);
        register(registry, "ashlar.pool", tags, OF_POOL, part);
        register(registry, "ashlar.pool", tags, OF_OBJECTS, part.andThen(PooledObjects::stats));
    }

    private <P> void register(
            MeterRegistry registry,
            String prefix,
            Tags tags,
            List<Figure<P>> figures,
            Function<AdaptiveReport, P> part) {
        for (Figure<P> figure : figures) {
            ToDoubleFunction<AdaptiveReport> value = report -> figure.value.applyAsDouble(part.apply(report));
            Meter meter = figure.isCounter
                    // This is what it refers to weakly; the gauges keep it alive.
                    ? FunctionCounter.builder(prefix + figure.name, this, _ -> value.applyAsDouble(reports.latest()))
                            .description(figure.description)
                            .tags(tags)
                            .register(registry)
                    : Gauge.builder(prefix + figure.name, () -> now(value))
                            .description(figure.description)
                            .baseUnit(figure.unit)
                            .tags(tags)
                            .register(registry);
            removals.add(() -> registry.remove(meter));
        }
    }

    private double now(ToDoubleFunction<AdaptiveReport> value) {
        bindNewPools();
        return reports.now().map(value::applyAsDouble).orElse(Double.NaN);
    }

    /** Removes the meters from the registries. Closing again does nothing. */
    @Override
    public void close() {
        registries.clear();
        removals.forEach(Runnable::run);
        removals.clear();
    }
}
