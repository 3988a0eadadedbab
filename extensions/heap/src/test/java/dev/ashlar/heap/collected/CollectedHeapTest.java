package dev.ashlar.heap.collected;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.heap.Defragmentation;
import dev.ashlar.heap.StaleHandleException;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.TellingAllocator;
import dev.ashlar.testkit.TestLength;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every collector does with particular graphs, and what the heap promises whatever the collector. */
class CollectedHeapTest {

    private static final long LIMIT = 1L << 30;
    private static final Layout PAIR = new Layout(2, 8);
    private static final Duration MOMENT = Duration.ofNanos(1);

    private final Allocator allocator = AllocatorProviders.require("slab").create(AllocatorConfig.defaults());

    @AfterEach
    void closeAllocator() {
        assertThat(allocator.stats().liveBlocks()).as("all heaps are closed").isZero();
        allocator.close();
    }

    private CollectedHeap open(Algorithm algorithm) {
        return CollectedHeap.builder(allocator, LIMIT).algorithm(algorithm).build();
    }

    /** A list of objects, each in field 0 of the one before. Field 1 refers back if it is doubly linked. */
    private static long list(CollectedHeap heap, Scope scope, int length, boolean isDoublyLinked) {
        long first = scope.allocate(PAIR);
        long last = first;
        for (int i = 1; i < length; i++) {
            long next = scope.allocate(PAIR);
            heap.set(last, 0, next);
            if (isDoublyLinked) {
                heap.set(next, 1, last);
            }
            if (last != first) {
                scope.release(last);
            }
            last = next;
        }
        return first;
    }

    private static void mustHaveObjects(CollectedHeap heap, long count) {
        heap.collect();
        heap.checkInvariants();
        assertThat(heap.stats().liveObjects()).isEqualTo(count);
    }

    @ParameterizedTest
    @EnumSource
    void mustCollectRingsOfAllSizes(Algorithm algorithm) {
        try (CollectedHeap heap = open(algorithm);
                Scope outer = heap.scope()) {
            long holder = outer.allocate(PAIR);
            for (int length : new int[] {1, 2, 3, 10, 1000}) {
                try (Scope scope = heap.scope()) {
                    long first = list(heap, scope, length, false);
                    long last = first;
                    for (int i = 1; i < length; i++) {
                        last = scope.get(last, 0);
                    }
                    heap.set(last, 0, first);
                    heap.set(holder, 0, last);
                }
                mustHaveObjects(heap, 1 + length);
                heap.set(holder, 0, CollectedHeap.NULL);
                mustHaveObjects(heap, 1);
            }
        }
    }

    /** Two rings that share an object, one that hangs on another, and one that refers to what a scope holds. */
    @ParameterizedTest
    @EnumSource
    void mustCollectRingsThatAreJoined(Algorithm algorithm) {
        try (CollectedHeap heap = open(algorithm);
                Scope outer = heap.scope()) {
            long holder = outer.allocate(PAIR);
            long kept;
            try (Scope scope = heap.scope()) {
                long shared = scope.allocate(PAIR);
                for (int side = 0; side < 2; side++) {
                    long other = scope.allocate(PAIR);
                    heap.set(shared, side, other);
                    heap.set(other, 0, shared);
                    heap.set(other, 1, holder);
                }
                long self = scope.allocate(PAIR);
                heap.set(self, 0, self);
                kept = scope.allocate(PAIR);
                heap.set(self, 1, kept);
                heap.set(kept, 0, kept);
                outer.hold(kept);
                heap.set(holder, 0, shared);
            }
            mustHaveObjects(heap, 5);
            heap.set(holder, 0, CollectedHeap.NULL);
            mustHaveObjects(heap, 2);
            outer.release(kept);
            mustHaveObjects(heap, 1);
        }
    }

    /** The only reference from outside is cut at one object of a ring, while a scope holds another one. */
    @ParameterizedTest
    @EnumSource
    void mustCollectARingThatAScopeHeldThroughACycle(Algorithm algorithm) {
        try (CollectedHeap heap = open(algorithm);
                Scope outer = heap.scope()) {
            long holder = outer.allocate(PAIR);
            try (Scope scope = heap.scope()) {
                long first = list(heap, scope, 2, true);
                heap.set(holder, 0, first);
            }
            mustHaveObjects(heap, 3);
            try (Scope scope = heap.scope()) {
                long first = scope.get(holder, 0);
                scope.get(first, 0);
                scope.release(first);
                heap.set(holder, 0, CollectedHeap.NULL);
                mustHaveObjects(heap, 3);
            }
            mustHaveObjects(heap, 1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void mustCollectADeepListWithoutRecursion(Algorithm algorithm) {
        int length = TestLength.of(300_000, 1_000_000);
        try (CollectedHeap heap = open(algorithm);
                Scope outer = heap.scope()) {
            long holder = outer.allocate(PAIR);
            for (boolean isDoublyLinked : new boolean[] {false, true}) {
                try (Scope scope = heap.scope()) {
                    heap.set(holder, 0, list(heap, scope, length, isDoublyLinked));
                }
                heap.collect();
                assertThat(heap.stats().liveObjects()).isEqualTo(length + 1);
                heap.set(holder, 0, CollectedHeap.NULL);
                heap.collect();
                assertThat(heap.stats().liveObjects()).isEqualTo(1);
            }
        }
    }

    /** Also a sweep that finds nothing to free has a slice for each of so many objects. */
    @Test
    void mustMarkAndSweepLiveObjectsInSlices() {
        try (CollectedHeap heap = CollectedHeap.builder(allocator, LIMIT)
                        .algorithm(Algorithm.MARK_SWEEP)
                        .stepsPerLook(1)
                        .build();
                Scope scope = heap.scope()) {
            int objects = 1_000;
            list(heap, scope, objects, false);
            int slices = 1;
            while (!heap.step(MOMENT)) {
                slices++;
            }
            assertThat(slices).isGreaterThan(2 * objects - 10);
            assertThat(heap.stats().liveObjects()).isEqualTo(objects);
        }
    }

    /** A cycle in many slices, in each of which the only reference to a white object moves to a black one. */
    @ParameterizedTest
    @EnumSource
    void mustKeepWhatMovesBetweenTheSlices(Algorithm algorithm) {
        try (CollectedHeap heap = CollectedHeap.builder(allocator, LIMIT)
                        .algorithm(algorithm)
                        .stepsPerLook(4)
                        .build();
                Scope scope = heap.scope()) {
            int length = 100;
            long array = scope.allocate(Layout.array(length));
            for (int i = 0; i < length; i++) {
                try (Scope inner = heap.scope()) {
                    heap.set(array, i, inner.allocate(PAIR));
                }
            }
            heap.collect();
            SplittableRandom random = new SplittableRandom(1);
            long expected = heap.stats().liveObjects();
            for (int cycle = 0; cycle < 3; cycle++) {
                long late = scope.allocate(Layout.array(length)); // new before the cycle, the last to be scanned
                do {
                    int from = random.nextInt(length);
                    try (Scope inner = heap.scope()) {
                        long moving = inner.get(array, from);
                        if (moving != CollectedHeap.NULL) {
                            heap.set(array, from, CollectedHeap.NULL);
                            heap.set(random.nextBoolean() ? late : array, from, moving);
                        }
                    }
                    heap.checkInvariants();
                } while (!heap.step(MOMENT));
                for (int i = 0; i < length; i++) {
                    try (Scope inner = heap.scope()) {
                        long moved = inner.get(late, i);
                        if (moved != CollectedHeap.NULL) {
                            heap.set(array, i, moved);
                        }
                    }
                }
                scope.release(late);
                mustHaveObjects(heap, expected);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void mustKeepWhatYoungCollectionsFindInOldObjectsOnly(Algorithm algorithm) {
        try (CollectedHeap heap = CollectedHeap.builder(allocator, 2 << 20)
                        .algorithm(algorithm)
                        .build();
                Scope scope = heap.scope()) {
            int length = 1000;
            long array = scope.allocate(Layout.array(length));
            heap.collect();
            SplittableRandom random = new SplittableRandom(1);
            for (int i = 0; i < 200_000; i++) { // more than the limit, so that it is collected without a call
                try (Scope inner = heap.scope()) {
                    long object = inner.allocate(PAIR);
                    heap.write(object, memory -> memory.set(ValueLayout.JAVA_LONG, 0, object));
                    int field = random.nextInt(length);
                    heap.set(object, 0, inner.get(array, random.nextInt(length)));
                    heap.set(array, field, object);
                    if (random.nextInt(3) == 0) {
                        heap.set(object, 0, CollectedHeap.NULL); // so that chains end
                    }
                }
            }
            assertThat(heap.stats().collectedObjects()).isGreaterThan(10_000);
            heap.checkInvariants();
            for (int i = 0; i < length; i++) {
                try (Scope inner = heap.scope()) {
                    long object = inner.get(array, i);
                    if (object != CollectedHeap.NULL) {
                        long found = heap.<Long>read(object, memory -> memory.get(ValueLayout.JAVA_LONG, 0));
                        assertThat(found).isEqualTo(object);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = "MARK_SWEEP", mode = EnumSource.Mode.EXCLUDE)
    void mustFreeListsWithoutACycle(Algorithm algorithm) {
        try (CollectedHeap heap = open(algorithm)) {
            for (int i = 0; i < 3_000; i++) {
                try (Scope scope = heap.scope()) {
                    list(heap, scope, 50, false);
                }
            }
            assertThat(heap.stats().cycles()).isZero();
            assertThat(heap.stats().liveObjects()).isLessThan(40_000); // those since the last collection of a part
        }
    }

    @ParameterizedTest
    @EnumSource
    void mustCollectAtTheTriggerAndRefuseOnlyWhenFull(Algorithm algorithm) {
        long limit = 1 << 20;
        List<Cycle> completed = new ArrayList<>();
        CollectionListener listener = new CollectionListener() {
            @Override
            public void completed(Cycle cycle) {
                completed.add(cycle);
            }
        };
        try (CollectedHeap heap = CollectedHeap.builder(allocator, limit)
                        .algorithm(algorithm)
                        .listener(listener)
                        .build();
                Scope scope = heap.scope()) {
            for (int i = 0; i < 100_000; i++) {
                try (Scope inner = heap.scope()) {
                    long self = inner.allocate(PAIR);
                    heap.set(self, 0, self);
                }
            }
            assertThat(heap.stats().liveBytes()).isLessThanOrEqualTo(limit);
            assertThatExceptionOfType(AllocationException.class)
                    .isThrownBy(() -> {
                        while (true) {
                            scope.allocate(new Layout(0, 1000));
                        }
                    })
                    .withMessageContaining("'collected heap'");
            assertThat(heap.stats().liveBytes()).isGreaterThan(limit - 1000);
            assertThat(heap.stats().cycles()).isPositive().isEqualTo(completed.size());
            assertThat(completed.getLast().number()).isEqualTo(completed.size());
            assertThat(completed.stream().mapToLong(Cycle::collectedObjects).sum())
                    .isLessThanOrEqualTo(heap.stats().collectedObjects())
                    .isGreaterThan(50_000);
            assertThatExceptionOfType(AllocationException.class)
                    .isThrownBy(() -> scope.allocate(new Layout(0, limit + 1)))
                    .withMessageContaining("at most " + limit);
        }
    }

    @ParameterizedTest
    @EnumSource
    void mustRunFinalisersOnceAndOutsideOfTheLock(Algorithm algorithm) {
        List<String> ran = Collections.synchronizedList(new ArrayList<>());
        try (CollectedHeap heap = open(algorithm);
                Scope outer = heap.scope()) {
            long kept = outer.allocate(PAIR);
            heap.whenCollected(kept, () -> ran.add("kept"));
            try (Scope scope = heap.scope()) {
                long object = scope.allocate(PAIR);
                heap.whenCollected(object, () -> {
                    assertThatExceptionOfType(StaleHandleException.class).isThrownBy(() -> heap.layout(object));
                    try (Scope inner = heap.scope()) {
                        inner.allocate(PAIR);
                    }
                    heap.collect(); // does not run the next ones within this one
                    ran.add("first");
                });
                heap.whenCollected(object, () -> ran.add("second"));
                heap.collect();
                assertThat(ran).isEmpty();
            }
            heap.collect();
            assertThat(ran).containsExactly("first", "second");
            heap.collect();
            assertThat(ran).hasSize(2);
        }
        assertThat(ran).as("at the close").containsExactly("first", "second", "kept");
    }

    @Test
    void mustPassExceptionsOfFinalisersToTheHandlerOfTheThread() throws InterruptedException {
        List<Throwable> thrown = Collections.synchronizedList(new ArrayList<>());
        Thread thread = new Thread(() -> {
            try (CollectedHeap heap = open(Algorithm.MARK_SWEEP)) {
                try (Scope scope = heap.scope()) {
                    heap.whenCollected(scope.allocate(PAIR), () -> {
                        throw new IllegalStateException("of the finaliser");
                    });
                }
                heap.collect();
                assertThat(heap.stats().liveObjects()).isZero();
            }
        });
        thread.setUncaughtExceptionHandler((_, e) -> thrown.add(e));
        thread.start();
        thread.join();
        assertThat(thrown).singleElement().satisfies(e -> assertThat(e).hasMessage("of the finaliser"));
    }

    @ParameterizedTest
    @EnumSource
    void mustKeepWhatTheScopesOfManyThreadsHold(Algorithm algorithm) throws Exception {
        int rounds = TestLength.of(150, 3_000);
        AtomicBoolean isOver = new AtomicBoolean();
        try (CollectedHeap heap = CollectedHeap.builder(allocator, 4 << 20)
                        .algorithm(algorithm)
                        .slice(Duration.ofNanos(100_000))
                        .build();
                ExecutorService threads = Executors.newCachedThreadPool();
                Scope shared = heap.scope()) {
            long array = shared.allocate(Layout.array(64));
            List<Future<Long>> running = new ArrayList<>();
            for (int thread = 0; thread < 3; thread++) {
                SplittableRandom random = new SplittableRandom(thread);
                Callable<Long> work = () -> churn(heap, array, random, rounds);
                running.add(threads.submit(work));
            }
            Future<?> moving = threads.submit(() -> {
                while (!isOver.get()) {
                    try (Defragmentation defragmentation = heap.defragment(Defragmentation.Strategy.REORGANIZE)) {
                        defragmentation.pass(Defragmentation.Budget.UNBOUNDED);
                    }
                }
            });
            try {
                for (Future<Long> each : running) {
                    assertThat(each.get()).isEqualTo(rounds);
                }
            } finally {
                isOver.set(true);
            }
            moving.get();
            heap.collect();
            heap.checkInvariants();
        }
    }

    /** Builds lists of 100 objects, publishes them in a shared array, and checks those that others published. */
    private static long churn(CollectedHeap heap, long array, SplittableRandom random, int rounds) {
        for (int round = 0; round < rounds; round++) {
            try (Scope scope = heap.scope()) {
                long first = list(heap, scope, 100, true);
                for (long object = first; object != CollectedHeap.NULL; object = scope.get(object, 0)) {
                    heap.write(object, memory -> memory.set(ValueLayout.JAVA_LONG, 0, first));
                }
                heap.set(array, random.nextInt(64), first);
                long other = scope.get(array, random.nextInt(64));
                for (long object = other; object != CollectedHeap.NULL; object = scope.get(object, 0)) {
                    long found = heap.<Long>read(object, memory -> memory.get(ValueLayout.JAVA_LONG, 0));
                    assertThat(found).isEqualTo(other);
                }
            }
        }
        return rounds;
    }

    @ParameterizedTest
    @EnumSource
    void mustLeaveMemoryThatCanBeCompacted(Algorithm algorithm) {
        AllocatorConfig config = AllocatorConfig.builder().retainedBytes(0).build();
        try (Allocator slab = AllocatorProviders.require("slab").create(config);
                CollectedHeap heap = CollectedHeap.builder(slab, 64 << 20)
                        .algorithm(algorithm)
                        .build();
                Scope scope = heap.scope()) {
            int length = 20_000;
            long array = scope.allocate(Layout.array(length));
            for (int i = 0; i < length; i++) {
                try (Scope inner = heap.scope()) {
                    long object = inner.allocate(new Layout(1, 200));
                    long content = i;
                    heap.write(object, memory -> memory.set(ValueLayout.JAVA_LONG, 0, content));
                    heap.set(array, i, object);
                }
            }
            for (int i = 0; i < length; i++) {
                if (i % 10 != 0) {
                    heap.set(array, i, CollectedHeap.NULL);
                }
            }
            mustHaveObjects(heap, 1 + length / 10);
            long before = slab.stats().committedBytes();
            try (Defragmentation defragmentation = heap.defragment(Defragmentation.Strategy.COMPACT)) {
                assertThat(defragmentation
                                .pass(Defragmentation.Budget.UNBOUNDED)
                                .moves())
                        .isPositive();
            }
            assertThat(slab.stats().committedBytes()).isLessThan(before / 2);
            for (int i = 0; i < length; i += 10) {
                long object = scope.get(array, i);
                assertThat(heap.<Long>read(object, memory -> memory.get(ValueLayout.JAVA_LONG, 0)))
                        .isEqualTo(i);
            }
            mustHaveObjects(heap, 1 + length / 10);
        }
    }

    /** An object that is read while the nursery is emptied stays there, and leaves it later. */
    @Test
    void mustMoveWhatWasReadOutOfTheNurseryLater() {
        try (CollectedHeap heap = open(Algorithm.GENERATIONAL);
                Scope scope = heap.scope()) {
            long object = scope.allocate(PAIR);
            long before = heap.<Long>read(object, memory -> {
                heap.collect();
                return memory.address();
            });
            assertThat(addressOf(heap, object)).as("pinned in the first cycle").isEqualTo(before);
            heap.collect();
            assertThat(addressOf(heap, object)).isNotEqualTo(before);
            assertThat(addressOf(heap, scope.allocate(PAIR)))
                    .as("the nursery is used again")
                    .isEqualTo(before);
        }
    }

    /** An object that is collected while a thread reads it keeps its memory until then. */
    @ParameterizedTest
    @EnumSource
    void mustNotReleaseWhatIsReadBeforeTheReaderEnds(Algorithm algorithm) {
        try (CollectedHeap heap = open(algorithm);
                Scope outer = heap.scope()) {
            Scope scope = heap.scope();
            long object = scope.allocate(PAIR);
            heap.write(object, memory -> memory.set(ValueLayout.JAVA_LONG, 0, 42));
            long found = heap.<Long>read(object, memory -> {
                scope.close();
                heap.collect();
                assertThat(heap.stats().liveObjects()).isZero();
                for (int i = 0; i < 100; i++) {
                    outer.allocate(PAIR);
                }
                return memory.get(ValueLayout.JAVA_LONG, 0);
            });
            assertThat(found).isEqualTo(42);
        }
    }

    private static long addressOf(CollectedHeap heap, long object) {
        return heap.<Long>read(object, MemorySegment::address);
    }

    /** The first objects of two heaps have the same entry of a table, which was used as often. */
    @Test
    void mustRefuseAnObjectOfAnotherHeap() {
        try (CollectedHeap heap = open(Algorithm.MARK_SWEEP);
                CollectedHeap other = open(Algorithm.MARK_SWEEP);
                Scope scope = heap.scope();
                Scope otherScope = other.scope()) {
            long object = scope.allocate(PAIR);
            long foreign = otherScope.allocate(PAIR);
            assertThat((int) foreign).isEqualTo((int) object);
            assertThatExceptionOfType(StaleHandleException.class).isThrownBy(() -> heap.set(object, 0, foreign));
            assertThatExceptionOfType(StaleHandleException.class).isThrownBy(() -> scope.hold(foreign));
            assertThatExceptionOfType(StaleHandleException.class)
                    .isThrownBy(() -> heap.read(foreign, MemorySegment::byteSize));
            assertThat(otherScope.get(foreign, 0)).isEqualTo(CollectedHeap.NULL);
        }
    }

    @Test
    void mustRefuseWhatIsNoObjectHere() {
        try (CollectedHeap heap = open(Algorithm.MARK_SWEEP);
                Scope scope = heap.scope()) {
            long object = scope.allocate(PAIR);
            for (long bits : new long[] {CollectedHeap.NULL, -1, object + 1, object + (1L << 33), object & 0xFFFF}) {
                assertThatExceptionOfType(StaleHandleException.class).isThrownBy(() -> heap.layout(bits));
                assertThatExceptionOfType(StaleHandleException.class).isThrownBy(() -> scope.hold(bits));
                assertThatExceptionOfType(StaleHandleException.class).isThrownBy(() -> heap.set(bits, 0, object));
                assertThatExceptionOfType(StaleHandleException.class)
                        .isThrownBy(() -> heap.read(bits, MemorySegment::byteSize));
                assertThat(scope.tryHold(bits)).isFalse();
            }
            assertThatExceptionOfType(StaleHandleException.class).isThrownBy(() -> heap.set(object, 0, -1));
            assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> heap.set(object, 2, object));
            assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> scope.get(object, -1));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> scope.release(CollectedHeap.NULL))
                    .withMessageContaining("null is not held");
            assertThat(scope.get(object, 0)).isEqualTo(CollectedHeap.NULL);
        }
    }

    @Test
    void mustRefuseEverythingAfterTheClose() {
        CollectedHeap heap = open(Algorithm.GENERATIONAL);
        Scope closed = heap.scope();
        closed.close();
        closed.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> closed.allocate(PAIR))
                .withMessageContaining("scope is closed");
        Scope scope = heap.scope();
        long object = scope.allocate(PAIR);
        heap.close();
        heap.close();
        assertThatIllegalStateException().isThrownBy(() -> scope.allocate(PAIR)).withMessage("The heap is closed");
        assertThatIllegalStateException().isThrownBy(heap::collect);
        assertThatExceptionOfType(StaleHandleException.class)
                .isThrownBy(() -> heap.read(object, MemorySegment::byteSize));
        scope.close();
        assertThat(heap.stats().liveObjects()).isZero();
    }

    @Test
    void mustNameValuesThatAreOutOfRange() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Layout(-1, 0))
                .withMessageContaining("references is -1, must be 0 to ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Layout(1, 1L << 32))
                .withMessageContaining("must be 0 to " + (0xFFFF_FFFFL - 8));
        CollectedHeap.Builder builder = CollectedHeap.builder(allocator, 1);
        assertThatIllegalArgumentException().isThrownBy(() -> builder.trigger(Double.NaN));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.trigger(1.1))
                .withMessageContaining("1.1");
        assertThatIllegalArgumentException().isThrownBy(() -> builder.slice(Duration.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> CollectedHeap.builder(allocator, 0));
    }

    @Test
    @Timeout(60)
    void mustFreeEverythingAndKeepNoLockIfTheAllocatorHasSomethingToTell() {
        TellingAllocator telling = new TellingAllocator(allocator);
        CollectedHeap heap = CollectedHeap.builder(telling, LIMIT).build();
        AtomicInteger collected = new AtomicInteger();
        Scope scope = heap.scope();
        for (int i = 0; i < 3; i++) {
            heap.whenCollected(scope.allocate(PAIR), collected::incrementAndGet);
        }
        telling.tell(true);
        assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(heap::close);
        assertThat(collected).hasValue(3);
        assertThat(allocator.stats().liveBlocks()).isZero();
        assertThat(CompletableFuture.supplyAsync(heap::stats).join().liveObjects())
                .isZero();
        heap.close();
    }

    /** The virtual machine ignores what such a handler throws. */
    @Test
    void mustRunFurtherFinalisersAfterAHandlerThatThrows() throws InterruptedException {
        AtomicInteger collected = new AtomicInteger();
        Thread thread = Thread.ofPlatform()
                .uncaughtExceptionHandler((_, failure) -> {
                    throw new IllegalStateException(failure);
                })
                .start(() -> {
                    try (CollectedHeap heap = open(Algorithm.MARK_SWEEP)) {
                        try (Scope scope = heap.scope()) {
                            heap.whenCollected(scope.allocate(PAIR), () -> {
                                throw new UnsupportedOperationException("a finaliser");
                            });
                            heap.whenCollected(scope.allocate(PAIR), collected::incrementAndGet);
                        }
                        heap.collect();
                        try (Scope scope = heap.scope()) {
                            heap.whenCollected(scope.allocate(PAIR), collected::incrementAndGet);
                        }
                        heap.collect();
                    }
                });
        thread.join();
        assertThat(collected).hasValue(2);
    }

    /** Longer than what nanoseconds in a long can say. */
    @Test
    void mustTakeAnyBudget() {
        Duration longest = Duration.ofSeconds(Long.MAX_VALUE);
        try (CollectedHeap heap =
                CollectedHeap.builder(allocator, LIMIT).slice(longest).build()) {
            try (Scope scope = heap.scope()) {
                scope.allocate(PAIR);
            }
            assertThat(heap.step(longest)).isTrue();
            assertThat(heap.stats().liveObjects()).isZero();
            try (Defragmentation defragmentation = heap.defragment(Defragmentation.Strategy.COMPACT)) {
                assertThat(defragmentation
                                .pass(new Defragmentation.Budget(1 << 20, 100, longest))
                                .isComplete())
                        .isTrue();
            }
        }
    }
}
