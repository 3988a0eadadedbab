package dev.ashlar.api.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.CheckingAllocator;
import dev.ashlar.api.InvalidBlockException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The rules of the JDK's arenas, on arenas over an allocator. */
class ArenasTest {

    private final CheckingAllocator allocator = new CheckingAllocator(1 << 30);

    @ParameterizedTest
    @EnumSource
    void mustRefuseWhatTheJdkRefuses(ArenaKind kind) {
        try (Arena arena = kind.open(allocator)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> arena.allocate(-1, 1))
                    .withMessageContaining("-1");
            assertThatIllegalArgumentException().isThrownBy(() -> arena.allocate(Long.MIN_VALUE, 8));
            for (long alignment : new long[] {0, -1, 3, 12, Long.MIN_VALUE, Long.MAX_VALUE}) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> arena.allocate(8, alignment))
                        .withMessageContaining(Long.toString(alignment));
            }
            assertThat(allocator.stats().liveBlocks()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void mustPassOnThatARequestCannotBeServed(ArenaKind kind) {
        try (Arena arena = kind.open(allocator)) {
            arena.allocate(1, 1);
            for (long size : new long[] {Long.MAX_VALUE, Long.MAX_VALUE - 4095, 1L << 62, 1L << 40}) {
                assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> arena.allocate(size, 8));
            }
            assertThat(allocator.stats().liveBlocks()).isEqualTo(1);
            assertThat(arena.allocate(8, 8).byteSize()).isEqualTo(8);
        }
        assertThat(allocator.stats().liveBlocks()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void mustServeWhatFitsWhenAChunkDoesNot(ArenaKind kind) {
        CheckingAllocator narrow = new CheckingAllocator(100);
        try (Arena arena = kind.open(narrow)) {
            assertThat(arena.allocate(60, 4).byteSize()).isEqualTo(60);
            assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> arena.allocate(60, 4));
            assertThat(arena.allocate(40, 4).byteSize()).isEqualTo(40);
        }
        assertThat(narrow.stats().requestedBytes()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void mustGiveBlocksOfNoBytesAnAddressOfTheirOwn(ArenaKind kind) {
        try (Arena arena = kind.open(allocator)) {
            MemorySegment first = arena.allocate(0, 16);
            MemorySegment second = arena.allocate(0, 16);
            assertThat(first.byteSize()).isZero();
            assertThat(first.address() % 16).isZero();
            assertThat(second.address()).isNotEqualTo(first.address());
        }
    }

    @ParameterizedTest
    @EnumSource
    void mustRefuseEverythingOnceClosed(ArenaKind kind) {
        Arena arena = kind.open(allocator);
        arena.allocate(8, 8);
        arena.close();
        assertThat(arena.scope().isAlive()).isFalse();
        assertThatIllegalStateException().isThrownBy(() -> arena.allocate(8, 8));
        assertThatIllegalStateException().isThrownBy(() -> arena.allocate(0, 8));
        assertThatIllegalStateException().isThrownBy(() -> arena.allocate(1 << 20, 8));
        assertThatIllegalStateException().isThrownBy(arena::close);
        assertThat(allocator.stats().liveBlocks()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void mustCallTheAllocatorFewTimesForManyBlocks(ArenaKind kind) {
        try (Arena arena = kind.open(allocator)) {
            for (int i = 0; i < 10_000; i++) {
                arena.allocate(64, 8);
            }
            assertThat(allocator.stats().allocations()).isLessThan(30);
            assertThat(allocator.stats().requestedBytes()).isLessThan(2 * 640_000);
        }
    }

    @ParameterizedTest
    @EnumSource
    @SuppressWarnings("restricted") // a cleanup action that a client adds
    void mustFreeEverythingWhenACleanupActionFails(ArenaKind kind) {
        Arena arena = kind.open(allocator);
        // SAFETY: a segment of no bytes.
        MemorySegment.NULL.reinterpret(0, arena, _ -> {
            throw new IllegalStateException("cleanup");
        });
        arena.allocate(8, 8);
        assertThatIllegalStateException().isThrownBy(arena::close).withMessageContaining("cleanup");
        assertThat(allocator.stats().liveBlocks()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void mustTryToFreeEveryBlockAndThrowTheFirstRefusal(ArenaKind kind) {
        List<MemorySegment> refused = new ArrayList<>();
        CheckingAllocator refusing = new CheckingAllocator(1 << 20) {
            @Override
            public synchronized void free(MemorySegment block) {
                refused.add(block);
                throw InvalidBlockException.foreign(block.address());
            }
        };
        Arena arena = kind.open(refusing);
        arena.allocate(8, 8);
        arena.allocate(100_000, 8);
        assertThatExceptionOfType(InvalidBlockException.class)
                .isThrownBy(arena::close)
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
        assertThat(arena.scope().isAlive()).isFalse();
        assertThatIllegalStateException().isThrownBy(arena::close);
        assertThat(refused).hasSize(2);
        refusing.close();
    }

    @ParameterizedTest
    @EnumSource
    void mustServeStringsAndArraysLikeAnyArena(ArenaKind kind) {
        try (Arena arena = kind.open(allocator)) {
            assertThat(arena.allocateFrom("Grüße").getString(0)).isEqualTo("Grüße");
            assertThat(arena.allocateFrom(ValueLayout.JAVA_LONG, 1, 2, 3).toArray(ValueLayout.JAVA_LONG))
                    .containsExactly(1, 2, 3);
        }
    }

    @Test
    void mustConfineAnArenaToItsThread() {
        Arena arena = Allocators.arena(allocator);
        MemorySegment block = arena.allocate(8, 8);
        assertThat(block.isAccessibleBy(Thread.currentThread())).isTrue();
        assertThat(block.isAccessibleBy(new Thread())).isFalse();
        List<Runnable> refused = List.of(
                () -> arena.allocate(8, 8),
                () -> arena.allocate(0, 8),
                () -> arena.allocate(1 << 20, 8),
                () -> block.get(ValueLayout.JAVA_BYTE, 0),
                arena::close);
        for (Runnable action : refused) {
            assertThatExceptionOfType(CompletionException.class)
                    .isThrownBy(() -> runElsewhere(action))
                    .withCauseInstanceOf(WrongThreadException.class);
        }
        assertThat(allocator.stats().allocations()).isEqualTo(1);
        arena.close();
        assertThat(allocator.stats().liveBlocks()).isZero();
    }

    @Test
    void mustLetEveryThreadUseAndCloseASharedArena() {
        Arena arena = Allocators.sharedArena(allocator);
        MemorySegment block = arena.allocate(8, 8);
        runElsewhere(() -> {
            block.set(ValueLayout.JAVA_LONG, 0, 42);
            arena.allocate(8, 8);
        });
        assertThat(block.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(42);
        runElsewhere(arena::close);
        assertThatIllegalStateException().isThrownBy(() -> block.get(ValueLayout.JAVA_LONG, 0));
        assertThat(allocator.stats().liveBlocks()).isZero();
    }

    private static void runElsewhere(Runnable action) {
        CompletableFuture.runAsync(action, task -> new Thread(task).start()).join();
    }

    @Test
    void aThreadThatTakesABlockWhileAnotherClosesTheArenaMustFreeIt() {
        SharedArena arena = new SharedArena(allocator, true);
        arena.freeAll(); // as the other thread does, after this one saw that the arena is open
        assertThatIllegalStateException().isThrownBy(() -> arena.allocate(100_000, 8));
        assertThatIllegalStateException().isThrownBy(() -> arena.allocate(8, 8));
        assertThat(allocator.stats().allocations()).isEqualTo(2);
        assertThat(allocator.stats().liveBlocks()).isZero();
        arena.close();
    }

    /** Different sizes, because an allocator retains few blocks of one size. */
    @Test
    void mustTakeEachChunkTwiceAsLargeAsTheLast() {
        long taken = 0;
        for (long expected : new long[] {4096, 8192, 16_384, 32_768, 32_768, 32_768}) {
            assertThat(AllocatorArena.chunkSize(taken)).isEqualTo(expected);
            taken += expected;
        }
    }
}
