package dev.ashlar.adaptive.micrometer;

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

/** The meters of one allocator in one registry. */
final class BoundMeters {

    private final MeterRegistry registry;

    /** What counters hold on to weakly; the gauges keep it alive. */
    private final AllocatorMetrics owner;

    private final Queue<Meter> meters = new ConcurrentLinkedQueue<>();
    private final Set<String> pools = ConcurrentHashMap.newKeySet();

    BoundMeters(MeterRegistry registry, AllocatorMetrics owner) {
        this.registry = registry;
        this.owner = owner;
    }

    /** Reads a figure. */
    @FunctionalInterface
    interface Figure {
        double read();
    }

    void bytes(String name, String description, Tags tags, Figure figure) {
        meters.add(Gauge.builder(name, figure::read)
                .description(description)
                .baseUnit(BaseUnits.BYTES)
                .tags(tags)
                .register(registry));
    }

    void gauge(String name, String description, Tags tags, Figure figure) {
        meters.add(Gauge.builder(name, figure::read)
                .description(description)
                .tags(tags)
                .register(registry));
    }

    void counter(String name, String description, Tags tags, Figure figure) {
        meters.add(FunctionCounter.builder(name, owner, _ -> figure.read())
                .description(description)
                .tags(tags)
                .register(registry));
    }

    /** Whether a pool's meters are not there yet; from now on they are. */
    boolean isFirst(String pool) {
        return pools.add(pool);
    }

    void remove() {
        meters.forEach(registry::remove);
    }
}
