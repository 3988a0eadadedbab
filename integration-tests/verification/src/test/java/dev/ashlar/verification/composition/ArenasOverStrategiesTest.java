package dev.ashlar.verification.composition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.support.AllocatorSource;
import dev.ashlar.testkit.Race;
import dev.ashlar.testkit.TestLength;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Arenas of the JDK over real allocators: reused memory is zeroed, and none is lost. */
class ArenasOverStrategiesTest {

    private static final List<String> STRATEGIES = List.of("slab", "lockfree", "buddy", "tlsf", "arena", "adaptive");

    private static Allocator create(String strategy) {
        return AllocatorProviders.require(strategy).create(AllocatorConfig.defaults());
    }

    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "buddy", "tlsf", "arena", "adaptive"})
    void mustZeroMemoryThatAnotherArenaUsedBefore(String strategy) {
        try (Allocator allocator = create(strategy)) {
            for (int round = 0; round < 6; round++) {
                try (Arena arena = round % 2 == 0 ? Allocators.sharedArena(allocator) : Allocators.arena(allocator)) {
                    for (int i = 0; i < 200; i++) {
                        MemorySegment block = arena.allocate(1 + i * (i % 20 == 0 ? 400 : 7), 8);
                        assertThat(block.mismatch(MemorySegment.ofArray(new byte[(int) block.byteSize()])))
                                .isEqualTo(-1);
                        block.fill((byte) 0xA5);
                    }
                }
            }
            assertThat(allocator.stats().liveBlocks()).isZero();
            assertThat(allocator.stats().requestedBytes()).isZero();
        }
    }

    static Stream<Arguments> overEach() {
        return STRATEGIES.stream().flatMap(strategy -> Views.all().map(view -> Arguments.of(strategy, view)));
    }

    /** If it were closed, the access would crash the JVM. */
    @ParameterizedTest
    @MethodSource("overEach")
    void anOpenArenaMustHoldWhatIsUnderneathOpen(String strategy, Views.View view) {
        Allocator allocator = create(strategy);
        Allocator over = view.over(allocator);
        try (Arena arena = Allocators.arena(over)) {
            MemorySegment block = arena.allocate(100_000, 8);
            assertThatIllegalStateException()
                    .isThrownBy(allocator::close)
                    .withMessageContaining("arenas over it are open");
            block.fill((byte) 1);
            arena.allocate(5_000, 8).fill((byte) 2);
        }
        over.trim(); // blocks in quarantine are live underneath
        assertThat(allocator.stats().liveBlocks()).isZero();
        allocator.close();
        assertThatIllegalStateException().isThrownBy(() -> Allocators.arena(over));
        assertThatIllegalStateException().isThrownBy(() -> Allocators.sharedArena(over));
    }

    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "buddy", "tlsf", "arena", "adaptive"})
    void anOpenArenaMustHoldWhereMemoryComesFromOpen(String strategy) {
        Allocator root = create("tlsf");
        AllocatorProvider provider = AllocatorProviders.require(strategy);
        List<Allocator> over = List.of(
                provider.create(AllocatorConfig.builder()
                        .source(new AllocatorSource(root))
                        .build()),
                provider.create(AllocatorConfig.builder().upstream(root).build()));
        for (Allocator allocator : over) {
            try (Arena arena = Allocators.arena(allocator)) {
                MemorySegment block = arena.allocate(3 << 20, 8);
                assertThatIllegalStateException().isThrownBy(root::close);
                block.fill((byte) 1);
            }
            allocator.close();
        }
        assertThat(root.stats().liveBlocks()).isZero();
        root.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"slab", "adaptive"})
    void threadsThatAllocateFromASharedArenaMustGetBlocksOfTheirOwn(String strategy) {
        int count = TestLength.of(50_000, 1_000_000);
        try (Allocator allocator = create(strategy)) {
            Arena arena = Allocators.sharedArena(allocator);
            List<Race.Task> tasks = new ArrayList<>();
            for (int t = 1; t <= 3; t++) {
                long mark = t * 0x0101_0101_0101_0101L;
                tasks.add(() -> writeAndCompare(arena, mark, count));
            }
            Race.run(tasks);
            arena.close();
            assertThat(allocator.stats().liveBlocks()).isZero();
        }
    }

    private static void writeAndCompare(Arena arena, long mark, int count) {
        List<MemorySegment> mine = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            MemorySegment block = arena.allocate(i % 500 == 0 ? 3_000 : 24, 8);
            if (block.get(ValueLayout.JAVA_LONG, 0) != 0) {
                throw new AssertionError("not zeroed, or another thread's");
            }
            block.set(ValueLayout.JAVA_LONG, 0, mark);
            mine.add(block);
        }
        for (MemorySegment block : mine) {
            if (block.get(ValueLayout.JAVA_LONG, 0) != mark) {
                throw new AssertionError("another thread has the same block");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "tlsf", "adaptive"})
    void closingASharedArenaMustLeakNothingOfThreadsThatAllocate(String strategy) {
        int rounds = TestLength.of(100, 10_000);
        try (Allocator allocator = create(strategy)) {
            for (int round = 0; round < rounds; round++) {
                Arena arena = Allocators.sharedArenaWithoutZeroing(allocator);
                CountDownLatch begun = new CountDownLatch(1);
                Race.Task allocate = () -> allocateUntilClosed(arena, begun);
                Race.run(List.of(allocate, allocate, () -> {
                    begun.await();
                    closeWhenNobodyIsInside(arena);
                }));
                assertThat(allocator.stats().liveBlocks()).isZero();
            }
        }
    }

    /** Mostly blocks of their own, so that the allocator serves most of them. */
    private static void allocateUntilClosed(Arena arena, CountDownLatch begun) {
        try {
            for (int i = 0; ; i++) {
                arena.allocate(i % 8 == 0 ? 2_000 : 17_000, 8);
                begun.countDown();
            }
        } catch (IllegalStateException e) {
            if (arena.scope().isAlive()) {
                throw e;
            }
        }
    }

    private static void closeWhenNobodyIsInside(Arena arena) {
        while (arena.scope().isAlive()) {
            try {
                arena.close();
            } catch (IllegalStateException e) { // a thread is inside an access
                Thread.onSpinWait();
            }
        }
    }
}
