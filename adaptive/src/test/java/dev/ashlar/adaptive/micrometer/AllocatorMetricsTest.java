package dev.ashlar.adaptive.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ashlar.adaptive.AdaptationConfig;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AdaptiveConfig;
import dev.ashlar.adaptive.AdaptiveConfig.Housekeeping;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Registration;
import dev.ashlar.spi.AllocatorConfig;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The meters, as a real Prometheus registry shows them to those who scrape it. */
class AllocatorMetricsTest {

    private static final long LIMIT = 64 << 20;

    private final AdaptiveAllocator allocator = AdaptiveAllocator.create(AllocatorConfig.builder()
            .limitBytes(LIMIT)
            .settings(AdaptiveConfig.DEFAULTS.with(to -> {
                to.housekeeping = Housekeeping.MANUAL;
                to.adaptation = AdaptationConfig.DEFAULTS.with(its -> its.pause = Duration.ZERO);
            }))
            .build());

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    @AfterEach
    void close() {
        registry.close();
        allocator.close();
    }

    private AllocatorMetrics bind() {
        // What is read twice within a moment is one report; here nothing is, so that no test waits.
        AllocatorMetrics metrics = new AllocatorMetrics("main", Reports.alwaysNew(allocator));
        metrics.bindTo(registry);
        return metrics;
    }

    /** A sample's value, by the start of its line. */
    private double scraped(String sample) {
        Matcher line =
                Pattern.compile("(?m)^" + Pattern.quote(sample) + " (\\S+)$").matcher(registry.scrape());
        assertThat(line.find()).as("%s in%n%s", sample, registry.scrape()).isTrue();
        return Double.parseDouble(line.group(1));
    }

    private static String of(String name) {
        return name + "{allocator=\"main\"}";
    }

    @Test
    void mustShowMemoryOfTheWholeAllocator() {
        try (AllocatorMetrics metrics = bind()) {
            assertThat(metrics).isNotNull();
            MemorySegment block = allocator.allocate(1000, 8);
            assertThat(scraped(of("ashlar_memory_used_bytes"))).isEqualTo(1000);
            assertThat(scraped(of("ashlar_memory_allocated_bytes")))
                    .isEqualTo((double) allocator.stats().allocatedBytes())
                    .isGreaterThan(1000);
            assertThat(scraped(of("ashlar_memory_committed_bytes")))
                    .isEqualTo((double) allocator.stats().committedBytes());
            assertThat(scraped(of("ashlar_memory_limit_bytes"))).isEqualTo(LIMIT);
            assertThat(scraped(of("ashlar_memory_metadata_bytes"))).isPositive();
            assertThat(scraped(of("ashlar_fragmentation")))
                    .isEqualTo(allocator.stats().internalFragmentation())
                    .isPositive();
            assertThat(scraped(of("ashlar_utilisation")))
                    .isEqualTo(allocator.stats().utilisation())
                    .isPositive();
            assertThat(scraped(of("ashlar_blocks_live"))).isEqualTo(1);
            allocator.free(block);
            assertThat(scraped(of("ashlar_memory_used_bytes"))).isZero();
        }
    }

    @Test
    void mustCountRequestsAndRefusals() {
        try (AllocatorMetrics metrics = bind()) {
            assertThat(metrics).isNotNull();
            allocator.free(allocator.allocate(64, 8));
            MemorySegment freed = allocator.allocate(64, 8);
            allocator.free(freed);
            assertThat(allocator.tryAllocate(LIMIT + 1, 8)).isNull();
            assertThat(scraped(of("ashlar_allocations_total"))).isEqualTo(2);
            assertThat(scraped(of("ashlar_allocation_misses_total"))).isEqualTo(1);
            assertThat(scraped(of("ashlar_frees_total"))).isEqualTo(2);
            assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(() -> allocator.free(freed));
            assertThat(scraped(of("ashlar_frees_invalid_total"))).isEqualTo(1);
            assertThat(scraped(of("ashlar_allocation_refusals_total"))).isEqualTo(1);
            assertThat(scraped(of("ashlar_hit_rate"))).isEqualTo(0.5);
            assertThat(scraped(of("ashlar_alerts"))).isZero();
        }
    }

    @Test
    void mustShowEachTier() {
        try (AllocatorMetrics metrics = bind()) {
            assertThat(metrics).isNotNull();
            String small = allocator.report().tiers().getFirst().name();
            String tags = "{allocator=\"main\",strategy=\"slab\",tier=\"" + small + "\"}";
            MemorySegment block = allocator.allocate(100, 4);
            assertThat(scraped("ashlar_tier_memory_used_bytes" + tags)).isEqualTo(100);
            assertThat(scraped("ashlar_tier_allocations_total" + tags)).isEqualTo(1);
            assertThat(scraped("ashlar_tier_memory_retained_bytes" + tags))
                    .isEqualTo((double) allocator.report().tiers().getFirst().retainedBytes());
            assertThat(scraped("ashlar_tier_hit_rate_recent" + tags)).isEqualTo(1);
            assertThat(registry.scrape().lines().filter(line -> line.startsWith("ashlar_tier_memory_used_bytes")))
                    .hasSize(allocator.report().tiers().size());
            allocator.free(block);
        }
    }

    @Test
    void mustCountResizes() {
        try (AllocatorMetrics metrics = bind()) {
            assertThat(metrics).isNotNull();
            String tier = allocator.report().tiers().getFirst().name();
            String sample = "ashlar_tier_resizes_total{allocator=\"main\",strategy=\"slab\",tier=\"" + tier + "\"}";
            assertThat(scraped(sample)).isZero();
            resize();
            assertThat(scraped(sample)).isPositive();
        }
    }

    /** A load that comes back for everything that went upstream, until the policy grants it more. */
    private void resize() {
        List<MemorySegment> blocks = new ArrayList<>();
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < 20_000; i++) {
                blocks.add(allocator.allocate(200, 8));
            }
            allocator.housekeep();
            blocks.forEach(allocator::free);
            blocks.clear();
            allocator.trim();
            allocator.housekeep();
        }
    }

    @Test
    void mustShowAPoolThatIsWatchedLater() {
        try (AllocatorMetrics metrics = bind()) {
            assertThat(metrics).isNotNull();
            try (Registration watched = allocator.watchPool("packets", new CountedPool())) {
                assertThat(watched).isNotNull();
                assertThat(registry.scrape()).isNotEmpty(); // finds it
                String tags = "{allocator=\"main\",pool=\"packets\"}";
                assertThat(scraped("ashlar_pool_objects_idle" + tags)).isEqualTo(3);
                assertThat(scraped("ashlar_pool_objects_live" + tags)).isEqualTo(2);
                assertThat(scraped("ashlar_pool_max_idle" + tags)).isEqualTo(7);
                assertThat(scraped("ashlar_pool_acquires_total" + tags)).isEqualTo(100);
                assertThat(scraped("ashlar_pool_discards_total" + tags)).isEqualTo(5);
                assertThat(scraped("ashlar_pool_hit_rate" + tags)).isEqualTo(0.9);
                assertThat(scraped("ashlar_pool_reuse_ratio" + tags)).isEqualTo(0.9);
                assertThat(scraped("ashlar_pool_resizes_total" + tags)).isZero();
            }
        }
    }

    @Test
    void mustHaveADescriptionForEachMeter() {
        try (AllocatorMetrics metrics = bind()) {
            assertThat(metrics).isNotNull();
            assertThat(registry.getMeters()).allSatisfy(meter -> {
                assertThat(meter.getId().getName()).startsWith("ashlar.").matches("[a-z]+(\\.[a-z]+)*");
                assertThat(meter.getId().getDescription()).isNotBlank();
            });
        }
    }

    @Test
    void mustShowNoLimitAsLessThanNothing() {
        try (AdaptiveAllocator boundless = AdaptiveAllocator.create(AllocatorConfig.defaults())) {
            new AllocatorMetrics(boundless, "main").bindTo(registry);
            assertThat(scraped(of("ashlar_memory_limit_bytes"))).isEqualTo(-1);
        }
    }

    @Test
    void mustRemoveTheMetersOfAnAllocatorThatIsClosed() {
        bind();
        allocator.watchPool("packets", new CountedPool());
        assertThat(registry.scrape()).contains("ashlar_pool");
        allocator.close();
        assertThat(registry.scrape()).isNotNull(); // finds it
        assertThat(registry.getMeters()).isEmpty();
        assertThat(registry.scrape()).doesNotContain("ashlar");
    }

    @Test
    void mustRefuseTwoAllocatorsOfOneName() {
        AllocatorMetrics metrics = bind();
        metrics.bindTo(registry);
        int meters = registry.getMeters().size();
        try (AdaptiveAllocator other = AdaptiveAllocator.create(AllocatorConfig.defaults())) {
            AllocatorMetrics others = new AllocatorMetrics(other, "main");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> others.bindTo(registry))
                    .withMessageContaining("main");
            others.close();
            assertThat(registry.getMeters()).hasSize(meters);
            MemorySegment block = allocator.allocate(1000, 8);
            assertThat(scraped(of("ashlar_memory_used_bytes"))).isEqualTo(1000);
            allocator.free(block);
            metrics.close();
            others.bindTo(registry);
            assertThat(scraped(of("ashlar_memory_used_bytes"))).isZero();
        }
    }

    @Test
    void mustRemoveTheMetersOfAPoolThatIsWatchedNoMore() {
        try (AllocatorMetrics metrics = bind()) {
            assertThat(metrics).isNotNull();
            try (Registration watched = allocator.watchPool("packets", new CountedPool())) {
                assertThat(watched).isNotNull();
                assertThat(registry.scrape()).isNotEmpty(); // finds it
                assertThat(scraped("ashlar_pool_acquires_total{allocator=\"main\",pool=\"packets\"}"))
                        .isEqualTo(100);
            }
            assertThat(registry.scrape()).isNotEmpty(); // finds that it is gone
            assertThat(registry.scrape()).doesNotContain("ashlar_pool").contains("ashlar_memory");
        }
    }

    /** A registry that shows differences would show less than nothing. */
    @Test
    void mustNotLetACounterFallWhenAPoolEndsOrAnotherGetsItsName() {
        SimpleMeterRegistry counters = new SimpleMeterRegistry();
        try (AllocatorMetrics metrics = new AllocatorMetrics("main", Reports.alwaysNew(allocator))) {
            CountedPool pool = new CountedPool();
            pool.acquires = 3000;
            Registration watched = allocator.watchPool("packets", pool);
            metrics.bindTo(counters);
            FunctionCounter acquires = counters.get("ashlar.pool.acquires").functionCounter();
            assertThat(acquires.count()).isEqualTo(3000);
            watched.close();
            CountedPool next = new CountedPool();
            next.acquires = 10;
            Registration watchedNext = allocator.watchPool("packets", next);
            assertThat(acquires.count()).isEqualTo(3010);
            next.acquires = 20;
            assertThat(acquires.count()).isEqualTo(3020);
            watchedNext.close();
            assertThat(acquires.count()).isEqualTo(3020);
            assertThat(counters.find("ashlar.pool.acquires").meter()).isNull();
        }
        counters.close();
    }

    @Test
    void mustTakeItsMetersAway() {
        AllocatorMetrics metrics = bind();
        assertThat(registry.getMeters()).isNotEmpty();
        metrics.close();
        metrics.close();
        assertThat(registry.getMeters()).isEmpty();
        assertThat(registry.scrape()).doesNotContain("ashlar");
    }
}
