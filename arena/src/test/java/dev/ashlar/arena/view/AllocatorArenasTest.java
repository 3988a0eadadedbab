package dev.ashlar.arena.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.arena.CheckedBlocks;
import dev.ashlar.arena.Threads;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.TestLength;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The rules of the JDK's arenas, on views. */
class AllocatorArenasTest {

    private final CheckedBlocks allocator = new CheckedBlocks();

    @ParameterizedTest
    @EnumSource
    void mustRefuseWhatTheJdkRefuses(ViewKind kind) {
        try (Arena view = kind.open(allocator)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> view.allocate(-1, 1))
                    .withMessageContaining("-1");
            assertThatIllegalArgumentException().isThrownBy(() -> view.allocate(Long.MIN_VALUE, 8));
            for (long alignment : new long[] {0, -1, 3, 12, Long.MIN_VALUE, Long.MAX_VALUE}) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> view.allocate(8, alignment))
                        .withMessageContaining(Long.toString(alignment));
            }
            assertThat(allocator.liveBlocks()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void mustPassOnThatARequestCannotBeServed(ViewKind kind) {
        try (Arena view = kind.open(allocator)) {
            view.allocate(1, 1);
            for (long size : new long[] {Long.MAX_VALUE, Long.MAX_VALUE - 4095, 1L << 62, 1L << 40}) {
                assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> view.allocate(size, 8));
            }
            assertThat(allocator.liveBlocks()).isEqualTo(1);
            assertThat(view.allocate(8, 8).byteSize()).isEqualTo(8);
        }
        assertThat(allocator.liveBlocks()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void mustServeWhatFitsWhenAChunkDoesNot(ViewKind kind) {
        allocator.limit(100);
        try (Arena view = kind.open(allocator)) {
            assertThat(view.allocate(60, 4).byteSize()).isEqualTo(60);
            assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> view.allocate(60, 4));
            assertThat(view.allocate(40, 4).byteSize()).isEqualTo(40);
        }
        assertThat(allocator.requestedBytes()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void mustGiveBlocksOfNoBytesAnAddressOfTheirOwn(ViewKind kind) {
        try (Arena view = kind.open(allocator)) {
            MemorySegment first = view.allocate(0, 16);
            MemorySegment second = view.allocate(0, 16);
            assertThat(first.byteSize()).isZero();
            assertThat(first.address() % 16).isZero();
            assertThat(second.address()).isNotEqualTo(first.address());
        }
    }

    @ParameterizedTest
    @EnumSource
    void mustRefuseEverythingOnceClosed(ViewKind kind) {
        Arena view = kind.open(allocator);
        view.allocate(8, 8);
        view.close();
        assertThat(view.scope().isAlive()).isFalse();
        assertThatIllegalStateException().isThrownBy(() -> view.allocate(8, 8));
        assertThatIllegalStateException().isThrownBy(() -> view.allocate(0, 8));
        assertThatIllegalStateException().isThrownBy(() -> view.allocate(1 << 20, 8));
        assertThatIllegalStateException().isThrownBy(view::close);
        assertThat(allocator.liveBlocks()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void mustCallTheAllocatorFewTimesForManyBlocks(ViewKind kind) {
        try (Arena view = kind.open(allocator)) {
            for (int i = 0; i < 10_000; i++) {
                view.allocate(64, 8);
            }
            assertThat(allocator.calls()).isLessThan(30);
            assertThat(allocator.requestedBytes()).isLessThan(2 * 640_000);
        }
    }

    @ParameterizedTest
    @EnumSource
    @SuppressWarnings("restricted") // a cleanup action that a client adds
    void mustFreeEverythingWhenACleanupActionFails(ViewKind kind) {
        Arena view = kind.open(allocator);
        // SAFETY: a segment of no bytes.
        MemorySegment.NULL.reinterpret(0, view, _ -> {
            throw new IllegalStateException("cleanup");
        });
        view.allocate(8, 8);
        assertThatIllegalStateException().isThrownBy(view::close).withMessageContaining("cleanup");
        assertThat(allocator.liveBlocks()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void mustTryToFreeEveryBlockAndThrowTheFirstRefusal(ViewKind kind) {
        Arena view = kind.open(allocator);
        view.allocate(8, 8);
        view.allocate(100_000, 8);
        allocator.refuseFrees(true);
        assertThatExceptionOfType(InvalidBlockException.class)
                .isThrownBy(view::close)
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
        assertThat(view.scope().isAlive()).isFalse();
        allocator.refuseFrees(false);
        assertThatIllegalStateException().isThrownBy(view::close);
        allocator.close();
    }

    @ParameterizedTest
    @EnumSource
    void mustServeStringsAndArraysLikeAnyArena(ViewKind kind) {
        try (Arena view = kind.open(allocator)) {
            assertThat(view.allocateFrom("Grüße").getString(0)).isEqualTo("Grüße");
            assertThat(view.allocateFrom(ValueLayout.JAVA_LONG, 1, 2, 3).toArray(ValueLayout.JAVA_LONG))
                    .containsExactly(1, 2, 3);
        }
    }

    @Test
    void mustConfineAViewToItsThread() throws Exception {
        Arena view = AllocatorArenas.confined(allocator);
        MemorySegment block = view.allocate(8, 8);
        assertThat(block.isAccessibleBy(Thread.currentThread())).isTrue();
        assertThat(block.isAccessibleBy(new Thread())).isFalse();
        List<Threads.Action> refused = List.of(
                () -> view.allocate(8, 8),
                () -> view.allocate(0, 8),
                () -> view.allocate(1 << 20, 8),
                () -> block.get(ValueLayout.JAVA_BYTE, 0),
                view::close);
        for (Threads.Action action : refused) {
            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(() -> Threads.runElsewhere(action))
                    .withCauseInstanceOf(WrongThreadException.class);
        }
        assertThat(allocator.calls()).isEqualTo(1);
        view.close();
        assertThat(allocator.liveBlocks()).isZero();
    }

    @Test
    void mustLetEveryThreadUseAndCloseASharedView() throws Exception {
        Arena view = AllocatorArenas.shared(allocator);
        MemorySegment block = view.allocate(8, 8);
        Threads.runElsewhere(() -> {
            block.set(ValueLayout.JAVA_LONG, 0, 42);
            view.allocate(8, 8);
        });
        assertThat(block.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(42);
        Threads.runElsewhere(view::close);
        assertThatIllegalStateException().isThrownBy(() -> block.get(ValueLayout.JAVA_LONG, 0));
        assertThat(allocator.liveBlocks()).isZero();
    }

    @Test
    void threadsThatAllocateFromASharedViewMustGetBlocksOfTheirOwn() throws Exception {
        Arena view = AllocatorArenas.shared(allocator);
        int count = TestLength.of(150_000, 1_000_000);
        List<Threads.Action> tasks = new ArrayList<>();
        for (int t = 1; t <= 3; t++) {
            long mark = t * 0x0101_0101_0101_0101L;
            tasks.add(() -> {
                List<MemorySegment> mine = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    MemorySegment block = view.allocate(i % 500 == 0 ? 3_000 : 24, 8);
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
            });
        }
        Threads.run(tasks);
        view.close();
        assertThat(allocator.liveBlocks()).isZero();
    }

    @Test
    void aThreadThatTakesABlockWhileAnotherClosesTheViewMustFreeIt() {
        SharedArena view = new SharedArena(allocator, true);
        view.freeAll(); // as the other does, after this one has seen that the view is open
        assertThatIllegalStateException().isThrownBy(() -> view.allocate(100_000, 8));
        assertThatIllegalStateException().isThrownBy(() -> view.allocate(8, 8));
        assertThat(allocator.calls()).isEqualTo(2);
        assertThat(allocator.liveBlocks()).isZero();
        view.close();
    }

    @Test
    void closingASharedViewMustLeakNothingOfThreadsThatAllocate() throws Exception {
        int rounds = TestLength.of(300, 20_000);
        try (Allocator slab = AllocatorProviders.require("slab").create(AllocatorConfig.defaults())) {
            for (int round = 0; round < rounds; round++) {
                Arena view = AllocatorArenas.sharedWithoutZeroing(slab);
                CountDownLatch begun = new CountDownLatch(1);
                Threads.Action allocate = () -> allocateUntilClosed(view, begun);
                Threads.run(List.of(allocate, allocate, () -> {
                    begun.await();
                    closeWhenNobodyIsInside(view);
                }));
                assertThat(slab.stats().liveBlocks()).isZero();
            }
        }
    }

    /** Mostly blocks of their own, so that the allocator is asked all the time. */
    private static void allocateUntilClosed(Arena view, CountDownLatch begun) {
        try {
            for (int i = 0; ; i++) {
                view.allocate(i % 8 == 0 ? 2_000 : 17_000, 8);
                begun.countDown();
            }
        } catch (IllegalStateException e) {
            if (view.scope().isAlive()) {
                throw e;
            }
        }
    }

    private static void closeWhenNobodyIsInside(Arena view) {
        while (view.scope().isAlive()) {
            try {
                view.close();
            } catch (IllegalStateException e) { // a thread is inside an access
                Thread.onSpinWait();
            }
        }
    }

    /** Blocks of one size would come and go together, and most allocators keep few of a size ready. */
    @Test
    void mustTakeEachChunkTwiceAsLargeAsTheLast() {
        long taken = 0;
        for (long expected : new long[] {4096, 8192, 16_384, 32_768, 32_768, 32_768}) {
            assertThat(AllocatorArena.chunkSize(taken)).isEqualTo(expected);
            taken += expected;
        }
    }
}
