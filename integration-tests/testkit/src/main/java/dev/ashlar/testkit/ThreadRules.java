package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.testkit.ContractLimits.RacingFrees;
import dev.ashlar.testkit.TestThread.Kind;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/**
 * Rules 1 and 5 between threads: any thread may free what another allocated, or is refused if the allocator is
 * confined.
 */
interface ThreadRules extends AllocatorUnderTestFactory {

    @Test
    default void rule01_mustNotHandOutOverlappingBlocksToManyThreads() {
        churnTogether(Kind.PLATFORM, 4, TestLength.of(3_000, 200_000));
    }

    @Test
    default void rule01_mustNotHandOutOverlappingBlocksToManyVirtualThreads() {
        churnTogether(Kind.VIRTUAL, TestLength.of(30, 300), TestLength.of(300, 3_000));
    }

    /** Each passes a part of its blocks to the others, which free them. */
    private void churnTogether(Kind kind, int threads, int operations) {
        try (AllocatorUnderTest subject = subject(AllocationException.NO_LIMIT, 4 << 20)) {
            if (subject.isConfined()) {
                assertOtherThreadsAreRefused(subject);
                return;
            }
            Queue<MemorySegment> exchange = new ConcurrentLinkedQueue<>();
            TestThread.together(
                    kind,
                    threads,
                    number ->
                            new ChurnWorkload(subject, ChurnWorkload.Mix.EVERYTHING, exchange, number).run(operations));
            subject.recorder().checkContents();
            subject.freeEverything();
            assertThat(subject.stats().liveBlocks()).isZero();
        }
    }

    @Test
    default void rule05_mustLetAnyThreadFreeOrRefuseAllOthers() {
        for (Kind kind : Kind.values()) {
            try (AllocatorUnderTest subject = subject();
                    TestThread other = new TestThread(kind)) {
                if (subject.isConfined()) {
                    assertOtherThreadsAreRefused(subject);
                    return;
                }
                for (long byteSize :
                        new long[] {0, 8, 100, 1000, declaredLimits().largestBlock()}) {
                    List<MemorySegment> own = subject.allocateMany(20, byteSize);
                    List<MemorySegment> others = other.call(() -> subject.allocateMany(20, byteSize));
                    other.run(() -> subject.free(own));
                    subject.freeAll(others.subList(0, 10));
                    subject.free(others.subList(10, 20));
                }
                assertThat(subject.stats().liveBlocks()).isZero();
                assertThat(subject.stats().requestedBytes()).isZero();
            }
        }
    }

    @Test
    default void rule05_mustLetAnyThreadFreeTheBlocksOfAnEndedThread() {
        try (AllocatorUnderTest subject = subject()) {
            if (subject.isConfined()) {
                assertOtherThreadsAreRefused(subject);
                return;
            }
            for (int i = 0; i < 30; i++) {
                List<MemorySegment> left;
                try (TestThread other = new TestThread(Kind.alternating(i))) {
                    left = other.call(() -> subject.allocateMany(20, 72));
                }
                subject.recorder().checkContents();
                subject.free(left);
            }
            assertThat(subject.stats().liveBlocks()).isZero();
        }
    }

    @Test
    default void rule05_mustServeAProducerWhoseBlocksAConsumerFrees() {
        for (Kind producerKind : Kind.values()) {
            for (Kind consumerKind : Kind.values()) {
                produceAndConsume(producerKind, consumerKind, TestLength.of(1_000, 400_000));
            }
        }
    }

    /**
     * The memory of blocks that another thread freed must come back to the producer: in all they are many times the
     * limit.
     */
    private void produceAndConsume(Kind producerKind, Kind consumerKind, int blocks) {
        try (AllocatorUnderTest subject = declaredLimits().hasOwnMemory() ? tightSubject() : subject();
                TestThread producer = new TestThread(producerKind);
                TestThread consumer = new TestThread(consumerKind)) {
            if (subject.isConfined()) {
                assertOtherThreadsAreRefused(subject);
                return;
            }
            assumeFalse(subject.waitsForReset(), "limits() declares that single frees return nothing");
            // Blocks of 256 fill the limit: those in the queue must fit, whatever they are rounded up to.
            long byteSize = Math.min(
                    declaredLimits().largestBlock(), declaredLimits().tightLimitBytes() / Math.max(256, blocks / 8));
            BlockingQueue<MemorySegment> queue = new ArrayBlockingQueue<>(64);
            var produced = producer.start(() -> {
                for (int i = 0; i < blocks; i++) {
                    queue.put(subject.allocate(byteSize));
                }
                return true;
            });
            consumer.run(() -> {
                for (int i = 0; i < blocks; i++) {
                    MemorySegment block = queue.poll(1, TimeUnit.SECONDS);
                    if (block != null) {
                        subject.free(block);
                    } else if (produced.isDone()) {
                        return; // its own failure has the reason
                    } else {
                        i--;
                    }
                }
            });
            producer.await(produced);
            assertThat(subject.stats().liveBlocks()).isZero();
        }
    }

    @Test
    default void rule05_mustLetOneThreadAtATimeFreeABlock() {
        assumeTrue(
                declaredLimits().sees(InvalidBlockException.Reason.FREED_TWICE),
                "limits() declares that FREED_TWICE is not seen");
        try (AllocatorUnderTest subject = subject()) {
            if (subject.isConfined()) {
                assertOtherThreadsAreRefused(subject);
                return;
            }
            int rounds = TestLength.of(200, 20_000);
            MemorySegment guard = subject.allocate(64);
            MemorySegment[] blocks = new MemorySegment[rounds];
            for (int i = 0; i < rounds; i++) {
                blocks[i] = subject.allocate(64);
                subject.recorder().givenBack(blocks[i]);
            }
            AtomicInteger refused = new AtomicInteger();
            AtomicInteger arrived = new AtomicInteger();
            TestThread.together(Kind.PLATFORM, 2, number -> {
                try {
                    for (int i = 0; i < rounds; i++) {
                        arrived.incrementAndGet();
                        int both = 2 * (i + 1);
                        Race.await(() -> arrived.get() >= both); // so that both free each block at the same time
                        try {
                            subject.allocator().free(blocks[i]);
                        } catch (InvalidBlockException e) {
                            refused.incrementAndGet();
                        }
                    }
                } finally {
                    arrived.addAndGet(2 * rounds); // no thread waits for a failed one
                }
            });
            assertThat(refused).as("frees refused, of two for each block").hasValueLessThanOrEqualTo(rounds);
            List<MemorySegment> later = subject.allocateMany(2 * rounds, 64); // throws if two of them overlap
            subject.recorder().checkContents();
            subject.free(later.subList(0, rounds));
            assumeTrue(
                    declaredLimits().racingFrees() != RacingFrees.BOTH_MAY_BE_SERVED,
                    "limits() declares that both of two racing frees may be served, so figures may be wrong now");
            subject.free(later.subList(rounds, 2 * rounds));
            assertThat(refused).as("frees refused, of two for each block").hasValue(rounds);
            subject.free(guard);
            assertThat(subject.stats().liveBlocks()).isZero();
        }
    }

    /** The replacement for every test with several threads if the allocator is declared to be for one. */
    static void assertOtherThreadsAreRefused(AllocatorUnderTest subject) {
        MemorySegment block = subject.allocate(64);
        for (Kind kind : Kind.values()) {
            try (TestThread other = new TestThread(kind)) {
                other.run(() -> {
                    assertWrongThread(() -> subject.allocator().allocate(8));
                    assertWrongThread(() -> subject.allocator().tryAllocate(8, 8));
                    assertWrongThread(() -> subject.allocator().allocateAll(8, 8, 2));
                    assertWrongThread(() -> subject.allocator().allocateAll(8, 8, 0));
                    assertWrongThread(() -> subject.allocator().freeAll(List.of()));
                    assertWrongThread(() -> subject.allocator().free(block));
                    assertWrongThread(() -> subject.allocator().freeAll(List.of(block)));
                    assertWrongThread(() -> subject.allocator().resize(block, 80));
                    assertWrongThread(() -> subject.allocator().tryAllocate(8, 8, AllocationHints.NONE));
                    assertWrongThread(() -> subject.allocator().tryAllocateAll(8, 8, 0));
                    assertWrongThread(() -> subject.allocator().tryResize(block, 80, 8));
                    subject.allocator()
                            .as(AddressAllocator.class)
                            .ifPresent(addresses -> AddressRules.assertOtherThreadIsRefused(addresses, block));
                    assertWrongThread(() -> subject.allocator().trim());
                    assertWrongThread(() -> subject.allocator().close());
                });
            }
        }
        subject.recorder().checkContents();
        subject.free(block);
        assertThat(subject.stats().liveBlocks()).isZero();
    }

    private static void assertWrongThread(ThrowingCallable call) {
        assertThatExceptionOfType(WrongThreadException.class).isThrownBy(call);
    }
}
