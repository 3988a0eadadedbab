package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * Rule 6: nothing is refused if the limit leaves room for what the rules allow an allocator to hold beyond live bytes.
 * Each workload runs once without a limit, to find its most live bytes, and then with one.
 */
interface MemoryLimitRules extends MemoryWorkloadFactory {

    @Test
    default void rule06_mustRefuseNothingOfATableOfOneThread() {
        assertNothingRefused(
                work -> work.shareATable(Thread.ofPlatform().daemon(), 1, 16, 4_000, MemoryRules.replacements()));
    }

    @Test
    default void rule06_mustRefuseNothingOfATableOfTwoThreads() {
        assertNothingRefused(
                work -> work.shareATable(Thread.ofPlatform().daemon(), 2, 16, 4_000, MemoryRules.replacements()));
    }

    @Test
    default void rule06_mustRefuseNothingOfATableOfSixThreads() {
        assertNothingRefused(
                work -> work.shareATable(Thread.ofPlatform().daemon(), 6, 16, 4_000, MemoryRules.replacements()));
    }

    @Test
    default void rule06_mustRefuseNothingOfATableOfVirtualThreads() {
        assertNothingRefused(work -> work.shareATable(Thread.ofVirtual(), 64, 16, 4_000, MemoryRules.replacements()));
    }

    @Test
    default void rule06_mustRefuseNothingOfATableOfLargeBlocks() {
        assertNothingRefused(
                work -> work.shareATable(Thread.ofPlatform().daemon(), 6, 1_000, 60_000, MemoryRules.replacements()));
    }

    @Test
    default void rule06_mustRefuseNothingThatAnotherThreadFreed() {
        assertNothingRefused(work -> work.handOver(1, MemoryRules.rounds()));
    }

    @Test
    default void rule06_mustRefuseNothingThatOneThreadFreedForMany() {
        assertNothingRefused(work -> work.handOver(16, MemoryRules.rounds()));
    }

    /** Next to nothing is live, so the limit leaves room for what each thread may retain. */
    @Test
    default void rule06_mustRefuseNoThreadThatUsesEverySizeOnce() {
        int threads = 100;
        assertNothingRefused(threads * declaredBounds().retainedBytesPerThread(), work -> work.useEverySize(threads));
    }

    @Test
    default void rule06_mustRefuseNothingThatThreadsKeep() {
        assertNothingRefused(work -> {
            work.keepEverySize();
            work.endThreads();
            work.freeAll();
            work.keepEverySize();
        });
    }

    @Test
    default void rule06_mustRefuseNothingAfterAnIdleThreadAndOthersFreed() {
        for (long byteSize : new long[] {48, 592, 4_096}) {
            assertNothingRefused(work -> {
                work.freeEverySecond(byteSize);
                work.freeAll();
                work.useMany(byteSize);
                work.useMany(byteSize * 2 / 3);
            });
        }
    }

    @Test
    default void rule06_mustRefuseNothingAfterAnEndedThreadAndOthersFreed() {
        for (long byteSize : new long[] {48, 592, 4_096}) {
            assertNothingRefused(work -> {
                work.freeEverySecond(byteSize);
                work.endThreads();
                work.useOne();
                work.elsewhere(() -> housekeepNow(work.allocator()));
                work.freeAll();
                work.useMany(byteSize);
                work.useMany(byteSize * 2 / 3);
            });
        }
    }

    @Test
    default void rule06_mustRefuseNothingOfVeryManySizes() {
        assertNothingRefused(work -> work.replaceManySizes(30_000, MemoryRules.replacements(), 11));
    }

    private void assertNothingRefused(Consumer<MemoryWorkload> task) {
        assertNothingRefused(0, task);
    }

    private void assertNothingRefused(long allowance, Consumer<MemoryWorkload> task) {
        long peak;
        try (MemoryWorkload work = workload()) {
            task.accept(work);
            peak = work.peakLiveBytes();
        }
        try (MemoryWorkload work = workload((long) (peak * declaredBounds().limit()) + allowance)) {
            task.accept(work);
            assertThat(work.allocator().stats().refused())
                    .as(
                            "requests refused with a limit of %s times the %d bytes that are live at most",
                            declaredBounds().limit(), peak)
                    .isZero();
        }
    }
}
