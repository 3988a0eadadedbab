package dev.ashlar.metrics.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.Registration;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.lockfree.LockFree;
import dev.ashlar.metrics.Figures;
import dev.ashlar.metrics.HandClock;
import dev.ashlar.metrics.Watched;
import dev.ashlar.spi.PoolProviders;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MockClock;
import io.micrometer.core.instrument.simple.CountingMode;
import io.micrometer.core.instrument.simple.SimpleConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The meters in a real Prometheus registry, which is scraped, and in a step registry, which publishes.
 */
class MetersTest {

    private static final Duration STEP = Duration.ofSeconds(10);

    private final Allocator allocator = LockFree.builder().build();
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    @AfterEach
    void close() {
        registry.close();
        allocator.close();
    }

    private Registration show(Watched watched) {
        return Meters.register(HandClock.alwaysNew(watched), registry);
    }

    /** The value of the sample whose line starts with a text. */
    private double scraped(String sample) {
        Matcher line =
                Pattern.compile("(?m)^" + Pattern.quote(sample) + " (\\S+)$").matcher(registry.scrape());
        assertThat(line.find()).as("%s in%n%s", sample, registry.scrape()).isTrue();
        return Double.parseDouble(line.group(1));
    }

    private double ofAllocator(String figure) {
        return scraped("ashlar_allocator_" + figure + "{allocator=\"main\"}");
    }

    @Test
    void mustShowMemoryAndCountsOfAnAllocator() {
        try (Registration shown = show(Watched.allocator("main", allocator))) {
            assertThat(shown).isNotNull();
            MemorySegment block = allocator.allocate(1000, 8);
            assertThat(ofAllocator("requested_bytes")).isEqualTo(1000);
            assertThat(ofAllocator("committed_bytes"))
                    .isEqualTo((double) allocator.stats().committedBytes());
            assertThat(ofAllocator("metadata_bytes")).isPositive();
            assertThat(ofAllocator("live_blocks")).isEqualTo(1);
            assertThat(ofAllocator("internal_fragmentation"))
                    .isEqualTo(allocator.stats().internalFragmentation());
            assertThat(ofAllocator("committed_over_requested")).isGreaterThan(1);
            allocator.free(block);
            assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(() -> allocator.free(block));
            assertThat(ofAllocator("allocations_total")).isEqualTo(1);
            assertThat(ofAllocator("frees_total")).isEqualTo(1);
            assertThat(ofAllocator("invalid_frees_total")).isEqualTo(1);
            assertThat(ofAllocator("misses_total")).isEqualTo(1);
            assertThat(ofAllocator("upstream_calls_total")).isPositive();
        }
    }

    @Test
    void mustShowLimitsAndWhatTheyRefuse() {
        Limit server = Limit.of("server", 8192);
        Limit limit = server.child("cache").bytes(4096).reserved(2048).build();
        Allocator cache = Allocators.limited(allocator, limit);
        try (Registration one = show(Watched.allocator("main", cache));
                Registration other = show(Watched.limit(limit));
                Registration parent = show(Watched.limit(server))) {
            assertThat(one).isNotSameAs(other).isNotSameAs(parent);
            assertThat(cache.tryAllocate(5000, 8)).isNull();
            assertThat(ofAllocator("refused_total")).isEqualTo(1);
            assertThat(ofAllocator("limit_bytes")).isEqualTo(4096);
            assertThat(ofAllocator("used_bytes")).isZero();
            MemorySegment block = cache.allocate(1024, 8);
            assertThat(scraped("ashlar_limit_used_bytes{limit=\"cache\"}")).isEqualTo(1024);
            assertThat(scraped("ashlar_limit_limit_bytes{limit=\"cache\"}")).isEqualTo(4096);
            assertThat(scraped("ashlar_limit_reserved_bytes{limit=\"cache\"}")).isEqualTo(2048);
            assertThat(scraped("ashlar_limit_refused_total{limit=\"cache\"}")).isEqualTo(1);
            assertThat(scraped("ashlar_limit_used_bytes{limit=\"server\"}")).isEqualTo(2048);
            cache.free(block);
        }
    }

    @Test
    void mustShowAPoolAndEndWithIt() {
        Pool<StringBuilder> pool = PoolProviders.standard()
                .create(PoolConfig.builder(StringBuilder::new).maxIdle(3).build());
        Registration shown = show(Watched.pool("buffers", pool));
        pool.release(pool.acquire());
        StringBuilder acquired = pool.acquire();
        assertThat(scraped("ashlar_pool_retrieved_total{pool=\"buffers\"}")).isEqualTo(2);
        assertThat(scraped("ashlar_pool_live{pool=\"buffers\"}")).isEqualTo(1);
        assertThat(scraped("ashlar_pool_max_idle{pool=\"buffers\"}")).isEqualTo(3);
        assertThat(scraped("ashlar_pool_hit_rate{pool=\"buffers\"}")).isEqualTo(0.5);
        pool.release(acquired);
        pool.close();
        assertThat(registry.scrape()).doesNotContain("NaN"); // finds that it is closed
        assertThat(registry.getMeters()).isEmpty();
        shown.close();
    }

    @Test
    void mustShowNoNaNAfterTheAllocatorIsClosedAndEndWithWhatIsWatched() {
        Watched watched = HandClock.alwaysNew(Watched.allocator("main", allocator));
        Registration shown = Meters.register(watched, registry);
        assertThat(ofAllocator("live_blocks")).isZero();
        allocator.close();
        assertThat(registry.scrape()).doesNotContain("NaN"); // finds that it is closed
        assertThat(registry.getMeters()).isEmpty();
        watched.close();
        assertThat(registry.scrape()).doesNotContain("ashlar");
        shown.close();
    }

    @Test
    void mustRefuseTwoOfOneNameAndTakeAwayItsOwnOnly() {
        Registration shown = show(Watched.allocator("main", allocator));
        int meters = registry.getMeters().size();
        try (Allocator other = LockFree.builder().build()) {
            Watched another = Watched.allocator("main", other);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> show(another))
                    .withMessageContaining("allocator 'main'");
            assertThat(registry.getMeters()).hasSize(meters);
            MemorySegment block = allocator.allocate(1000, 8);
            assertThat(ofAllocator("requested_bytes")).isEqualTo(1000);
            allocator.free(block);
            shown.close();
            assertThat(registry.getMeters()).isEmpty();
            try (Registration others = show(another);
                    Registration third = show(Watched.allocator("third", allocator))) {
                assertThat(others).isNotSameAs(third);
                shown.close();
                assertThat(registry.getMeters()).hasSize(2 * meters);
            }
        }
        assertThat(registry.getMeters()).isEmpty();
    }

    @Test
    void mustHaveADescriptionForEachMeter() {
        try (Registration shown = show(Watched.allocator("main", allocator))) {
            assertThat(shown).isNotNull();
            assertThat(registry.getMeters()).isNotEmpty().allSatisfy(meter -> {
                assertThat(meter.getId().getName()).matches("ashlar(\\.[a-z]+)+");
                assertThat(meter.getId().getDescription()).isNotBlank();
            });
        }
    }

    /** It shows differences, so a count that falls would be negative. */
    @Test
    void mustTellAStepRegistryWhatHappenedInEachStep() {
        MockClock clock = new MockClock();
        SimpleMeterRegistry steps = new SimpleMeterRegistry(
                new SimpleConfig() {
                    @Override
                    public String get(String key) {
                        return null;
                    }

                    @Override
                    public CountingMode mode() {
                        return CountingMode.STEP;
                    }

                    @Override
                    public Duration step() {
                        return STEP;
                    }
                },
                clock);
        Watched watched = HandClock.alwaysNew(Watched.allocator("main", allocator));
        Registration shown = Meters.register(watched, steps);
        FunctionCounter frees = steps.get("ashlar.allocator.frees").functionCounter();
        clock.add(STEP);
        assertThat(frees.count()).isZero();
        for (int i = 0; i < 3000; i++) {
            allocator.free(allocator.allocate(64, 8));
        }
        clock.add(STEP);
        assertThat(frees.count()).isEqualTo(3000);
        allocator.close();
        clock.add(STEP);
        assertThat(frees.count()).isZero();
        watched.close();
        assertThat(steps.find("ashlar.allocator.frees").meter()).isNull();
        clock.add(STEP);
        assertThat(frees.count()).isZero();
        shown.close();
        steps.close();
    }

    @Test
    void mustShowAPartOfAnAllocatorUnderATypeOfItsOwn() {
        try (Registration shown = show(Watched.of("sizeClass", "small", allocator::stats, Figures.ALLOCATOR))) {
            assertThat(shown).isNotNull();
            allocator.free(allocator.allocate(64, 8));
            assertThat(scraped("ashlar_size_class_allocations_total{sizeClass=\"small\"}"))
                    .isEqualTo(1);
        }
    }
}
