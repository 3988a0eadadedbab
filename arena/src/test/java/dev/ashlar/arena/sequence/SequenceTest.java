package dev.ashlar.arena.sequence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.AllocationException;
import dev.ashlar.arena.CheckedBlocks;
import dev.ashlar.arena.Threads;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/** What sequences refuse, and how much memory they take. */
class SequenceTest {

    private static final MemoryLayout PAIR = MemoryLayout.structLayout(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG);

    private final CheckedBlocks allocator = new CheckedBlocks();

    @Test
    void mustTakeNoMemoryBeforeTheFirstElement() {
        try (LongVector vector = new LongVector(allocator)) {
            assertThat(vector.size()).isZero();
            assertThat(vector.memory().byteSize()).isZero();
            vector.trimToSize();
            vector.reserve(0);
            vector.appendAll(new long[0]);
        }
        assertThat(allocator.calls()).isZero();
    }

    @Test
    void mustRefuseIndexesOutOfBounds() {
        try (LongVector vector = new LongVector(allocator)) {
            vector.append(7);
            for (long index : new long[] {-1, 1, 15, 16, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 61}) {
                assertThatExceptionOfType(IndexOutOfBoundsException.class)
                        .isThrownBy(() -> vector.get(index))
                        .withMessageContaining(index + ", must be from 0 to 0");
                assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> vector.set(index, 1));
                assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> vector.removeSwap(index));
            }
            assertThat(vector.get(0)).isEqualTo(7);
        }
    }

    @Test
    void mustRefuseWhatNoAllocatorServes() {
        try (LongVector vector = new LongVector(allocator)) {
            vector.append(7);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> vector.reserve(-1))
                    .withMessageContaining("-1");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> vector.extend(-1))
                    .withMessageContaining("-1");
            for (long elements : new long[] {1L << 40, Long.MAX_VALUE / 8, Long.MAX_VALUE / 8 + 1, Long.MAX_VALUE}) {
                assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> vector.reserve(elements));
                assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> vector.extend(elements));
            }
            vector.checkInvariants();
            assertThat(vector.size()).isEqualTo(1);
            assertThat(vector.get(0)).isEqualTo(7);
        }
        MemoryLayout empty = MemoryLayout.structLayout();
        assertThatIllegalArgumentException().isThrownBy(() -> new StructVector(allocator, empty));
        assertThatIllegalArgumentException().isThrownBy(() -> new ConcurrentStructVector(allocator, empty));
        assertThatIllegalArgumentException().isThrownBy(() -> new ComponentStore(allocator, empty));
    }

    @Test
    void mustRefuseEverythingOnceClosed() {
        LongVector vector = new LongVector(allocator);
        vector.append(7);
        vector.close();
        vector.close();
        List<Threads.Action> refused = List.of(
                () -> vector.append(1),
                () -> vector.appendAll(new long[0]),
                () -> vector.extend(0),
                () -> vector.get(0),
                () -> vector.set(0, 1),
                () -> vector.removeSwap(0),
                () -> vector.reserve(1),
                vector::trimToSize,
                vector::clear,
                vector::size,
                vector::capacity,
                vector::memory);
        for (Threads.Action action : refused) {
            assertThatIllegalStateException().isThrownBy(action::run).withMessageContaining("closed");
        }
        assertThat(allocator.liveBlocks()).isZero();
        assertThat(vector).hasToString("LongVector, closed");
    }

    @Test
    void mustRefuseEverythingToOtherThreads() throws Exception {
        ComponentStore store = new ComponentStore(allocator, PAIR);
        StructVector vector = new StructVector(allocator, PAIR);
        vector.append();
        store.add(3);
        long before = allocator.calls();
        List<Threads.Action> refused = List.of(
                vector::append,
                () -> vector.append(MemorySegment.ofArray(new long[2])),
                () -> vector.extend(0),
                () -> vector.get(0),
                () -> vector.set(0, MemorySegment.ofArray(new long[2])),
                () -> vector.removeSwap(0),
                () -> vector.reserve(100),
                vector::trimToSize,
                vector::clear,
                vector::size,
                vector::memory,
                vector::close,
                () -> store.add(4),
                () -> store.get(3),
                () -> store.get(4),
                () -> store.remove(3),
                () -> store.positionOf(3),
                store::memory,
                store::trimToSize,
                store::close);
        for (Threads.Action action : refused) {
            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(() -> Threads.runElsewhere(action))
                    .withCauseInstanceOf(WrongThreadException.class);
        }
        assertThat(allocator.calls()).isEqualTo(before);
        store.checkInvariants();
        assertThat(store.size()).isEqualTo(1);
        store.close();
        vector.close();
        assertThat(allocator.liveBlocks()).isZero();
    }

    @Test
    void mustRefuseStructsOfAnotherSizeAndDeadOnes() {
        Arena arena = Arena.ofConfined();
        MemorySegment dead = arena.allocate(PAIR);
        arena.close();
        try (StructVector vector = new StructVector(allocator, PAIR);
                ConcurrentStructVector shared = new ConcurrentStructVector(allocator, PAIR)) {
            vector.append();
            for (MemorySegment wrong :
                    List.of(MemorySegment.ofArray(new byte[15]), MemorySegment.ofArray(new byte[17]))) {
                assertThatIllegalArgumentException().isThrownBy(() -> vector.append(wrong));
                assertThatIllegalArgumentException().isThrownBy(() -> vector.set(0, wrong));
                assertThatIllegalArgumentException().isThrownBy(() -> shared.append(wrong));
            }
            assertThatIllegalStateException().isThrownBy(() -> vector.append(dead));
            assertThatIllegalStateException().isThrownBy(() -> shared.append(dead));
            assertThat(vector.size()).isEqualTo(1);
            assertThat(shared.append(MemorySegment.ofArray(new long[2]))).isZero();
            assertThat(shared.size()).isEqualTo(1);
        }
        assertThat(allocator.liveBlocks()).isZero();
    }

    @Test
    void mustAppendAnElementOfItsOwnAlsoWhenThatMovesIt() {
        try (StructVector vector = new StructVector(allocator, PAIR)) {
            vector.append().set(ValueLayout.JAVA_LONG, 8, 42);
            for (int i = 0; i < 100; i++) {
                vector.append(vector.get(vector.size() - 1));
            }
            assertThat(vector.get(100).get(ValueLayout.JAVA_LONG, 8)).isEqualTo(42);
        }
    }

    @Test
    void mustIterateInOrder() {
        try (StructVector vector = new StructVector(allocator, PAIR)) {
            for (int i = 0; i < 100; i++) {
                vector.append().set(ValueLayout.JAVA_LONG, 0, i);
            }
            long expected = 0;
            for (MemorySegment struct : vector) {
                assertThat(struct.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(expected++);
            }
            assertThat(expected).isEqualTo(100);
            Iterator<MemorySegment> none = new StructVector(allocator, PAIR).iterator();
            assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(none::next);
        }
    }

    @Test
    void mustGrowWithoutMovingTooOften() {
        try (LongVector vector = new LongVector(allocator)) {
            for (int i = 0; i < 100_000; i++) {
                vector.append(i);
            }
            assertThat(allocator.calls()).isLessThan(25);
            assertThat(vector.capacity()).isLessThan(150_001);
        }
    }

    @Test
    void mustGrowByLessWhereALimitRefusesMore() {
        try (LongVector vector = new LongVector(allocator)) {
            long limit = 80_000;
            allocator.limit(limit);
            long served = 0;
            try {
                while (true) {
                    vector.append(served);
                    served++;
                }
            } catch (AllocationException e) {
                assertThat(e.refusal().requestedBytes()).isEqualTo((served + 1) * Long.BYTES);
            }
            assertThat(served).isGreaterThanOrEqualTo(limit / 2 / Long.BYTES); // a block that moves is live twice
            assertThat(allocator.calls()).as("blocks").isLessThan(40);
            vector.checkInvariants();
            assertThat(vector.get(served - 1)).isEqualTo(served - 1);
        }
    }

    @Test
    void closingAfterTheAllocatorMustSayThatItIsClosed() {
        LongVector vector = new LongVector(allocator);
        vector.append(7);
        allocator.close();
        assertThatIllegalStateException().isThrownBy(() -> vector.get(0));
        assertThatIllegalStateException().isThrownBy(vector::close);
        vector.close();
    }
}
