package dev.ashlar.arena;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Closing while foreign calls use memory, and by several threads at once. */
class ArenaCloseTest {

    private final FaultySource source = new FaultySource();

    @AfterEach
    void mustHaveUsedTheSourceProperly() {
        assertThat(source.misuses()).isEmpty();
        assertThat(source.openChunks()).isZero();
    }

    private Allocator create() {
        return AllocatorProviders.require("arena")
                .create(AllocatorConfig.builder().source(source).build());
    }

    @ParameterizedTest
    @ValueSource(longs = {20_000, 2_000_000})
    void mustCloseEverythingButTheBusyChunkAndThatWhenItIsClosedAgain(long busySize) {
        Allocator allocator = create();
        allocate(allocator, 100);
        MemorySegment busy = allocator.allocate(busySize, 8);
        allocator.allocate(2_000_000, 8);
        allocate(allocator, 100);
        assertThat(source.openChunks()).isGreaterThan(5);
        source.keepChunkOpen(busy.address());
        for (int i = 0; i < 2; i++) {
            assertThatIllegalStateException().isThrownBy(allocator::close).withMessageContaining("in use");
            assertThat(source.openChunks()).isEqualTo(1);
            assertThatThrownBy(() -> allocator.allocate(8)).isInstanceOf(IllegalStateException.class);
            assertThat(allocator.stats().liveBlocks()).isEqualTo(202);
            assertThat(allocator.stats().committedBytes()).isEqualTo(source.openBytes());
        }
        source.recover();
        allocator.close();
        assertThat(source.openChunks()).isZero();
        allocator.close();
    }

    /** A constructor that throws leaves nobody who could close what it took. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void mustTakeNothingIfTheSourceFailsWhileItTakesMemoryInAdvance(boolean isError) {
        Limit budget = Limit.of("b", 64 << 20);
        AllocatorConfig config = AllocatorConfig.builder()
                .source(source)
                .budget(budget)
                .preallocateBytes(9 << 20)
                .build();
        source.failTake(2);
        if (isError) {
            source.atTake(2, () -> {
                throw new OutOfMemoryError("planned by the test");
            });
        }
        assertThatThrownBy(() -> AllocatorProviders.require("arena").create(config))
                .isInstanceOf(isError ? OutOfMemoryError.class : FaultySource.TakeFailure.class);
        assertThat(source.takes()).isEqualTo(1);
        assertThat(source.openBytes()).isZero();
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void mustLetThreadsCloseAtOnce() throws Exception {
        for (int round = TestLength.of(30, 1_000); round > 0; round--) {
            Allocator allocator = create();
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
