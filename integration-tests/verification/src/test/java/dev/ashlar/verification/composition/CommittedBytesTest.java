package dev.ashlar.verification.composition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Limit;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.AllocatorSource;
import dev.ashlar.spi.support.DirectAllocator;
import dev.ashlar.spi.support.MeteredSource;
import dev.ashlar.testkit.FaultySource;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Committed bytes are the bytes that the source takes, with padding and rounding. */
class CommittedBytesTest {

    private static Allocator create(String strategy, MemorySource source) {
        return AllocatorProviders.require(strategy)
                .create(AllocatorConfig.builder().source(source).build());
    }

    static Stream<Arguments> overEach() {
        return Stream.of("slab", "lockfree", "buddy", "tlsf", "adaptive")
                .flatMap(below -> Stream.of("slab", "lockfree", "buddy", "tlsf", "arena", "adaptive", "direct")
                        .map(above -> Arguments.of(below, above)));
    }

    @ParameterizedTest
    @MethodSource("overEach")
    void mustCountWhatBlocksOfTheAllocatorUnderneathTake(String below, String above) {
        try (FaultySource memory = new FaultySource();
                Allocator root = create(below, memory);
                Allocator allocator = above.equals("direct")
                        ? new DirectAllocator(
                                new MeteredSource(new AllocatorSource(root), AllocationException.NO_LIMIT, () -> 0))
                        : create(above, new AllocatorSource(root))) {
            List<MemorySegment> blocks = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                blocks.add(allocator.allocate(1 + i * (i % 10 == 0 ? 1_001 : 7L), 1L << i % 14));
                assertSame(allocator, root, memory);
            }
            for (MemorySegment block : blocks) {
                allocator.free(block);
                assertSame(allocator, root, memory);
            }
        }
    }

    private static void assertSame(Allocator allocator, Allocator root, FaultySource memory) {
        assertThat(allocator.stats().committedBytes()).isEqualTo(root.stats().allocatedBytes());
        assertThat(root.stats().committedBytes()).isEqualTo(memory.openBytes());
    }

    /** A large block with a large alignment: nearly half of its bytes are padding, which the ratios show. */
    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "buddy", "tlsf", "arena", "adaptive"})
    void mustShowPaddingInTheRatios(String strategy) {
        long size = 8 << 20;
        try (FaultySource memory = new FaultySource();
                Allocator allocator = create(strategy, memory)) {
            MemorySegment block = allocator.allocate(size, size);
            AllocatorStats stats = allocator.stats();
            assertThat(stats.committedBytes()).isEqualTo(memory.openBytes()).isEqualTo(2 * size - 16);
            assertThat(stats.committedOverRequested()).isCloseTo(2, within(0.001));
            assertThat(stats.utilisation()).isCloseTo(0.5, within(0.001));
            assertThat(stats.internalFragmentation()).isZero();
            allocator.free(block);
        }
    }

    /** A limit counts padding too. A request is refused if only its size would fit. */
    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "buddy", "tlsf", "arena", "adaptive"})
    void mustRefuseWhatPassesALimitWithItsPadding(String strategy) {
        long size = 8 << 20;
        try (FaultySource memory = new FaultySource();
                Allocator allocator = AllocatorProviders.require(strategy)
                        .create(AllocatorConfig.builder()
                                .source(memory)
                                .limitBytes(2 * size - 17)
                                .build())) {
            assertThat(allocator.tryAllocate(size, size)).isNull();
            assertThat(allocator.refusal(size, size).message()).contains(String.valueOf(2 * size - 16));
            assertThat(memory.takes()).isZero();
            assertThat(allocator.tryAllocate(size, size / 2)).isNotNull();
        }
    }

    /** Preallocated memory fits the limit with its padding. */
    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "buddy", "tlsf", "arena", "adaptive"})
    void mustTakeAsMuchAheadAsTheLimitAllows(String strategy) {
        for (long limit : new long[] {256 * 1024, 1_000_000, 1 << 20, 3 << 20, (5 << 20) + 64 * 1024}) {
            try (FaultySource memory = new FaultySource();
                    Allocator allocator = AllocatorProviders.require(strategy)
                            .create(AllocatorConfig.builder()
                                    .source(memory)
                                    .limitBytes(limit)
                                    .retainedBytes(limit)
                                    .preallocateBytes(limit)
                                    .build())) {
                assertThat(memory.openBytes()).isBetween(limit * 9 / 10, limit);
                assertThat(allocator.stats().committedBytes()).isEqualTo(memory.openBytes());
                assertThat(allocator.tryAllocate(1000, 8)).isNotNull();
            }
        }
    }

    /** Nobody has the allocator, so nobody else can close it. */
    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "buddy", "tlsf", "arena", "adaptive"})
    void mustGiveBackWhatWasTakenAheadWhenTheSourceFails(String strategy) {
        try (FaultySource memory = new FaultySource()) {
            memory.failTake(2);
            Limit budget = Limit.of("budget", 1L << 30);
            AllocatorConfig config = AllocatorConfig.builder()
                    .source(memory)
                    .budget(budget)
                    .retainedBytes(300 << 20)
                    .preallocateBytes(300 << 20)
                    .build();
            assertThatThrownBy(() -> AllocatorProviders.require(strategy).create(config))
                    .isInstanceOf(RuntimeException.class);
            assertThat(memory.hasFailed()).isTrue();
            assertThat(memory.openBytes()).isZero();
            assertThat(budget.usedBytes()).isZero();
        }
    }
}
