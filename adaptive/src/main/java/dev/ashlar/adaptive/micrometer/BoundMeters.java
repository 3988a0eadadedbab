package dev.ashlar.adaptive.micrometer;

import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.adaptive.watch.RecentReport;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.BaseUnits;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The meters of one allocator in one registry. */
final class BoundMeters {

    private final MeterRegistry registry;

    /** What counters hold on to weakly; the gauges keep it alive. */
    private final AllocatorMetrics owner;

    private final Queue<Meter> meters = new ConcurrentLinkedQueue<>();
    private final Set<String> pools = ConcurrentHashMap.newKeySet();

    private final RecentReport reports;
    private final Runnable beforeReading;

    /**
     * No meters yet.
     *
     * @param beforeReading is run before a gauge is read
     */
    BoundMeters(MeterRegistry registry, AllocatorMetrics owner, RecentReport reports, Runnable beforeReading) {
        this.registry = registry;
        this.owner = owner;
        this.reports = reports;
        this.beforeReading = beforeReading;
    }

    /** Meters whose names begin alike, of one part of a report. */
    <P> Group<P> of(String prefix, Tags tags, Function<AdaptiveReport, P> part) {
        return new Group<>(this, prefix, tags, part);
    }

    /** Gauges are NaN once the allocator is closed, and counters stay. */
    record Group<P>(BoundMeters meters, String prefix, Tags tags, Function<AdaptiveReport, P> part) {

        void bytes(String name, String description, ToDoubleFunction<P> figure) {
            gauge(name, description, BaseUnits.BYTES, figure);
        }

        void gauge(String name, String description, ToDoubleFunction<P> figure) {
            gauge(name, description, null, figure);
        }

        private void gauge(String name, String description, @Nullable String unit, ToDoubleFunction<P> figure) {
            meters.meters.add(Gauge.builder(prefix + name, () -> meters.now(part, figure))
                    .description(description)
                    .baseUnit(unit)
                    .tags(tags)
                    .register(meters.registry));
        }

        void counter(String name, String description, ToDoubleFunction<P> figure) {
            RecentReport reports = meters.reports;
            meters.meters.add(FunctionCounter.builder(
                            prefix + name, meters.owner, _ -> figure.applyAsDouble(part.apply(reports.latest())))
                    .description(description)
                    .tags(tags)
                    .register(meters.registry));
        }
    }

    private <P> double now(Function<AdaptiveReport, P> part, ToDoubleFunction<P> figure) {
        beforeReading.run();
        return reports.now()
                .map(report -> figure.applyAsDouble(part.apply(report)))
                .orElse(Double.NaN);
    }

    /** Whether a pool's meters are not there yet; from now on they are. */
    boolean isFirst(String pool) {
        return pools.add(pool);
    }

    void remove() {
        meters.forEach(registry::remove);
    }
}
