package dev.ashlar.verification.composition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Refusal;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages distinguish two allocators of one strategy, and the limits by their allocators. */
class AllocatorNamesTest {

    private static Allocator create(String strategy, AllocatorConfig.Builder config) {
        return AllocatorProviders.require(strategy).create(config.build());
    }

    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "buddy", "tlsf", "arena", "adaptive"})
    void mustNameTheAllocatorWhoseLimitRefuses(String strategy) {
        AllocatorConfig.Builder config = AllocatorConfig.builder().limitBytes(1 << 20);
        for (String name : List.of(strategy, "cache")) {
            config.properties(name.equals(strategy) ? Map.of() : Map.of("ashlar.name", name));
            try (Allocator allocator = create(strategy, config)) {
                for (long byteSize : new long[] {64, 3000, 2 << 20}) {
                    Refusal refusal = refused(allocator, byteSize);
                    assertThat(refusal.name()).isEqualTo(name);
                    assertThat(refusal.message())
                            .contains("under the limit '" + name + "'", "of memory taken from the source");
                }
                assertThat(allocator).asString().contains(name);
                assertThat(allocator.as(Limit.class).orElseThrow().name()).isEqualTo(name);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "buddy", "tlsf", "arena", "adaptive"})
    void mustNameTheBudgetThatRefuses(String strategy) {
        Limit process = Limit.of("process", 1 << 20);
        AllocatorConfig.Builder config = AllocatorConfig.builder().budget(process);
        try (Allocator one = create(strategy, config);
                Allocator two = create(strategy, config.name("two").limitBytes(4 << 20))) {
            assertThat(refused(one, 3000).name()).isEqualTo("process");
            assertThat(refused(two, 2 << 20).name()).isEqualTo("process");
            assertThat(process.usedBytes())
                    .isEqualTo(one.stats().committedBytes() + two.stats().committedBytes());
        }
        assertThat(process.usedBytes()).isZero();
    }

    private static Refusal refused(Allocator allocator, long byteSize) {
        try {
            while (allocator.stats().allocations() < 100_000) {
                allocator.allocate(byteSize, 8);
            }
            throw new AssertionError("nothing is refused");
        } catch (AllocationException e) {
            return e.refusal();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "buddy", "tlsf", "arena", "adaptive"})
    void mustNameTheAllocatorThatIsClosedWithLiveBlocks(String strategy) {
        List<String> reports = new ArrayList<>();
        Logger logger = Logger.getLogger("dev.ashlar.leaks");
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord report) {
                reports.add(report.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        logger.addHandler(handler);
        logger.setUseParentHandlers(false);
        try (Allocator allocator = create(strategy, AllocatorConfig.builder().name("cache"))) {
            allocator.allocate(100);
            Allocator view = Allocators.limited(allocator, "requests", 1 << 20);
            view.allocate(50);
            view.close();
        } finally {
            logger.removeHandler(handler);
            logger.setUseParentHandlers(true);
        }
        assertThat(reports).hasSize(2);
        assertThat(reports.getFirst()).contains("'requests'", "1 live block of 50 bytes");
        assertThat(reports.getLast()).startsWith("'cache' is closed with 2 live blocks");
    }
}
