package dev.ashlar.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.support.TryFree;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.FaultySource;
import dev.ashlar.testkit.TestLength;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Closing while foreign calls use memory, and by several threads at once. */
class RegionCloseTest {

    private static final long BEYOND_REGIONS = (64 << 20) + 1;

    private final FaultySource source = new FaultySource();

    @AfterEach
    void mustHaveUsedTheSourceProperly() {
        assertThat(source.misuses()).isEmpty();
        assertThat(source.openChunks()).isZero();
    }

    private Allocator create(String strategy) {
        return AllocatorProviders.require(strategy)
                .create(AllocatorConfig.builder().source(source).build());
    }

    @ParameterizedTest
    @CsvSource({"buddy, 20000", "tlsf, 20000", "buddy, " + BEYOND_REGIONS, "tlsf, " + BEYOND_REGIONS})
    void mustCloseEverythingButTheBusyChunkAndThatWhenItIsClosedAgain(String strategy, long busySize) {
        Allocator allocator = create(strategy);
        allocate(allocator, 100);
        MemorySegment busy = allocator.allocate(busySize, 8);
        allocate(allocator, 100);
        assertThat(source.openChunks()).isGreaterThan(5);
        source.keepChunkOpen(busy.address());
        for (int i = 0; i < 2; i++) {
            assertThatIllegalStateException().isThrownBy(allocator::close).withMessageContaining("in use");
            assertThat(source.openChunks()).isEqualTo(1);
            assertThatThrownBy(() -> allocator.allocate(8)).isInstanceOf(IllegalStateException.class);
            assertThat(allocator.stats().committedBytes()).isEqualTo(source.openBytes());
        }
        source.recover();
        allocator.close();
        assertThat(source.openChunks()).isZero();
        allocator.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"buddy", "tlsf"})
    void mustRefuseToFreeInARegionThatCouldNotBeClosed(String strategy) {
        Allocator allocator = create(strategy);
        MemorySegment busy = allocator.allocate(20_000, 8);
        source.keepChunkOpen(busy.address());
        assertThatIllegalStateException().isThrownBy(allocator::close);
        assertThatIllegalStateException().isThrownBy(() -> allocator.free(busy));
        assertThatIllegalStateException()
                .isThrownBy(() -> ((TryFree) allocator).tryFree(busy.address(), busy.byteSize()));
        source.recover();
        allocator.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"buddy", "tlsf"})
    void mustLetThreadsCloseAtOnce(String strategy) throws Exception {
        for (int round = TestLength.of(30, 1_000); round > 0; round--) {
            Allocator allocator = create(strategy);
            allocate(allocator, 50);
            List<Future<?>> closes = new ArrayList<>();
            CyclicBarrier start = new CyclicBarrier(3);
            try (ExecutorService executor = Executors.newFixedThreadPool(3)) {
                for (int i = 0; i < 3; i++) {
                    closes.add(executor.submit(() -> {
                        start.await();
                        allocator.close();
                        return null;
                    }));
                }
            }
            for (Future<?> close : closes) {
                close.get();
            }
        }
    }

    private static void allocate(Allocator allocator, int blocks) {
        for (int i = 0; i < blocks; i++) {
            allocator.allocate(20_000, 8);
        }
    }
}
