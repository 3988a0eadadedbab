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
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The figures of an adaptive allocator as meters: of the whole allocator, of each tier, and of each pool that it
 * watches. Reading them all costs one report of the allocator, and nothing is paid while nobody reads.
 *
 * {@code new AllocatorMetrics(allocator, "main").bindTo(registry)}
 *
 * <p>All names begin with {@code ashlar.}; the tag {@code allocator} tells allocators apart, and {@code tier} and
 * {@code strategy}, or {@code pool}, what is within. Tiers have names of their own, {@code ashlar.tier.}, because what
 * hints set apart and huge blocks are in no tier: the sum over tiers is not the whole. The module's {@code
 * docs/watching.md} has a table of all meters.
 *
 * <p>Meters end with what they are about. A pool that the allocator watches later gets its meters when meters are next
 * read; those of a pool that it watches no more, or of an allocator that is closed, are removed then. Counters never
 * fall.
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
            gauge(".utilisation", "Share of the committed bytes that live blocks take", AllocatorStats::utilisation),
            gauge(".hit.rate", "Share of all requests that was served from memory held", AllocatorStats::hitRate),
            counter(".allocations", "Requests that were served", AllocatorStats::allocations),
            counter(".frees", "Blocks that were freed", AllocatorStats::frees),
            counter(".frees.invalid", "Frees that were refused", AllocatorStats::invalidFrees),
            counter(
                    ".allocation.misses",
                    "Requests for which memory was taken from the source",
                    AllocatorStats::misses));

    private static final List<Figure<Tier>> OF_TIER = List.of(
            bytes(".memory.retained", "Free bytes that are retained at most", Tier::retainedBytes),
            gauge(".hit.rate.recent", "Share of the sliding window's requests served from memory held", Tier::hitRate),
            counter(".resizes", "Changes of what is retained", Tier::resizes));

    private static final List<Figure<PooledObjects>> OF_POOL = List.of(
            gauge(".max.idle", "Idle objects that are kept at most", PooledObjects::maxIdle),
            counter(".resizes", "Changes of what is retained", PooledObjects::resizes));

    private static final List<Figure<PoolStats>> OF_OBJECTS = List.of(
            gauge(".objects.idle", "Objects that are kept ready", PoolStats::idle),
            gauge(".objects.live", "Objects that are acquired", PoolStats::live),
            gauge(".hit.rate", "Share of the acquires that an idle object served", PoolStats::hitRate),
            gauge(".reuse.ratio", "Share of the acquires for which no object was made", PoolStats::reuseRatio),
            counter(".acquires", "Objects acquired", PoolStats::retrieved),
            counter(".discards", "Objects that the pool discarded", PoolStats::discarded));

    private final String name;
    private final RecentReport reports;

    /** Where there are meters. */
    private final Map<MeterRegistry, Bound> registries = new ConcurrentHashMap<>();

    /** Held by whoever adds or removes meters. */
    private final ReentrantLock changing = new ReentrantLock();

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
     * @param name the tag {@code allocator} of every meter, which tells allocators of one registry apart
     * @throws IllegalStateException if the allocator is closed
     */
    public AllocatorMetrics(AdaptiveAllocator allocator, String name) {
        this(name, new RecentReport(allocator::report, System::nanoTime));
    }

    AllocatorMetrics(String name, RecentReport reports) {
        this.name = Objects.requireNonNull(name, "name");
        this.reports = reports;
    }

    /**
     * {@inheritDoc} Does nothing for a registry that has these meters already.
     *
     * @throws IllegalArgumentException if the registry has meters of another allocator by that name
     */
    @Override
    public void bindTo(MeterRegistry registry) {
        changing.lock();
        try {
            if (registries.containsKey(registry)) {
                return;
            }
            requireFree(registry);
            Bound bound = new Bound(new CopyOnWriteArrayList<>(), new ConcurrentHashMap<>());
            registries.put(registry, bound);
            AdaptiveReport report = reports.latest();
            new Registering(registry, bound.ofAllocator, Tags.of("allocator", name)).all(report);
            bindPools(registry, bound, report);
        } finally {
            changing.unlock();
        }
    }

    private void requireFree(MeterRegistry registry) {
        if (registry.find("ashlar.alerts").tag("allocator", name).meter() != null) {
            throw new IllegalArgumentException("There are meters of an allocator named '" + name
                    + "' already. Give each allocator a name of its own, and close the AllocatorMetrics of one that has"
                    + " ended.");
        }
    }

    private static double limit(AdaptiveReport report) {
        return report.limitBytes() == AllocationException.NO_LIMIT ? -1 : report.limitBytes();
    }

    private void bindPools(MeterRegistry registry, Bound bound, AdaptiveReport report) {
        bound.ofPools.forEach((pool, meters) -> {
            if (!report.pools().containsKey(pool)) {
                meters.forEach(registry::remove);
                bound.ofPools.remove(pool);
            }
        });
        for (String pool : report.pools().keySet()) {
            List<Meter> meters = new CopyOnWriteArrayList<>();
            if (bound.ofPools.putIfAbsent(pool, meters) == null) {
                new Registering(registry, meters, Tags.of("allocator", name, "pool", pool)).pool(pool);
            }
        }
    }

    /**
     * Makes meters of new pools, and removes those of what has ended. Whoever meets another thread here goes on: it may
     * hold locks of a registry.
     */
    private void follow() {
        if (changing.tryLock()) {
            try {
                reports.now()
                        .ifPresentOrElse(
                                report -> registries.forEach((registry, bound) -> bindPools(registry, bound, report)),
                                this::close);
            } finally {
                changing.unlock();
            }
        }
    }

    /** Removes the meters from the registries. Closing again does nothing. */
    @Override
    public void close() {
        changing.lock();
        try {
            registries.forEach((registry, bound) -> {
                registries.remove(registry);
                bound.ofAllocator.forEach(registry::remove);
                bound.ofPools.values().forEach(meters -> meters.forEach(registry::remove));
            });
        } finally {
            changing.unlock();
        }
    }

    /**
     * The meters in one registry.
     *
     * @param ofPools by the name of the pool
     */
    private record Bound(List<Meter> ofAllocator, Map<String, List<Meter>> ofPools) {}

    /** Puts meters with some tags into a registry. */
    private final class Registering {

        private final MeterRegistry registry;
        private final List<Meter> meters;
        private final Tags tags;

        Registering(MeterRegistry registry, List<Meter> meters, Tags tags) {
            this.registry = registry;
            this.meters = meters;
            this.tags = tags;
        }

        void all(AdaptiveReport report) {
            each("ashlar", tags, OF_WHOLE, Optional::of);
            each("ashlar", tags, OF_TOTALS, now -> Optional.of(now.totals()));
            each("ashlar", tags, OF_BLOCKS, now -> Optional.of(now.totals()));
            List<Tier> tiers = report.tiers(); // the same for as long as the allocator lives
            for (int i = 0; i < tiers.size(); i++) {
                int place = i;
                Function<AdaptiveReport, Optional<Tier>> part =
                        now -> Optional.of(now.tiers().get(place));
                Tags ofTier = tags.and(
                        "tier", tiers.get(i).name(), "strategy", tiers.get(i).strategy());
                each("ashlar.tier", ofTier, OF_TIER, part);
                each("ashlar.tier", ofTier, OF_BLOCKS, part.andThen(tier -> tier.map(Tier::stats)));
            }
        }

        void pool(String pool) {
            Function<AdaptiveReport, Optional<PooledObjects>> part =
                    now -> Optional.ofNullable(now.pools().get(pool));
            each("ashlar.pool", tags, OF_POOL, part);
            each("ashlar.pool", tags, OF_OBJECTS, part.andThen(objects -> objects.map(PooledObjects::stats)));
        }

        private <P> void each(
                String prefix, Tags tags, List<Figure<P>> figures, Function<AdaptiveReport, Optional<P>> part) {
            for (Figure<P> figure : figures) {
                Reading<P> reading = new Reading<>(part, figure.value);
                meters.add(
                        figure.isCounter
                                // This is what it refers to weakly; the gauges keep it alive.
                                ? FunctionCounter.builder(
                                                prefix + figure.name, AllocatorMetrics.this, _ -> reading.count())
                                        .description(figure.description)
                                        .tags(tags)
                                        .register(registry)
                                : Gauge.builder(prefix + figure.name, reading::gauge)
                                        .description(figure.description)
                                        .baseUnit(figure.unit)
                                        .tags(tags)
                                        .register(registry));
            }
        }
    }

    /** What one meter shows. */
    private final class Reading<P> {

        private final Function<AdaptiveReport, Optional<P>> part;
        private final ToDoubleFunction<P> value;

        /** Counts of those who had the name before, such as a pool that was replaced. Guarded by this. */
        private double before;

        /** Guarded by this. */
        private double last;

        Reading(Function<AdaptiveReport, Optional<P>> part, ToDoubleFunction<P> value) {
            this.part = part;
            this.value = value;
        }

        /** The figure now; no number if what it was about has ended. */
        double gauge() {
            follow();
            return reports.now().flatMap(part).map(value::applyAsDouble).orElse(Double.NaN);
        }

        /** A count that never falls, whatever ends or is replaced: a registry may show the difference to the last. */
        synchronized double count() {
            follow();
            double now = part.apply(reports.latest()).map(value::applyAsDouble).orElse(last);
            before += now < last ? last : 0;
            last = now;
            return before + now;
        }
    }
}
