package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.support.Holdable;
import dev.ashlar.testkit.ContractLimits.Closing;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Rule 9: a closed allocator serves nothing. Its memory is dead or, if it owns none, unchanged. */
interface CloseRules extends AllocatorUnderTestFactory {

    @Test
    default void rule09_mustRefuseEveryOperationAfterClose() {
        try (AllocatorUnderTest subject = subject()) {
            Allocator allocator = subject.allocator();
            MemorySegment block = allocator.allocate(64);
            MemorySegment freed = allocator.allocate(64);
            allocator.free(freed);
            assertThat(allocator.isClosed()).as("closed when it is open").isFalse();
            allocator.close();
            assertThat(allocator.isClosed()).as("closed").isTrue();
            assertThatIllegalStateException().isThrownBy(() -> allocator.allocate(8));
            assertThatIllegalStateException().isThrownBy(() -> allocator.allocate(8, 8));
            assertThatIllegalStateException().isThrownBy(() -> allocator.tryAllocate(8, 8));
            assertThatIllegalStateException().isThrownBy(() -> allocator.tryAllocate(0, 1));
            assertThatIllegalStateException().isThrownBy(() -> allocator.allocateZeroed(8, 8));
            assertThatIllegalStateException().isThrownBy(() -> allocator.allocateAll(8, 8, 2));
            assertThatIllegalStateException().isThrownBy(() -> allocator.allocateAll(8, 8, 0));
            assertThatIllegalStateException().isThrownBy(() -> allocator.allocateAll(new long[0], 8));
            assertThatIllegalStateException().isThrownBy(() -> allocator.resize(block, 128));
            assertThatIllegalStateException().isThrownBy(() -> allocator.tryAllocate(8, 8, AllocationHints.NONE));
            assertThatIllegalStateException().isThrownBy(() -> allocator.tryAllocateAll(8, 8, 0));
            assertThatIllegalStateException().isThrownBy(() -> allocator.tryAllocateAll(new long[0], 8));
            assertThatIllegalStateException().isThrownBy(() -> allocator.tryResize(block, 128, 8));
            assertThat(allocator.refusal(8, 8)).as("a refusal after the close").isNotNull();
            assertThat(allocator.goodSize(8, 8)).isGreaterThanOrEqualTo(8);
            assertThatIllegalStateException().isThrownBy(allocator::trim);
            if (!subject.takesFreesWhenClosed()) {
                assertThatIllegalStateException().isThrownBy(() -> allocator.free(block));
                assertThatIllegalStateException().isThrownBy(() -> allocator.free(freed));
                assertThatIllegalStateException().isThrownBy(() -> allocator.freeAll(List.of(block)));
                assertThatIllegalStateException().isThrownBy(() -> allocator.freeAll(List.of()));
            }
            assertThat(subject.source().takes() - subject.source().closes())
                    .isEqualTo(subject.source().openChunks());
        }
    }

    @Test
    default void rule09_mustTakeFreesOfTheBlocksThatItLeavesLive() {
        try (AllocatorUnderTest subject = subject()) {
            assumeTrue(
                    subject.takesFreesWhenClosed(),
                    "limits() declares that it takes no frees after a close; another test shows that it refuses them");
            List<MemorySegment> blocks = subject.allocateMany(6, 100);
            Allocator allocator = subject.allocator();
            allocator.close();
            subject.free(blocks.get(0));
            subject.freeAll(blocks.subList(1, 6));
            if (declaredLimits().sees(InvalidBlockException.Reason.FREED_TWICE)) {
                assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(() -> allocator.free(blocks.get(0)));
            }
        }
    }

    /** A foreign call uses every chunk, so none could be closed, and the blocks still exist. */
    @Test
    default void rule09_mustRefuseFreesAlsoOfBlocksWhoseMemoryCouldNotBeClosed() {
        try (AllocatorUnderTest subject = subject()) {
            assumeTrue(
                    declaredLimits().closing() == Closing.ENDS_MEMORY && !subject.isConfined(),
                    "limits() declares that the allocator underneath closes the chunks");
            List<MemorySegment> blocks = new ArrayList<>();
            for (long byteSize : new long[] {64, 1000, declaredLimits().largestBlock()}) {
                blocks.addAll(subject.allocateMany(2, byteSize));
            }
            subject.source().keepChunksOpen();
            assertThatIllegalStateException().isThrownBy(subject.allocator()::close);
            for (MemorySegment block : blocks) {
                assertThatIllegalStateException()
                        .as("free of %d bytes", block.byteSize())
                        .isThrownBy(() -> subject.allocator().free(block));
            }
            subject.source().recover();
        }
    }

    @Test
    default void rule09_mustEndOrLeaveTheMemoryOfLiveBlocksAsDeclared() {
        try (AllocatorUnderTest subject = subject(AllocationException.NO_LIMIT, 1 << 20)) {
            for (long byteSize : new long[] {1, 64, 1000, declaredLimits().largestBlock()}) {
                subject.allocateMany(3, byteSize);
            }
            List<MemorySegment> live = subject.recorder().blocks();
            subject.allocator().close();
            if (declaredLimits().closing() == Closing.LEAVES_MEMORY) {
                subject.recorder().checkContents();
                return;
            }
            for (MemorySegment block : live) {
                assertThat(block.scope().isAlive()).as("scope of %s", block).isFalse();
                assertThatIllegalStateException().isThrownBy(() -> block.get(ValueLayout.JAVA_BYTE, 0));
                assertThatIllegalStateException().isThrownBy(() -> block.fill((byte) 1));
            }
        }
    }

    @Test
    default void rule09_mustGiveAllMemoryBackOnClose() {
        for (long retained : new long[] {0, 64 << 20}) {
            try (AllocatorUnderTest subject = subject(AllocationException.NO_LIMIT, retained)) {
                new ChurnWorkload(subject, ChurnWorkload.Mix.EVERYTHING).run(1_000);
                boolean leavesMemory = declaredLimits().closing() == Closing.LEAVES_MEMORY;
                if (leavesMemory) {
                    subject.freeEverything();
                }
                subject.allocator().close();
                assumeTrue(!leavesMemory, "limits() declares that the upstream keeps the memory");
                assertThat(subject.source().openChunks())
                        .as("chunks still open")
                        .isZero();
                assertThat(subject.source().misuses()).isEmpty();
            }
        }
    }

    /**
     * Holds the allocator as an arena over it does. Such an arena gives blocks a scope that the JDK does not connect
     * with the allocator.
     */
    @Test
    default void rule09_mustStayOpenWhileItIsHeld() {
        try (AllocatorUnderTest subject = subject()) {
            Optional<Holdable> holdable = subject.allocator().as(Holdable.class);
            if (declaredLimits().closing() == Closing.LEAVES_MEMORY) {
                holdable.ifPresent(held -> {
                    held.hold();
                    subject.allocator().close(); // what is underneath stays open
                    held.release();
                });
                return;
            }
            assertThat(holdable).as("the capability Holdable").isPresent();
            Holdable held = holdable.orElseThrow();
            subject.allocateMany(3, 100);
            held.hold();
            held.hold();
            held.release();
            assertThatIllegalStateException()
                    .isThrownBy(subject.allocator()::close)
                    .withMessageContaining("1");
            subject.recorder().checkContents();
            subject.allocateMany(3, 100);
            subject.freeEverything();
            held.release();
            subject.allocator().close();
            assertThat(subject.source().openChunks()).isZero();
            assertThatIllegalStateException().isThrownBy(held::hold);
        }
    }

    @Test
    default void rule09_mustDoNothingWhenClosedAgain() {
        try (AllocatorUnderTest subject = subject()) {
            subject.allocateMany(10, 100);
            subject.allocator().close();
            long closes = subject.source().closes();
            subject.allocator().close();
            subject.allocator().close();
            assertThat(subject.source().closes()).isEqualTo(closes);
            assertThat(subject.source().misuses()).isEmpty();
        }
    }

    @Test
    default void rule09_mustCloseAnAllocatorThatWasNeverUsed() {
        try (AllocatorUnderTest subject = subject()) {
            subject.allocator().close();
            assertThat(subject.source().openChunks()).isZero();
        }
    }

    @Test
    default void rule09_mustLeakNothingWhenClosedWhileOthersWork() {
        for (int round = 0; round < TestLength.of(8, 200); round++) {
            try (AllocatorUnderTest subject = subject()) {
                if (subject.isConfined()) {
                    ThreadRules.assertOtherThreadsAreRefused(subject);
                    return;
                }
                closeWhileOthersWork(subject, round);
            }
        }
    }

    @Test
    @OwnMemory
    default void rule09_mustGiveBackAChunkThatArrivesWhileItCloses() {
        try (AllocatorUnderTest subject = subject()) {
            if (subject.isConfined()) {
                ThreadRules.assertOtherThreadsAreRefused(subject);
                return;
            }
            closeWhileAChunkArrives(subject);
        }
    }

    private void closeWhileAChunkArrives(AllocatorUnderTest subject) {
        try (TestThread taking = TestThread.platform();
                TestThread closing = TestThread.platform();
                Hold hold = subject.source().holdNextTake()) {
            Future<Boolean> taken = taking.start(() -> {
                try {
                    subject.allocator().allocate(declaredLimits().largestBlock());
                    return true;
                } catch (IllegalStateException e) {
                    return false;
                }
            });
            hold.awaitEntered();
            Future<Boolean> closed = closing.start(() -> {
                subject.allocator().close();
                return true;
            });
            closing.awaitDoneOrIdle(closed); // it may wait for the other, or not
            hold.release();
            taking.await(taken); // both answers are right: a block whose memory is gone, or none
            closing.await(closed);
            if (declaredLimits().closing() == Closing.ENDS_MEMORY) {
                assertThat(subject.source().openChunks())
                        .as("chunks still open")
                        .isZero();
            }
            assertThat(subject.source().misuses()).isEmpty();
        }
    }

    private void closeWhileOthersWork(AllocatorUnderTest subject, int round) {
        List<TestThread> workers = new ArrayList<>();
        List<Future<Boolean>> work = new ArrayList<>();
        AtomicLong allocations = new AtomicLong();
        for (int i = 0; i < 3; i++) {
            TestThread worker = new TestThread(i == 2 ? TestThread.Kind.VIRTUAL : TestThread.Kind.PLATFORM);
            workers.add(worker);
            work.add(worker.start(() -> untilClosed(subject.allocator(), allocations)));
        }
        try {
            while (allocations.get() < 20L * (round + 1)) {
                Race.letOthersRun();
            }
            subject.allocator().close();
            for (int i = 0; i < workers.size(); i++) {
                assertThat(workers.get(i).await(work.get(i))).isTrue();
            }
        } finally {
            workers.forEach(TestThread::close);
        }
        if (declaredLimits().closing() == Closing.ENDS_MEMORY) {
            assertThat(subject.source().openChunks()).as("chunks still open").isZero();
        }
        assertThat(subject.source().misuses()).isEmpty();
    }

    /** Uses the allocator until a call shows that it is closed. */
    private static boolean untilClosed(Allocator allocator, AtomicLong allocations) {
        List<MemorySegment> window = new ArrayList<>();
        try {
            for (int i = 0; ; i++) {
                window.add(allocator.allocate(16 + i % 2000, 8));
                allocations.incrementAndGet();
                if (window.size() > 30) {
                    allocator.free(window.remove(i % 30));
                }
            }
        } catch (IllegalStateException e) {
            return true;
        }
    }
}
