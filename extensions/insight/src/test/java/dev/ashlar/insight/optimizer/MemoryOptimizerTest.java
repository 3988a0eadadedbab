package dev.ashlar.insight.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.example.Leaky;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.insight.optimizer.OptimizerConfig.Part;
import dev.ashlar.insight.optimizer.OptimizerReport.Change;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.PoolProviders;
import dev.ashlar.testkit.FaultySource;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleSupplier;
import jdk.jfr.FlightRecorder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MemoryOptimizerTest {

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    private MemoryOptimizer optimizer(String... more) {
        Map<String, String> properties = new TreeMap<>(Map.of(
                "ashlar.adaptive.housekeeping", "manual",
                "ashlar.retained", "16MiB",
                "optimizer.collector", "off"));
        for (int i = 0; i < more.length; i += 2) {
            properties.put(more[i], more[i + 1]);
        }
        return new MemoryOptimizer(OptimizerConfig.from(properties), () -> now);
    }

    private void pass(MemoryOptimizer optimizer) {
        now = now.plusSeconds(10);
        optimizer.pass();
    }

    private static Pool<Object> pool() {
        return PoolProviders.standard()
                .create(PoolConfig.<Object>builder(Object::new).build());
    }

    private static void churn(MemoryOptimizer optimizer) {
        List<MemorySegment> blocks = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            blocks.add(optimizer.allocator().allocate(4096));
        }
        blocks.forEach(optimizer.allocator()::free);
    }

    @Test
    void mustReleaseIdleMemoryAfterTwoWindowsBelowTheTargetAndTellWhatThatGained() {
        try (MemoryOptimizer optimizer = optimizer()) {
            churn(optimizer);
            pass(optimizer);
            assertThat(optimizer.report().changes()).isEmpty();
            pass(optimizer);
            assertThat(optimizer.report().changes()).singleElement().satisfies(change -> {
                assertThat(change.what()).contains("idle bytes", "use was 0 %", "target is 50 %");
                assertThat(change.before().committedBytes()).isPositive();
                assertThat(change.after()).isEmpty();
            });
            pass(optimizer);
            Change change = optimizer.report().changes().getFirst();
            assertThat(change.after().orElseThrow().committedBytes())
                    .isLessThan(change.before().committedBytes() / 2);
            assertThat(optimizer.report().text()).contains("changes", "before:", "after:");
        }
    }

    @Test
    void mustWaitLongerAfterAReleaseThatCostHits() {
        try (MemoryOptimizer optimizer = optimizer()) {
            churn(optimizer);
            pass(optimizer);
            churn(optimizer);
            pass(optimizer);
            assertThat(optimizer.report().changes()).hasSize(1);
            churn(optimizer); // misses, because the memory was released
            pass(optimizer);
            churn(optimizer);
            pass(optimizer);
            churn(optimizer);
            pass(optimizer);
            assertThat(optimizer.report().changes()).as("after three windows").hasSize(1);
            churn(optimizer);
            pass(optimizer);
            assertThat(optimizer.report().changes()).as("after four").hasSize(2);
        }
    }

    @Test
    void mustSuspectThePlaceThatGrowsAllTheTimeAndNoOther() {
        try (MemoryOptimizer optimizer = optimizer("optimizer.target-use", "0", "ashlar.tracking", "all")) {
            List<MemorySegment> kept = new ArrayList<>();
            MemorySegment once = Leaky.once(optimizer.allocator());
            for (int window = 0; window < 7; window++) {
                for (int i = 0; i < 10; i++) {
                    kept.add(Leaky.grows(optimizer.allocator()));
                }
                churn(optimizer);
                pass(optimizer);
            }
            OptimizerReport report = optimizer.report();
            assertThat(report.leaks()).singleElement().satisfies(leak -> {
                assertThat(leak.site().frames().getFirst().getMethodName()).isEqualTo("grows");
                assertThat(leak.growthBytesPerSecond()).isPositive();
            });
            assertThat(report.text()).contains("leaks suspected", "com.example.Leaky.grows");
            optimizer.allocator().free(once);
            kept.forEach(optimizer.allocator()::free);
        }
    }

    @Test
    void mustReportPoolsCachesAndRecommendationsAndStopOnce() {
        MemoryOptimizer optimizer = optimizer("ashlar.limit", "1MiB", "ashlar.retained", "0");
        List<Long> evictions = new ArrayList<>();
        optimizer.watchCache("pages", () -> 0.75, evictions::add);
        Pool<Object> pool = pool();
        optimizer.watchPool("buffers", pool);
        pool.release(pool.acquire());
        assertThat(optimizer.allocator().tryAllocate(2 << 20, 8)).isNull();
        assertThat(evictions).isNotEmpty();
        MemorySegment block = optimizer.allocator().allocate(64);
        now = now.plus(Duration.ofMinutes(1));
        OptimizerReport report = optimizer.stop();
        assertThat(optimizer.stop()).isSameAs(report);
        assertThat(report.watched()).isEqualTo(Duration.ofMinutes(1));
        assertThat(report.hitRates()).isEqualTo(Map.of("cache pages", 0.75, "pool buffers", 0.0));
        assertThat(report.memory().pools()).containsOnlyKeys("buffers");
        assertThat(report.recommendations()).anyMatch(advice -> advice.contains("1 requests were refused"));
        assertThat(report.collector()).isNull();
        assertThat(report.efficiency()).isBetween(0.0, 1.0);
        evictions.clear();
        assertThat(optimizer.allocator().tryAllocate(2 << 20, 8)).isNull();
        assertThat(evictions).as("after the stop").isEmpty();
        optimizer.allocator().free(block);
        optimizer.close();
        optimizer.close();
        assertThat(optimizer.allocator().isClosed()).isTrue();
    }

    private static int recordings() {
        return FlightRecorder.getFlightRecorder().getRecordings().size();
    }

    private static void assertEnded(MemoryOptimizer optimizer) {
        assertThatIllegalStateException()
                .isThrownBy(() -> optimizer.watchCache("late", () -> 1, _ -> {}))
                .withMessageContaining("the cache late");
    }

    @Test
    void mustEndTheWatchWhenItsAllocatorIsClosedAlready() {
        int before = recordings();
        for (boolean isStoppedFirst : new boolean[] {true, false}) {
            MemoryOptimizer optimizer = optimizer("optimizer.collector", "watch");
            assertThat(recordings()).isEqualTo(before + 1);
            optimizer.allocator().close();
            if (isStoppedFirst) {
                assertThatIllegalStateException().isThrownBy(optimizer::stop).withMessageContaining("closed");
            } else {
                optimizer.close();
            }
            assertThat(recordings()).isEqualTo(before);
            assertEnded(optimizer);
            optimizer.close();
        }
    }

    @Test
    void mustEndTheWatchWhenAHitRateCannotBeRead() {
        MemoryOptimizer optimizer = optimizer("ashlar.limit", "1MiB", "ashlar.retained", "0");
        List<Long> evictions = new ArrayList<>();
        DoubleSupplier broken = () -> {
            throw new UnsupportedOperationException("planned");
        };
        optimizer.watchCache("pages", broken, evictions::add);
        assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(optimizer::stop);
        assertThat(optimizer.allocator().tryAllocate(2 << 20, 8)).isNull();
        assertThat(evictions).isEmpty();
        assertEnded(optimizer);
        optimizer.close();
        assertThat(optimizer.allocator().isClosed()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void mustRefuseASecondPoolOrCacheOfOneNameUnlessTheFirstPoolIsClosed(Part part) {
        String mode = part.name();
        try (MemoryOptimizer optimizer = optimizer("optimizer.pooling", mode, "optimizer.caching", mode)) {
            Pool<Object> pool = pool();
            Pool<Object> second = pool();
            optimizer.watchPool("one", pool);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> optimizer.watchPool("one", second))
                    .withMessageContaining("pool one");
            optimizer.watchCache("one", () -> 0.75, _ -> {});
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> optimizer.watchCache("one", () -> 0.5, _ -> {}))
                    .withMessageContaining("cache one");
            assertThat(optimizer.report().hitRates())
                    .isEqualTo(part == Part.OFF ? Map.of() : Map.of("cache one", 0.75, "pool one", 1.0));
            pool.close();
            optimizer.watchPool("one", second);
            OptimizerReport report = optimizer.stop();
            assertEnded(optimizer);
            assertThatIllegalStateException().isThrownBy(() -> optimizer.watchPool("late", pool()));
            assertThat(optimizer.report().hitRates()).isEqualTo(report.hitRates());
        }
    }

    @Test
    void mustCloseTheAllocatorIfItCannotStart() {
        try (FaultySource source = new FaultySource()) {
            Map<String, String> properties = Map.of(
                    "ashlar.adaptive.housekeeping", "manual",
                    "ashlar.retained", "1MiB",
                    "ashlar.preallocate", "1MiB");
            AllocatorConfig memory =
                    AllocatorConfig.from(properties).toBuilder().source(source).build();
            AtomicInteger calls = new AtomicInteger();
            AdaptiveAllocator.create(memory, () -> counted(calls, Integer.MAX_VALUE))
                    .close();
            int ofAllocator = calls.getAndSet(0);
            OptimizerConfig config =
                    new OptimizerConfig(memory, Part.OFF, Part.OFF, Part.OFF, 50, Duration.ofSeconds(1));
            assertThatExceptionOfType(UnsupportedOperationException.class)
                    .isThrownBy(() -> new MemoryOptimizer(config, () -> counted(calls, ofAllocator)));
            assertThat(source.takes()).isPositive();
            assertThat(source.openChunks()).isZero();
        }
    }

    private Instant counted(AtomicInteger calls, int most) {
        if (calls.getAndIncrement() == most) {
            throw new UnsupportedOperationException("planned");
        }
        return now;
    }

    @Test
    void mustNoteWhatTheAllocatorAdapts() {
        try (MemoryOptimizer optimizer =
                optimizer("ashlar.retained", "64KiB", "ashlar.limit", "256MiB", "optimizer.target-use", "0")) {
            for (int second = 0; second < 300 && optimizer.report().changes().isEmpty(); second++) {
                churn(optimizer);
                now = now.plusSeconds(1);
                optimizer.allocator().housekeep();
                optimizer.pass();
            }
            assertThat(optimizer.report().changes())
                    .isNotEmpty()
                    .allMatch(change -> change.what().contains("retained"));
        }
    }
}
