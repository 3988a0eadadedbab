package dev.ashlar.arena.sequence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.arena.CheckedBlocks;
import dev.ashlar.arena.Threads;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.TestLength;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The concurrent vectors with threads that append and read at once. */
class ConcurrentVectorStressTest {

    /** Five words with the same value: 40 bytes, so elements cross cache lines. */
    private static final MemoryLayout FIVE = MemoryLayout.sequenceLayout(5, ValueLayout.JAVA_LONG);

    private record Kind(String name, ThreadFactory threads, int count) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Object> threads() {
        return Stream.of(
                new Kind("platform", Thread.ofPlatform().factory(), 3),
                new Kind("virtual", Thread.ofVirtual().factory(), 64));
    }

    @ParameterizedTest
    @MethodSource("threads")
    void mustLoseNothingAndTearNothing(Object subject) throws Exception {
        Kind kind = (Kind) subject;
        int each = TestLength.of(150_000, 6_000_000) / kind.count;
        try (Allocator allocator = AllocatorProviders.require("slab").create(AllocatorConfig.defaults());
                ConcurrentStructVector vector = new ConcurrentStructVector(allocator, FIVE)) {
            AtomicInteger appending = new AtomicInteger(kind.count);
            List<Threads.Action> tasks = new ArrayList<>();
            for (int t = 0; t < kind.count; t++) {
                long mine = (long) t << 32;
                tasks.add(() -> {
                    appendAll(vector, mine, each);
                    appending.decrementAndGet();
                });
            }
            tasks.add(() -> {
                Reader reader = new Reader(vector, kind.count);
                while (appending.get() > 0) {
                    reader.readOn();
                    Thread.onSpinWait();
                }
                reader.readOn();
                assertThat(reader.next).isEqualTo((long) each * kind.count);
                assertThat(reader.seen).containsOnly(each);
            });
            Threads.run(kind.threads, tasks);
        }
    }

    private static void appendAll(ConcurrentStructVector vector, long mine, int count) {
        MemorySegment struct = MemorySegment.ofArray(new long[5]);
        long last = -1;
        for (int i = 0; i < count; i++) {
            for (int word = 0; word < 5; word++) {
                struct.setAtIndex(ValueLayout.JAVA_LONG, word, mine + i);
            }
            long index = vector.append(struct);
            if (index <= last) {
                throw new AssertionError("index " + index + " after " + last);
            }
            last = index;
        }
    }

    /** Follows the published prefix: each thread's elements come in the order in which it appended them. */
    private static final class Reader {

        private final ConcurrentStructVector vector;
        private final int[] seen;
        private long next;

        Reader(ConcurrentStructVector vector, int threads) {
            this.vector = vector;
            seen = new int[threads];
        }

        void readOn() {
            long size = vector.size();
            assertThat(size).isGreaterThanOrEqualTo(next);
            for (; next < size; next++) {
                MemorySegment struct = vector.get(next);
                long value = struct.getAtIndex(ValueLayout.JAVA_LONG, 0);
                for (int word = 1; word < 5; word++) {
                    if (struct.getAtIndex(ValueLayout.JAVA_LONG, word) != value) {
                        throw new AssertionError("element " + next + " is torn");
                    }
                }
                int thread = (int) (value >>> 32);
                if ((int) value != seen[thread]++) {
                    throw new AssertionError("element " + next + " of thread " + thread + " is out of order");
                }
            }
        }
    }

    @Test
    void mustFreeEverythingAlsoWhatThreadsTookInVain() throws Exception {
        int rounds = TestLength.of(100, 3_000);
        for (int round = 0; round < rounds; round++) {
            CheckedBlocks allocator = new CheckedBlocks();
            ConcurrentLongVector vector = new ConcurrentLongVector(allocator);
            Threads.Action append = () -> {
                for (int i = 0; i < 200; i++) {
                    vector.append(i);
                }
            };
            Threads.run(List.of(append, append, append));
            long[] values = new long[600];
            Arrays.setAll(values, vector::get);
            Arrays.sort(values);
            for (int i = 0; i < values.length; i++) {
                assertThat(values[i]).isEqualTo(i / 3);
            }
            vector.close();
            assertThat(allocator.liveBlocks()).isZero();
        }
    }

    @Test
    void aRefusedAppendMustLeaveNoGap() {
        CheckedBlocks allocator = new CheckedBlocks();
        try (ConcurrentLongVector vector = new ConcurrentLongVector(allocator)) {
            for (int i = 0; i < 64; i++) {
                assertThat(vector.append(i)).isEqualTo(i);
                assertThat(vector.size()).isEqualTo(i + 1);
            }
            allocator.limit(allocator.requestedBytes());
            assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> vector.append(64));
            assertThat(vector.size()).isEqualTo(64);
            allocator.limit(Long.MAX_VALUE);
            assertThat(vector.append(64)).isEqualTo(64);
            assertThat(vector.get(64)).isEqualTo(64);
            assertThat(vector.get(0)).isZero();
        }
    }

    /**
     * An append may fail between its claim and its publication, for example because the stack is too small for a call.
     */
    @Test
    void anAppendThatFailsAfterItsClaimMustHoldBackNoOther() {
        SegmentedMemory memory = new SegmentedMemory(new CheckedBlocks(), ValueLayout.JAVA_LONG);
        int failed = 100;
        for (int i = 0; i < failed; i++) {
            boolean writes = i % 2 == 0;
            assertThatExceptionOfType(StackOverflowError.class)
                    .isThrownBy(() -> memory.append((part, offset) -> {
                        if (writes) {
                            part.set(ValueLayout.JAVA_LONG, offset, 7);
                        }
                        throw new StackOverflowError("as in a call");
                    }));
        }
        long last = memory.append((part, offset) -> part.set(ValueLayout.JAVA_LONG, offset, 8));
        assertThat(last).isEqualTo(failed);
        assertThat(memory.published()).isEqualTo(last + 1);
        for (long i = 0; i < last; i++) {
            assertThat(memory.part(i).get(ValueLayout.JAVA_LONG, memory.offset(i)))
                    .as("what was not appended, whether or not it was written")
                    .isZero();
        }
        assertThat(memory.part(last).get(ValueLayout.JAVA_LONG, memory.offset(last)))
                .isEqualTo(8);
        memory.close();
    }

    /**
     * The same with a real stack overflow. The virtual machine may also need stack between two instructions, so some
     * indices may stay unpublished. Published elements must be complete.
     */
    @Test
    void anAppendForWhichTheStackIsTooSmallMustPublishNothingThatIsNotWhole() throws Exception {
        try (ConcurrentLongVector longs = new ConcurrentLongVector(new CheckedBlocks());
                ConcurrentStructVector structs = new ConcurrentStructVector(new CheckedBlocks(), FIVE)) {
            MemorySegment source = MemorySegment.ofArray(new long[] {7, 7, 7, 7, 7});
            longs.append(7); // so that no class is initialised with a full stack, which would fail permanently
            structs.append(source);
            assertThat(longs.size() + structs.size()).isEqualTo(2);
            for (int i = 0; i < 3; i++) {
                inAFullStack(() -> longs.append(7));
                inAFullStack(() -> structs.append(source));
            }
            for (long i = 0; i < longs.size(); i++) {
                assertThat(longs.get(i)).isIn(0L, 7L);
            }
            for (long i = 0; i < structs.size(); i++) {
                long[] words = structs.get(i).toArray(ValueLayout.JAVA_LONG);
                assertThat(words).containsOnly(words[0]);
                assertThat(words[0]).isIn(0L, 7L);
            }
        }
    }

    private static void inAFullStack(Runnable action) throws Exception {
        Thread thread = new Thread(null, () -> dive(action), "diver", 256 << 10);
        thread.start();
        thread.join();
    }

    @SuppressWarnings("InfiniteRecursion") // until there is no stack left
    private static void dive(Runnable action) {
        try {
            dive(action);
        } catch (StackOverflowError e) {
            // as intended
        }
        try {
            action.run();
        } catch (StackOverflowError e) {
            // at any call
        }
    }

    @Test
    void mustRefuseWhatIsNotPublishedAndEverythingOnceClosed() {
        ConcurrentLongVector vector = new ConcurrentLongVector(new CheckedBlocks());
        vector.append(7);
        for (long index : new long[] {-1, 1, 64, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertThatExceptionOfType(IndexOutOfBoundsException.class)
                    .isThrownBy(() -> vector.get(index))
                    .withMessageContaining(index + ", must be from 0 to 0");
        }
        vector.close();
        vector.close();
        assertThatIllegalStateException().isThrownBy(() -> vector.append(1));
        assertThatIllegalStateException().isThrownBy(() -> vector.get(0));
        assertThatIllegalStateException().isThrownBy(vector::size);
    }

    @Test
    void readersMustNotChangeWhatIsPublished() {
        try (ConcurrentStructVector vector = new ConcurrentStructVector(new CheckedBlocks(), FIVE)) {
            vector.append(MemorySegment.ofArray(new long[] {1, 2, 3, 4, 5}));
            MemorySegment struct = vector.get(0);
            assertThat(struct.isReadOnly()).isTrue();
            assertThat(struct.toArray(ValueLayout.JAVA_LONG)).containsExactly(1, 2, 3, 4, 5);
        }
    }
}
