package dev.ashlar.verification.shown;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.adaptive.AdaptiveReport.Tier;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Registration;
import dev.ashlar.metrics.Beans;
import dev.ashlar.metrics.Events;
import dev.ashlar.metrics.Figure;
import dev.ashlar.metrics.Figures;
import dev.ashlar.metrics.Health;
import dev.ashlar.metrics.HealthCheck;
import dev.ashlar.metrics.Watched;
import dev.ashlar.metrics.micrometer.Meters;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.Ashlar;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import javax.management.JMException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Code that shows figures. */
class MetricsCodeTest {

    private final MeterRegistry registry = new SimpleMeterRegistry();

    @AfterEach
    void close() {
        registry.close();
    }

    @Test
    void everywhere() {
        try (Allocator allocator = Ashlar.allocator()) {
            // @start region="watched"
            Watched watched = Watched.allocator("main", allocator);
            Registration meters = Meters.register(watched, registry);
            Registration bean = Beans.register(watched);
            Registration events = Events.register(watched);
            // @end
            assertThat(registry.get("ashlar.allocator.committed").gauge().value())
                    .isEqualTo((double) allocator.stats().committedBytes());
            List.of(meters, bean, events).forEach(Registration::close);
        }
        assertThat(registry.getMeters()).isEmpty();
    }

    @Test
    void apart() throws JMException {
        try (Allocator allocator = Ashlar.allocator()) {
            // @start region="meters"
            Registration meters = Meters.register(Watched.allocator("main", allocator), registry);
            // @end
            // @start region="bean"
            Registration bean = Beans.register(Watched.allocator("main", allocator));
            // @end
            // @start region="events"
            Registration events = Events.register(Watched.allocator("main", allocator));
            // @end
            assertThat(registry.getMeters()).isNotEmpty();
            assertThat(ManagementFactory.getPlatformMBeanServer()
                            .getAttribute(Beans.objectName(Watched.allocator("main", allocator)), "LiveBlocks"))
                    .isEqualTo(0L);
            List.of(meters, bean, events).forEach(Registration::close);
        }
    }

    @Test
    void adaptive() {
        try (AdaptiveAllocator allocator = AdaptiveAllocator.create(AllocatorConfig.defaults())) {
            // @start region="adaptive-figures"
            Meters.register(Watched.allocator("main", allocator), registry);
            List<Tier> tiers = allocator.report().tiers(); // the same ones as long as the allocator lives
            for (int i = 0; i < tiers.size(); i++) {
                int place = i;
                Supplier<AllocatorStats> stats =
                        () -> allocator.report().tiers().get(place).stats();
                Meters.register(Watched.of("tier", tiers.get(i).name(), stats, Figures.ALLOCATOR), registry);
            }
            Supplier<AllocatorStats> ofIndex = () -> allocator.statsOfTag("index");
            Meters.register(Watched.of("tag", "index", ofIndex, Figures.ALLOCATOR), registry);

            List<Figure<AdaptiveReport>> adaptation = List.of(
                    new Figure<>(
                            "alerts",
                            Figure.Kind.NUMBER,
                            "Alerts that are on",
                            report -> report.alerts().size()),
                    new Figure<>(
                            "resizes",
                            Figure.Kind.COUNTER,
                            "Changes of what is retained",
                            report -> report.tiers().stream()
                                    .mapToLong(tier -> tier.retention().resizes())
                                    .sum()));
            Meters.register(Watched.of("adaptation", "main", allocator::report, adaptation), registry);
            // @end
            assertThat(registry.find("ashlar.tier.requested").gauges()).hasSameSizeAs(tiers);
            assertThat(registry.get("ashlar.adaptation.alerts").gauge().value()).isZero();
            assertThat(registry.get("ashlar.allocator.limit").gauge().value()).isEqualTo(-1);
        }
    }

    @Test
    void health() {
        try (Allocator allocator = Ashlar.allocator()) {
            // @start region="health"
            HealthCheck check = HealthCheck.builder()
                    .window(Duration.ofMinutes(5))
                    .threshold(Health.Kind.PRESSURE, 0.8, 0.95)
                    .of("main", allocator);
            Health health = check.now();
            // @end
            assertThat(health.status()).isEqualTo(Health.Status.UP);
        }
    }
}
