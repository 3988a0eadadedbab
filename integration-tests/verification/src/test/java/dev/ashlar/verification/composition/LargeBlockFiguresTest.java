package dev.ashlar.verification.composition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The figures of blocks that are too large for a slot or region, also of refused ones. */
class LargeBlockFiguresTest {

    private static final long LARGE = 8 << 20;

    private static Allocator create(String strategy, long limitBytes) {
        return AllocatorProviders.require(strategy)
                .create(AllocatorConfig.builder().limitBytes(limitBytes).build());
    }

    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "buddy", "tlsf", "arena", "adaptive"})
    void mustCountARefusedBlockOnce(String strategy) {
        try (Allocator allocator = create(strategy, 1 << 20)) {
            assertThat(allocator.tryAllocate(LARGE, 8)).isNull();
            assertThat(allocator.stats().refused()).isEqualTo(1);
            Allocator limited = Allocators.limited(allocator, 2 * LARGE);
            assertThat(limited.tryAllocate(LARGE, 8)).isNull();
            assertThat(limited.stats().refused()).isEqualTo(1);
            assertThat(allocator.stats().refused()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "arena", "adaptive"})
    void mustKnowWhatWasRequestedAtThePeak(String strategy) {
        try (Allocator allocator = create(strategy, 64 << 20)) {
            allocator.free(allocator.allocate(LARGE));
            assertThat(allocator.stats().peakCommittedBytes()).isGreaterThanOrEqualTo(LARGE);
            assertThat(allocator.stats().requestedAtPeakBytes()).isEqualTo(LARGE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "buddy", "tlsf", "adaptive"})
    void mustServeALimitForEverWhateverAClientSaysOfSizes(String strategy) {
        try (Allocator allocator = create(strategy, 64 << 20)) {
            Allocator limited = Allocators.limited(allocator, 2 * LARGE);
            for (int i = 0; i < 100_000; i++) {
                limited.free(limited.allocate(1000).asSlice(0, 10));
            }
            assertThat(limited.stats().requestedBytes()).isZero();
            limited.free(limited.allocate(2 * LARGE - 4096));
        }
    }
}
