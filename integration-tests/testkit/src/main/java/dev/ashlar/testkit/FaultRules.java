package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Limit;
import dev.ashlar.testkit.ContractLimits.Closing;
import dev.ashlar.testkit.FaultySource.TakeFailure;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Faults of what an allocator calls, at each step of a run: nothing is lost or counted twice, and the next request
 * succeeds.
 */
@OwnMemory
interface FaultRules extends AllocatorUnderTestFactory {

    /** The message of an error that a test plans. */
    String PLANNED = "planned by the test, in the source";

    /** The exception of a listener that a test plans. */
    final class ListenerFailure extends RuntimeException {
        private static final long serialVersionUID = 1;

        ListenerFailure() {
            super("planned by the test, in the listener");
        }
    }

    @Test
    default void faults_mustLoseNothingWhicheverTakeIsRefused() {
        assertEveryTakeMayFail((subject, nth) -> subject.source().refuseTake(nth), _ -> {});
    }

    @Test
    default void faults_mustLoseNothingWhicheverTakeThrows() {
        assertEveryTakeMayFail((subject, nth) -> subject.source().failTake(nth), _ -> {});
    }

    @Test
    default void faults_mustLoseNothingWhicheverTakeRunsOutOfMemory() {
        assertEveryTakeMayFail((subject, nth) -> subject.source().atTake(nth, FaultRules::runOutOfMemory), _ -> {});
    }

    @Test
    default void faults_mustServeAThreadThatIsInterruptedAtAnyTake() {
        assertEveryTakeMayFail(
                (subject, nth) -> subject.source()
                        .atTake(nth, () -> Thread.currentThread().interrupt()),
                subject -> {
                    assertThat(Thread.interrupted()).as("still interrupted").isTrue();
                    assertThat(subject.stats().refused()).as("refused").isZero();
                });
    }

    private static void runOutOfMemory() {
        throw new OutOfMemoryError(PLANNED);
    }

    private static boolean isPlanned(Throwable e) {
        return e instanceof OutOfMemoryError && PLANNED.equals(e.getMessage());
    }

    /**
     * Runs with a fault of the first take, of the second one, and so on.
     *
     * @param whenFailed checks a run in which the take was reached
     */
    private void assertEveryTakeMayFail(
            ObjLongConsumer<AllocatorUnderTest> plan, Consumer<AllocatorUnderTest> whenFailed) {
        long failed = 0;
        long step = 1;
        for (long nth = 1; ; nth += step) {
            try (AllocatorUnderTest subject = subject()) {
                plan.accept(subject, nth);
                run(subject);
                boolean hasFailed =
                        subject.source().refusals() > 0 || subject.source().hasFailed();
                if (hasFailed) {
                    whenFailed.accept(subject);
                    failed++;
                }
                step = Math.max(1, subject.source().takes() / TestLength.of(6, 1_000));
                subject.source().recover();
                assertNothingLost(subject);
                if (!hasFailed) {
                    break;
                }
            }
        }
        assertThat(failed).as("runs in which a take failed").isGreaterThan(1);
    }

    /** The same requests each time. */
    private void run(AllocatorUnderTest subject) {
        Random random = new Random(1);
        List<MemorySegment> live = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
            long byteSize = random.nextLong(1, declaredLimits().largestBlock() / (i % 10 == 0 ? 1 : 8));
            try {
                switch (i % 6) {
                    case 0, 1, 2 -> live.add(subject.allocate(byteSize, 8));
                    case 3 -> live.addAll(subject.allocateAll(new long[] {byteSize, 16, byteSize / 2}, 8));
                    case 4 -> live.addAll(subject.allocateAll(byteSize / 4, 16, 6));
                    default -> {
                        int index = random.nextInt(live.size());
                        live.set(index, subject.resize(live.get(index), byteSize, 8));
                    }
                }
            } catch (AllocationException | TakeFailure e) {
                subject.recorder().checkContents();
            } catch (OutOfMemoryError e) {
                if (!isPlanned(e)) {
                    throw e;
                }
                subject.recorder().checkContents();
            }
            assertExact(subject);
            if (live.size() > 40) {
                subject.free(live.subList(0, 20));
                live.subList(0, 20).clear();
            }
        }
    }

    private static void assertExact(AllocatorUnderTest subject) {
        AllocatorStats stats = subject.stats();
        assertThat(stats.liveBlocks())
                .as("live blocks")
                .isEqualTo(subject.recorder().liveBlocks());
        assertThat(stats.requestedBytes())
                .as("requested bytes")
                .isEqualTo(subject.recorder().requestedBytes());
        assertThat(stats.committedBytes())
                .as("committed bytes")
                .isEqualTo(subject.source().openBytes());
    }

    private void assertNothingLost(AllocatorUnderTest subject) {
        subject.allocate(declaredLimits().largestBlock());
        subject.allocator().trim(); // what could not be returned before goes now, and not during the walk
        subject.check();
        subject.freeEverything();
        assertThat(subject.stats().liveBlocks()).isZero();
        assertThat(subject.stats().requestedBytes()).isZero();
        subject.allocator().trim();
        assertExact(subject);
        assertThat(subject.source().openBytes())
                .as("bytes that a trim leaves")
                .isLessThanOrEqualTo(declaredLimits().retainedBytesPerThread());
        if (declaredLimits().closing() == Closing.ENDS_MEMORY) {
            subject.allocator().close();
            assertThat(subject.source().openChunks()).as("chunks still open").isZero();
        }
        assertThat(subject.source().misuses()).isEmpty();
    }

    @Test
    default void faults_mustServeNoneOfABatchWhoseThreadDiesAtAnyTake() {
        long byteSize = declaredLimits().largestBlock();
        List<Consumer<AllocatorUnderTest>> batches = List.of(
                subject -> subject.allocateAll(byteSize, 8, 6),
                subject -> subject.allocateAll(new long[] {byteSize, 16, byteSize / 2, byteSize, 1, byteSize}, 8));
        for (Consumer<AllocatorUnderTest> batch : batches) {
            long died = 0;
            boolean served = false;
            for (long nth = 1; !served; nth++) {
                try (AllocatorUnderTest subject = subject()) {
                    subject.allocateMany(3, 64);
                    long allocated = subject.stats().allocatedBytes();
                    subject.source().atTake(nth, FaultRules::runOutOfMemory);
                    served = !dies(subject, batch);
                    if (!served) {
                        died++;
                        assertThat(subject.stats().allocatedBytes())
                                .as("allocated bytes")
                                .isEqualTo(allocated);
                        assertExact(subject);
                        batch.accept(subject);
                    }
                    subject.source().recover();
                    assertNothingLost(subject);
                }
            }
            assertThat(died).as("batches whose thread died").isPositive();
        }
    }

    /** Runs a batch on a thread of its own, if the allocator is for any thread. */
    private static boolean dies(AllocatorUnderTest subject, Consumer<AllocatorUnderTest> batch) {
        AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
        if (subject.isConfined()) {
            try {
                batch.accept(subject);
            } catch (OutOfMemoryError e) {
                thrown.set(e);
            }
        } else {
            Thread thread = Thread.ofPlatform()
                    .uncaughtExceptionHandler((_, e) -> thrown.set(e))
                    .start(() -> batch.accept(subject));
            try {
                assertThat(thread.join(TestThread.patience()))
                        .as("the thread of the batch ends")
                        .isTrue();
            } catch (InterruptedException e) {
                throw new AssertionError("interrupted", e);
            }
        }
        Throwable e = thrown.get();
        if (e != null && !isPlanned(e)) {
            throw new AssertionError("on another thread: " + e, e);
        }
        return e != null;
    }

    @Test
    default void faults_mustLoseNothingIfAListenerOfTheBudgetThrows() {
        long byteSize = declaredLimits().largestBlock();
        Limit budget = Limit.of("process", declaredLimits().tightLimitBytes());
        try (AllocatorUnderTest subject = subject(budget, 0)) {
            subject.fill(byteSize);
            budget.onRefusal((_, _) -> {
                throw new ListenerFailure();
            });
            LongConsumer[] requests = {
                size -> subject.allocator().allocate(size, 8),
                size -> subject.allocator().tryAllocate(size, 8),
                size -> subject.allocator().allocateAll(size, 8, 3),
                size -> subject.allocator().allocateAll(new long[] {8, size, size}, 8),
                size -> subject.allocator().resize(subject.recorder().blocks().getFirst(), size + 1, 8),
            };
            for (LongConsumer request : requests) {
                AllocatorStats before = subject.stats();
                try {
                    request.accept(byteSize);
                } catch (ListenerFailure | AllocationException e) {
                    // a listener that throws may count as one that frees nothing
                }
                assertThat(subject.stats().liveBlocks()).as("live blocks").isEqualTo(before.liveBlocks());
                assertExact(subject);
                assertThat(budget.usedBytes())
                        .as("charged bytes")
                        .isEqualTo(subject.source().openBytes());
            }
            subject.recorder().checkContents();
            subject.freeEverything();
            subject.free(subject.allocate(byteSize));
        }
    }

    @Test
    default void faults_mustServeAnInterruptedThreadAndLeaveItInterrupted() {
        try (AllocatorUnderTest subject = subject()) {
            Thread.currentThread().interrupt();
            run(subject);
            subject.freeEverything();
            subject.allocator().trim();
            subject.allocator().close();
        } finally {
            assertThat(Thread.interrupted()).as("still interrupted").isTrue();
        }
    }

    @Test
    default void faults_mustReturnLaterWhatAForeignCallUsesDuringATrim() {
        try (AllocatorUnderTest subject = subject()) {
            run(subject);
            subject.source().keepChunksOpen();
            for (MemorySegment block : subject.recorder().blocks()) {
                try {
                    subject.free(block);
                } catch (IllegalStateException e) {
                    subject.recorder().handedOut(block, block.byteSize(), 1); // not freed
                }
            }
            assertExact(subject);
            try {
                subject.allocator().trim();
            } catch (IllegalStateException e) {
                // told, which is allowed
            }
            assertExact(subject);
            subject.source().recover();
            assertNothingLost(subject);
        }
    }

    @Test
    default void rule09_mustCloseAllButTheChunkThatIsBusyAndThatOneWhenClosedAgain() {
        assumeTrue(
                declaredLimits().closing() != Closing.LEAVES_MEMORY,
                "limits() declares that what is underneath closes the chunks");
        for (long byteSize : new long[] {16, 1000, declaredLimits().largestBlock()}) {
            try (AllocatorUnderTest subject = subject()) {
                subject.allocateMany(20, declaredLimits().largestBlock());
                MemorySegment busy = subject.allocate(byteSize);
                subject.allocateMany(20, declaredLimits().largestBlock());
                assertThat(subject.source().openChunks()).isGreaterThan(1);
                subject.source().keepChunkOpen(busy.address());
                for (int i = 0; i < 2; i++) {
                    assertThatIllegalStateException().isThrownBy(subject.allocator()::close);
                    assertThat(subject.source().openChunks())
                            .as("chunks open: the busy one")
                            .isEqualTo(1);
                    assertThat(busy.scope().isAlive())
                            .isEqualTo(subject.source().chunksOutliveTheirSession());
                }
                assertThatExceptionOfType(IllegalStateException.class)
                        .isThrownBy(() -> subject.allocator().allocate(8));
                subject.source().recover();
                subject.allocator().close();
                assertThat(subject.source().openChunks()).isZero();
                assertThat(subject.source().misuses()).isEmpty();
            }
        }
    }
}
