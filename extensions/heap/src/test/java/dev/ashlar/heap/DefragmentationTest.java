package dev.ashlar.heap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Evacuable;
import dev.ashlar.api.Registration;
import dev.ashlar.api.Relocatable;
import dev.ashlar.heap.Defragmentation.Budget;
import dev.ashlar.heap.Defragmentation.Result;
import dev.ashlar.heap.Defragmentation.Strategy;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What compaction reaches on sparse memory, within which bounds, and while threads read. */
class DefragmentationTest {

    private static final long FILL = 32 << 20;

    /** The largest chunk, with what aligns it. */
    private static final long CHUNK = (4 << 20) + (64 << 10);

    private static Allocator open(String strategy) {
        return AllocatorProviders.require(strategy)
                .create(AllocatorConfig.builder().retainedBytes(0).build());
    }

    /** Fills a heap with blocks of 16 to 2,000 bytes, and frees a share of them at random. */
    private static List<Handle> sparse(HandleHeap heap, double freed) {
        SplittableRandom random = new SplittableRandom(7);
        List<Handle> all = new ArrayList<>();
        while (heap.requestedBytes() < FILL) {
            Handle handle = heap.allocate(random.nextInt(16, 2_000));
            heap.write(handle, memory -> memory.set(ValueLayout.JAVA_LONG, 0, handle.bits()));
            all.add(handle);
        }
        List<Handle> kept = new ArrayList<>();
        for (Handle handle : all) {
            if (random.nextDouble() < freed) {
                heap.free(handle);
            } else {
                kept.add(handle);
            }
        }
        heap.allocator().trim();
        return kept;
    }

    private static boolean holds(HandleHeap heap, Handle handle) {
        return heap.<Long>read(handle, memory -> memory.get(ValueLayout.JAVA_LONG, 0)) == handle.bits();
    }

    private static double committedOverLive(HandleHeap heap) {
        return (double) heap.allocator().stats().committedBytes() / heap.requestedBytes();
    }

    @ParameterizedTest
    @CsvSource({"slab, 0.9", "slab, 0.7", "lockfree, 0.9", "tlsf, 0.9", "tlsf, 0.7", "adaptive, 0.9", "adaptive, 0.7"})
    void mustBringCommittedMemoryCloseToWhatIsLive(String strategy, double freed) {
        try (Allocator allocator = open(strategy);
                HandleHeap heap = new HandleHeap(allocator)) {
            List<Handle> kept = sparse(heap, freed);
            assertThat(committedOverLive(heap)).isGreaterThan(3);
            try (Defragmentation defragmentation = heap.defragment(Strategy.REORGANIZE)) {
                Result result = defragmentation.pass(Budget.UNBOUNDED);
                assertThat(result.isComplete()).isTrue();
                assertThat(result.bytesReleased()).isPositive();
                assertThat(result.moves()).isLessThanOrEqualTo(2L * kept.size());
            }
            // Slabs of more than a hundred size classes share 3 MB.
            assertThat(committedOverLive(heap)).isLessThan(strategy.equals("tlsf") ? 1.15 : 1.3);
            assertThat(kept).allMatch(handle -> holds(heap, handle));
        }
    }

    /** Allocates blocks of one size, frees a share of them, and adds the others to a heap in random order. */
    private static List<Handle> scattered(HandleHeap heap, int byteSize, double freed, SplittableRandom random) {
        List<MemorySegment> blocks = new ArrayList<>();
        for (long bytes = 0; bytes < FILL; bytes += byteSize) {
            blocks.add(heap.allocator().allocate(byteSize, 8));
        }
        Collections.shuffle(blocks, new Random(random.nextLong()));
        int kept = (int) (blocks.size() * (1 - freed));
        blocks.subList(kept, blocks.size()).forEach(heap.allocator()::free);
        List<Handle> handles = new ArrayList<>();
        for (MemorySegment block : blocks.subList(0, kept)) {
            Handle handle = heap.adopt(block);
            block.set(ValueLayout.JAVA_LONG, 0, handle.bits());
            handles.add(handle);
        }
        return handles;
    }

    /**
     * The chunks of the sparser class are chosen first. The others have as many free bytes as they have live ones, but
     * in slots of another size, or in holes.
     */
    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "tlsf", "buddy", "adaptive"})
    void mustMakeRoomWhenTheOtherChunksHaveNone(String strategy) {
        try (Allocator allocator = open(strategy);
                HandleHeap heap = new HandleHeap(allocator)) {
            SplittableRandom random = new SplittableRandom(7);
            List<Handle> kept = new ArrayList<>(scattered(heap, 2_048, 0.55, random));
            kept.addAll(scattered(heap, 3_072, 0.5, random));
            assertThat(committedOverLive(heap)).isGreaterThan(1.8);
            assertThat(mostGrowth(heap)).isLessThanOrEqualTo(CHUNK);
            // A buddy's blocks of 3,072 bytes take 4,096.
            assertThat(committedOverLive(heap)).isLessThan(strategy.equals("buddy") ? 1.8 : 1.2);
            assertThat(kept).allMatch(handle -> holds(heap, handle));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "tlsf", "buddy", "adaptive"})
    void mustHardlyGrowWhereLittleIsFree(String strategy) {
        try (Allocator allocator = open(strategy);
                HandleHeap heap = new HandleHeap(allocator)) {
            List<Handle> kept = sparse(heap, 0.3);
            assertThat(mostGrowth(heap)).isLessThanOrEqualTo(CHUNK);
            assertThat(kept).allMatch(handle -> holds(heap, handle));
        }
    }

    /** What is committed beyond the beginning, at most, while a heap is reorganized in passes of few moves. */
    private static long mostGrowth(HandleHeap heap) {
        long before = heap.allocator().stats().committedBytes();
        long peak = before;
        try (Defragmentation defragmentation = heap.defragment(Strategy.REORGANIZE)) {
            Budget few = new Budget(Long.MAX_VALUE, 32, Duration.ofDays(1));
            while (!defragmentation.pass(few).isComplete()) {
                peak = Math.max(peak, heap.allocator().stats().committedBytes());
            }
        }
        return peak - before;
    }

    /** It goes on to serve blocks from the memory that is emptied. */
    @ParameterizedTest
    @ValueSource(strings = {"slab", "tlsf"})
    void mustCompactAnAllocatorThatCanOnlyBeInspected(String strategy) {
        try (Allocator allocator = new HiddenCapabilities(open(strategy), Evacuable.class);
                HandleHeap heap = new HandleHeap(allocator)) {
            List<Handle> kept = sparse(heap, 0.9);
            long committed = allocator.stats().committedBytes();
            try (Defragmentation defragmentation = heap.defragment(Strategy.REORGANIZE)) {
                Result result = defragmentation.pass(Budget.UNBOUNDED);
                assertThat(result.isComplete()).isTrue();
            }
            assertThat(allocator.stats().committedBytes()).isLessThan(committed / 3);
            assertThat(allocator.stats().liveBlocks()).isEqualTo(heap.liveBlocks());
            assertThat(kept).allMatch(handle -> holds(heap, handle));
        }
    }

    /** As data structures have that know where their blocks are. */
    private static final class Holder implements Relocatable {

        private final Allocator allocator;
        private final List<MemorySegment> blocks = new ArrayList<>();

        Holder(Allocator allocator) {
            this.allocator = allocator;
        }

        @Override
        public long relocate(LongPredicate isWorthLeaving, long mostBytes) {
            long moved = 0;
            for (int i = 0; i < blocks.size() && moved < mostBytes; i++) {
                MemorySegment from = blocks.get(i);
                if (isWorthLeaving.test(from.address())) {
                    blocks.set(i, allocator.allocate(from.byteSize(), 8).copyFrom(from));
                    allocator.free(from);
                    moved += from.byteSize();
                }
            }
            return moved;
        }
    }

    @Test
    void mustAskOtherHoldersToMoveTheirBlocks() {
        try (Allocator allocator = open("slab");
                HandleHeap heap = new HandleHeap(allocator)) {
            Holder holder = new Holder(allocator);
            try (Registration _ = heap.add(holder)) {
                List<MemorySegment> freed = new ArrayList<>();
                for (int i = 0; i < 30_000; i++) {
                    MemorySegment block = allocator.allocate(1_000, 8);
                    block.set(ValueLayout.JAVA_INT, 0, i);
                    (i % 10 == 0 ? holder.blocks : freed).add(block);
                }
                allocator.freeAll(freed);
                allocator.trim();
                try (Defragmentation defragmentation = heap.defragment(Strategy.REORGANIZE)) {
                    Budget small = new Budget(100_000, Long.MAX_VALUE, Duration.ofDays(1));
                    Result first = defragmentation.pass(small);
                    assertThat(first.bytesMoved()).isBetween(100_000L, 101_000L);
                    while (!defragmentation.pass(small).isComplete()) {
                        assertThat(holder.blocks).hasSize(3_000);
                    }
                }
            }
            assertThat((double) allocator.stats().committedBytes()
                            / allocator.stats().requestedBytes())
                    .isLessThan(1.3);
            for (int i = 0; i < holder.blocks.size(); i++) {
                assertThat(holder.blocks.get(i).get(ValueLayout.JAVA_INT, 0)).isEqualTo(10 * i);
            }
            assertThat(heap.holders()).isEmpty();
        }
    }

    @Test
    void mustHonourItsBudgetAndCompleteInPasses() {
        try (Allocator allocator = open("slab");
                HandleHeap heap = new HandleHeap(allocator)) {
            List<Handle> kept = sparse(heap, 0.9);
            try (Defragmentation defragmentation = heap.defragment(Strategy.COMPACT)) {
                Result first = defragmentation.pass(new Budget(100_000, Long.MAX_VALUE, Duration.ofDays(1)));
                assertThat(first.bytesMoved()).isBetween(100_000L, 102_000L);
                assertThat(first.isComplete()).isFalse();
                Result second = defragmentation.pass(new Budget(Long.MAX_VALUE, 10, Duration.ofDays(1)));
                assertThat(second.moves()).isEqualTo(10);
                while (!defragmentation
                        .pass(new Budget(500_000, 1_000, Duration.ofDays(1)))
                        .isComplete()) {
                    assertThat(committedOverLive(heap)).isLessThan(20);
                }
                assertThat(defragmentation.total().bytesMoved()).isGreaterThan(100_000);
            }
            assertThat(committedOverLive(heap)).isLessThan(2.5);
            assertThat(kept).allMatch(handle -> holds(heap, handle));
        }
    }

    /** A clock that goes on by a millisecond whenever it is read, which is before each move. */
    @Test
    void mustStopWhenItsTimeIsOver() {
        AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5_000_000);
        try (Allocator allocator = open("slab");
                HandleHeap heap = new HandleHeap(allocator);
                Defragmentation defragmentation =
                        new Defragmentation(heap, Strategy.COMPACT, () -> nanos.addAndGet(1_000_000))) {
            List<Handle> kept = sparse(heap, 0.9);
            for (int millis : new int[] {0, 1, 10, 200}) {
                Result result =
                        defragmentation.pass(new Budget(Long.MAX_VALUE, Long.MAX_VALUE, Duration.ofMillis(millis)));
                assertThat(result.moves()).isLessThanOrEqualTo(millis);
                assertThat(result.time()).isBetween(Duration.ofMillis(millis), Duration.ofMillis(millis + 3));
                assertThat(result.isComplete()).isFalse();
            }
            assertThat(defragmentation.total().moves()).isPositive();
            assertThat(defragmentation.pass(Budget.UNBOUNDED).isComplete()).isTrue();
            assertThat(kept).allMatch(handle -> holds(heap, handle));
        }
    }

    /** What is chosen serves again. */
    @Test
    void mustBeAbandonedAtAnyStep() {
        try (Allocator allocator = open("slab");
                HandleHeap heap = new HandleHeap(allocator)) {
            List<Handle> kept = sparse(heap, 0.9);
            long committed = allocator.stats().committedBytes();
            for (int moves : new int[] {0, 1, 100}) {
                try (Defragmentation defragmentation = heap.defragment(Strategy.COMPACT)) {
                    defragmentation.pass(new Budget(Long.MAX_VALUE, moves, Duration.ofDays(1)));
                }
            }
            SplittableRandom random = new SplittableRandom(8);
            while (heap.requestedBytes() < FILL / 2) {
                heap.allocate(random.nextInt(16, 2_000));
            }
            assertThat(allocator.stats().committedBytes()).isLessThanOrEqualTo(committed);
            assertThat(kept).allMatch(handle -> holds(heap, handle));
        }
    }

    @Test
    void mustLeaveWhatIsPinned() {
        try (Allocator allocator = open("slab");
                HandleHeap heap = new HandleHeap(allocator)) {
            List<Handle> kept = sparse(heap, 0.9);
            Handle pinned = kept.getFirst();
            try (Pin pin = heap.pin(pinned);
                    Defragmentation defragmentation = heap.defragment(Strategy.REORGANIZE)) {
                long address = pin.memory().address();
                defragmentation.pass(Budget.UNBOUNDED);
                assertThat(heap.<Long>read(pinned, memory -> memory.address())).isEqualTo(address);
                assertThat(pin.memory().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(pinned.bits());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "tlsf", "adaptive"})
    void mustNotDisturbReadersAndWriters(String strategy) throws InterruptedException {
        try (Allocator allocator = open(strategy);
                HandleHeap heap = new HandleHeap(allocator)) {
            List<Handle> kept = sparse(heap, 0.9);
            AtomicBoolean isOver = new AtomicBoolean();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            List<Thread> threads = new ArrayList<>();
            for (int number = 0; number < 2; number++) {
                SplittableRandom random = new SplittableRandom(number);
                int own = number;
                threads.add(Thread.ofPlatform().start(() -> {
                    try {
                        while (!isOver.get()) {
                            Handle handle = kept.get(random.nextInt(kept.size()));
                            assertThat(holds(heap, handle)).isTrue();
                            Handle other = heap.allocate(random.nextInt(8, 500));
                            heap.write(other, memory -> memory.set(ValueLayout.JAVA_LONG, 0, other.bits() ^ own));
                            assertThat(heap.<Long>read(other, memory -> memory.get(ValueLayout.JAVA_LONG, 0)))
                                    .isEqualTo(other.bits() ^ own);
                            heap.free(other);
                        }
                    } catch (Throwable e) {
                        failure.set(e);
                    }
                }));
            }
            for (int round = 0; round < 5; round++) {
                try (Defragmentation defragmentation = heap.defragment(Strategy.REORGANIZE)) {
                    defragmentation.pass(new Budget(2 << 20, Long.MAX_VALUE, Duration.ofDays(1)));
                }
            }
            isOver.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(failure).hasNullValue();
            assertThat(kept).allMatch(handle -> holds(heap, handle));
            assertThat(heap.liveBlocks()).isEqualTo(kept.size());
        }
    }

    @Test
    void mustRefuseAnAllocatorThatCannotTellWhatIsWorthMoving() {
        try (Allocator allocator = open("arena")) {
            assertThat(allocator.as(Evacuable.class)).isEmpty();
            HandleHeap heap = new HandleHeap(allocator);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> heap.defragment(Strategy.COMPACT))
                    .withMessageContaining("Evacuable");
            assertThat(heap.defragment(Strategy.COALESCE).pass(Budget.UNBOUNDED).isComplete())
                    .isTrue();
        }
    }
}
