package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.ashlar.api.AllocationException;
import dev.ashlar.testkit.TestThread.Kind;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/**
 * Rule 11: an ended thread keeps nothing, and retained memory depends on live bytes and live platform threads.
 *
 * <p>Each test starts and ends many threads. If each left its memory behind, that would be four times what is declared
 * for the live threads.
 */
@OwnMemory
interface RetentionRules extends AllocatorUnderTestFactory {

    /** Threads that run at the same time. */
    int AT_ONCE = 4;

    /** Retained bytes so large that idle memory does not go upstream, because the test is that others can use it. */
    long LARGE_RETAINED = 1L << 30;

    /** What may be retained for the platform threads that live at the end, those that have just ended, and stripes. */
    private long bound() {
        return threadsOfTheBound() * declaredLimits().retainedBytesPerThread();
    }

    private static int threadsOfTheBound() {
        return 2 * AT_ONCE + 4 * Runtime.getRuntime().availableProcessors();
    }

    /** What each of so many threads uses, so that they would pass the bound if all of it were kept. */
    private long bytesUsed(int threads) {
        return Math.max(4096, TestLength.of(2, 4) * bound() / threads);
    }

    /** The blocks that each of many threads allocates and frees. */
    private List<MemorySegment> useSome(AllocatorUnderTest subject, int threads) {
        long bytes = bytesUsed(threads);
        long byteSize =
                Math.clamp(bytes / 4, 64, Math.min(2048, declaredLimits().largestBlock()));
        return subject.allocateMany((int) (bytes / byteSize), byteSize);
    }

    @Test
    default void rule11_mustStrandNothingOfEndedThreads() {
        int threads = TestLength.of(96, 5_000);
        try (AllocatorUnderTest subject = subject(AllocationException.NO_LIMIT, LARGE_RETAINED)) {
            if (subject.isConfined()) {
                ThreadRules.assertOtherThreadsAreRefused(subject);
                return;
            }
            assumeFalse(subject.waitsForReset(), "limits() declares that single frees return nothing");
            Queue<MemorySegment> kept = new ConcurrentLinkedQueue<>();
            comeAndGo(subject, threads, kept);
            long after = subject.source().openBytes();
            assertThat(after)
                    .as("bytes taken after %d threads ended", threads)
                    .isLessThanOrEqualTo(bound()
                            + subject.source().largestChunk()
                            + 2 * subject.stats().allocatedBytes());
            long live = subject.stats().allocatedBytes();
            comeAndGo(subject, threads, kept);
            // Only live blocks, in whole chunks, are a reason to grow; and threads that have just ended may hold at
            // this moment what those before had handed on already.
            assertThat(subject.source().openBytes() - after)
                    .as("growth of the taken bytes while as many threads ended once more")
                    .isLessThanOrEqualTo(3 * (subject.stats().allocatedBytes() - live)
                            + subject.source().largestChunk()
                            + 2 * AT_ONCE * bytesUsed(threads));
            subject.recorder().checkContents();
            kept.forEach(subject::free);
            assertThat(subject.stats().liveBlocks()).isZero();
        }
    }

    @Test
    default void rule11_mustTrimWhatEndedThreadsCached() {
        try (AllocatorUnderTest subject = subject()) {
            if (subject.isConfined()) {
                ThreadRules.assertOtherThreadsAreRefused(subject);
                return;
            }
            for (int i = 0; i < TestLength.of(8, 20); i++) {
                TestThread.together(Kind.alternating(i), AT_ONCE, number -> {
                    subject.free(useSome(subject, 20 * AT_ONCE));
                });
            }
            subject.freeEverything();
            subject.allocator().trim();
            assertThat(subject.source().openBytes())
                    .as("bytes taken after a trim")
                    .isZero();
        }
    }

    @Test
    default void rule11_mustNotRetainMemoryForVirtualThreads() throws InterruptedException {
        int threads = TestLength.of(500, 20_000);
        try (AllocatorUnderTest subject = subject(AllocationException.NO_LIMIT, 0)) {
            if (subject.isConfined()) {
                ThreadRules.assertOtherThreadsAreRefused(subject);
                return;
            }
            assumeFalse(subject.waitsForReset(), "limits() declares that single frees return nothing");
            // All are alive when the figures are taken, so that none of them can have been cleaned up after.
            CountDownLatch used = new CountDownLatch(threads);
            CountDownLatch end = new CountDownLatch(1);
            Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
            List<Thread> started = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                started.add(Thread.ofVirtual().start(() -> {
                    try {
                        subject.free(useSome(subject, threads));
                    } catch (RuntimeException | AssertionError e) {
                        failures.add(e);
                    }
                    used.countDown();
                    awaitUninterruptibly(end);
                }));
            }
            used.await();
            try {
                assertThat(failures).isEmpty();
                assertThat(subject.source().openBytes())
                        .as("bytes taken while %d virtual threads are idle", threads)
                        .isLessThanOrEqualTo(bound());
                subject.allocator().trim();
                assertThat(subject.source().openBytes()).as("after a trim").isZero();
            } finally {
                end.countDown();
            }
            for (Thread thread : started) {
                thread.join();
            }
            assertThat(subject.stats().liveBlocks()).isZero();
        }
    }

    /** Threads of which each leaves one block live, so that no slab or chunk becomes empty. */
    private void comeAndGo(AllocatorUnderTest subject, int threads, Queue<MemorySegment> kept) {
        for (int i = 0; i < threads; i += AT_ONCE) {
            TestThread.together(Kind.PLATFORM, AT_ONCE, number -> {
                List<MemorySegment> blocks = useSome(subject, threads);
                kept.add(blocks.removeFirst());
                subject.free(blocks);
            });
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    default void rule11_mustRetainNoMoreThanDeclaredForAnIdleThreadWhoseBlocksOthersFreed() {
        try (AllocatorUnderTest subject = subject();
                TestThread idle = TestThread.platform()) {
            if (subject.isConfined()) {
                ThreadRules.assertOtherThreadsAreRefused(subject);
                return;
            }
            idle.run(() -> useSome(subject, threadsOfTheBound())); // more than one may retain
            subject.freeEverything();
            subject.allocator().trim();
            assertThat(subject.source().openBytes())
                    .as("bytes taken after a trim while the thread that allocated them is idle")
                    .isLessThanOrEqualTo(declaredLimits().retainedBytesPerThread());
            idle.run(() -> subject.free(useSome(subject, threadsOfTheBound())));
        }
    }

    @Test
    default void rule11_mustLetOthersUseWhatAnIdleThreadAllocatedAndOthersFreed() {
        try (AllocatorUnderTest subject = tightSubject();
                TestThread idle = TestThread.platform()) {
            if (subject.isConfined()) {
                ThreadRules.assertOtherThreadsAreRefused(subject);
                return;
            }
            long limit = declaredLimits().tightLimitBytes();
            long byteSize = Math.min(declaredLimits().largestBlock(), limit / 200);
            int filled = idle.call(() -> subject.fill(byteSize)).size();
            subject.freeEverything();
            assertThat(subject.fill(byteSize).size())
                    .as("blocks that another thread gets, of %d", filled)
                    .isGreaterThanOrEqualTo(filled / 2);
            subject.freeEverything();
        }
    }
}
