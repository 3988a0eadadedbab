package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.AllocationException;
import dev.ashlar.testkit.TestThread.Kind;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * Rule 12: no thread waits for another, unless memory moves to or from upstream.
 *
 * <p>A thread is held inside the source, in the middle of an allocation. Others then allocate and free sizes that the
 * allocator holds memory for. Nothing is timed: a thread that waits uses up the patience of its {@link TestThread}.
 */
@OwnMemory
interface ProgressRules extends AllocatorUnderTestFactory {

    /** Sizes that every witness uses before and while the other thread is held. */
    List<Long> SIZES = List.of(8L, 64L, 1000L);

    /** Retained bytes so large that no free moves memory upstream. */
    long LARGE_RETAINED = 1L << 30;

    @Test
    default void rule12_mustNotWaitForAPlatformThreadThatIsUpstream() {
        assertOthersGoOn(Kind.PLATFORM);
    }

    @Test
    default void rule12_mustNotWaitForAVirtualThreadThatIsUpstream() {
        assertOthersGoOn(Kind.VIRTUAL);
    }

    private void assertOthersGoOn(Kind heldKind) {
        try (AllocatorUnderTest subject = subject(AllocationException.NO_LIMIT, LARGE_RETAINED)) {
            if (subject.isConfined()) {
                ThreadRules.assertOtherThreadsAreRefused(subject);
                return;
            }
            try (TestThread platform = TestThread.platform();
                    TestThread virtual = TestThread.virtual();
                    TestThread held = new TestThread(heldKind)) {
                List<Witness> witnesses = List.of(new Witness(subject, platform), new Witness(subject, virtual));
                warmStripes(subject);
                witnesses.forEach(Witness::holdSomeMemory);
                try (Hold hold = subject.source().holdNextTake()) {
                    Future<List<MemorySegment>> blocked = held.start(() -> allocateUntilHeld(subject, hold));
                    hold.awaitEntered();
                    witnesses.forEach(Witness::allocateAndFree);
                    witnesses.get(0).freeAllOf(witnesses.get(1));
                    witnesses.get(1).freeAllOf(witnesses.get(0));
                    assertThat(blocked.isDone())
                            .as("the held thread is still held")
                            .isFalse();
                    hold.release();
                    subject.free(held.await(blocked));
                }
            }
            subject.freeEverything();
            assertThat(subject.stats().liveBlocks()).isZero();
        }
    }

    /** Virtual threads may share stripes: gives each of these some memory, whichever of them a thread meets later. */
    private static void warmStripes(AllocatorUnderTest subject) {
        TestThread.together(Kind.VIRTUAL, 64, number -> {
            for (long byteSize : SIZES) {
                List<MemorySegment> blocks = subject.allocateMany(8, byteSize);
                subject.free(blocks.subList(1, 8)); // one stays live, and keeps the memory in its class
            }
        });
    }

    private static List<MemorySegment> allocateUntilHeld(AllocatorUnderTest subject, Hold hold) {
        List<MemorySegment> blocks = new ArrayList<>();
        for (long byteSize = subject.limits().largestBlock(); !hold.isEntered(); ) {
            blocks.add(subject.allocate(byteSize));
        }
        return blocks;
    }

    /** A thread with memory of its own. */
    final class Witness {
        private final AllocatorUnderTest subject;
        private final TestThread thread;
        private final List<MemorySegment> live = new ArrayList<>();

        Witness(AllocatorUnderTest subject, TestThread thread) {
            this.subject = subject;
            this.thread = thread;
        }

        /**
         * Half of the blocks stay live, so that the other half is free memory that stays with this thread. None is
         * freed before all are there, because blocks of other sizes may take its place.
         */
        void holdSomeMemory() {
            thread.run(() -> {
                List<MemorySegment> blocks = new ArrayList<>();
                for (long byteSize : SIZES) {
                    blocks.addAll(subject.allocateMany(40, byteSize));
                }
                for (int i = 0; i < blocks.size(); i += 2) {
                    live.add(blocks.get(i));
                    subject.free(blocks.get(i + 1));
                }
            });
        }

        void allocateAndFree() {
            thread.run(() -> {
                for (long byteSize : SIZES) {
                    List<MemorySegment> blocks = subject.allocateMany(10, byteSize);
                    subject.free(blocks.subList(0, 5));
                    live.addAll(blocks.subList(5, 10));
                }
            });
        }

        /** Frees what the other holds, and with it the last blocks of slabs and chunks. */
        void freeAllOf(Witness other) {
            thread.run(() -> {
                subject.free(other.live);
                other.live.clear();
            });
        }
    }
}
