package dev.ashlar.metrics.micrometer;

import dev.ashlar.api.Registration;
import dev.ashlar.metrics.Figure;
import dev.ashlar.metrics.Watched;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.BaseUnits;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Shows allocators, pools and limits in a registry of Micrometer, each figure as a meter.
 *
 * {@snippet class="dev.ashlar.verification.shown.MetricsCodeTest" region="meters"}
 *
 * <p>Names of meters consist of the type and the figure, such as {@code ashlar.allocator.live.blocks}. The word {@code
 * bytes} is left out, because it is the unit. A tag named after the type has the name: {@code allocator="main"}.
 * Counters become counters, all other figures gauges.
 */
public final class Meters {

    /** Held from the check whether a name is free until it is used. */
    private static final ReentrantLock NAMING = new ReentrantLock();

    private Meters() {}

    /**
     * Shows something in a registry.
     *
     * @param watched what to show
     * @param registry where
     * @return ends it
     * @throws IllegalArgumentException if the registry has one of that type and name
     */
    public static Registration register(Watched watched, MeterRegistry registry) {
        NAMING.lock();
        try {
            requireFree(watched, registry);
            List<Meter> meters = watched.figures().stream()
                    .map(figure -> meter(watched, figure, registry))
                    .toList();
            return watched.shown(() -> meters.forEach(registry::remove));
        } finally {
            NAMING.unlock();
        }
    }

    private static void requireFree(Watched watched, MeterRegistry registry) {
        for (Figure<?> figure : watched.figures()) {
            if (registry.find(nameOf(watched, figure))
                            .tag(watched.type(), watched.name())
                            .meter()
                    != null) {
                throw new IllegalArgumentException("There are meters of " + watched + " already. Give each "
                        + watched.type() + " a name of its own, and close the registration of one that has ended.");
            }
        }
    }

    private static Meter meter(Watched watched, Figure<?> figure, MeterRegistry registry) {
        String name = nameOf(watched, figure);
        String key = figure.name();
        if (figure.kind() == Figure.Kind.COUNTER) {
            // A counter refers weakly to its object, and strongly to the function.
            return FunctionCounter.builder(name, watched, _ -> watched.value(key))
                    .description(figure.description())
                    .tag(watched.type(), watched.name())
                    .register(registry);
        }
        return Gauge.builder(name, () -> watched.value(key))
                .description(figure.description())
                .baseUnit(figure.kind() == Figure.Kind.BYTES ? BaseUnits.BYTES : null)
                .tag(watched.type(), watched.name())
                .register(registry);
    }

    private static String nameOf(Watched watched, Figure<?> figure) {
        String words = figure.kind() == Figure.Kind.BYTES ? figure.name().replaceFirst("Bytes$", "") : figure.name();
        return "ashlar." + dotted(watched.type()) + "." + dotted(words);
    }

    /** {@code liveBlocks} as {@code live.blocks}. */
    private static String dotted(String name) {
        return name.replaceAll("(?=[A-Z])", ".").toLowerCase(Locale.ROOT);
    }
}
