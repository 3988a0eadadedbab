package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.spi.AllocatorConfig;
import org.junit.jupiter.api.Test;

/** Rules 8 and 11: committed bytes follow live bytes, whatever threads do, and go back when nothing is live. */
interface MemoryRules extends MemoryWorkloadFactory {

    /** How often each block of a table is replaced, on average. */
    static int replacements() {
        return TestLength.of(6, 100);
    }

    /** How often half of the blocks are handed over. */
    static int rounds() {
        return TestLength.of(6, 60);
    }

    @Test
    default void rule11_mustHoldLittleMoreThanATableOfOneThread() {
        assertTable(Thread.ofPlatform().daemon(), 1);
    }

    @Test
    default void rule11_mustHoldLittleMoreThanATableOfTwoThreads() {
        assertTable(Thread.ofPlatform().daemon(), 2);
    }

    @Test
    default void rule11_mustHoldLittleMoreThanATableOfSixThreads() {
        assertTable(Thread.ofPlatform().daemon(), 6);
    }

    @Test
    default void rule11_mustHoldLittleMoreThanATableOfVirtualThreads() {
        assertTable(Thread.ofVirtual(), 64);
    }

    private void assertTable(Thread.Builder threads, int count) {
        try (MemoryWorkload work = workload()) {
            work.shareATable(threads, count, 16, 4_000, replacements());
            assertThat(work.worstRatio())
                    .as("committed over live bytes of a table that %d threads share", count)
                    .isLessThanOrEqualTo(declaredBounds().sharedTable());
            assertReturnsAll(work);
        }
    }

    @Test
    default void rule11_mustHoldLittleMoreThanATableOfLargeBlocks() {
        try (MemoryWorkload work = workload()) {
            work.shareATable(Thread.ofPlatform().daemon(), 6, 1_000, 60_000, replacements());
            assertThat(work.worstRatio())
                    .as("committed over live bytes of a table of large blocks that 6 threads share")
                    .isLessThanOrEqualTo(declaredBounds().sharedTableOfLargeBlocks());
            assertReturnsAll(work);
        }
    }

    @Test
    default void rule11_mustUseAgainWhatAnotherThreadFreed() {
        assertHandover(1);
    }

    @Test
    default void rule11_mustUseAgainWhatOneThreadFreedForMany() {
        assertHandover(16);
    }

    private void assertHandover(int producers) {
        try (MemoryWorkload work = workload()) {
            work.handOver(producers, rounds());
            assertThat((double) work.peakCommittedBytes() / work.peakLiveBytes())
                    .as(
                            "committed bytes over the most live ones that %d threads allocated and another freed",
                            producers)
                    .isLessThanOrEqualTo(declaredBounds().handover());
            assertReturnsAll(work);
        }
    }

    @Test
    default void rule11_mustRetainLittleForThreadsThatUsedEverySizeOnce() {
        for (int threads : new int[] {100, 200}) {
            try (MemoryWorkload work = workload()) {
                work.useEverySize(threads);
                long retained = work.liveThreads() * declaredBounds().retainedBytesPerThread();
                assertThat(work.committedBytes())
                        .as("bytes committed while %d threads are idle and nothing is live", threads)
                        .isLessThanOrEqualTo(AllocatorConfig.DEFAULT_RETAINED + retained);
                assertTrimmed(work, declaredBounds().retainedBytesPerThread());
            }
        }
    }

    @Test
    default void rule11_mustHoldLittleMoreThanThreadsKeep() {
        try (MemoryWorkload work = workload()) {
            work.keepEverySize();
            double bound = declaredBounds().keptBlocks();
            assertThat(ratio(work))
                    .as("committed over live bytes, of which each thread keeps a few")
                    .isLessThanOrEqualTo(bound);
            work.endThreads();
            work.useOne();
            assertThat(ratio(work))
                    .as("committed over live bytes after the threads ended")
                    .isLessThanOrEqualTo(bound);
            work.trim();
            assertThat(ratio(work)).as("the same after a trim").isLessThanOrEqualTo(bound);
            assertReturnsAll(work);
        }
    }

    private static double ratio(MemoryWorkload work) {
        return (double) work.committedBytes() / work.liveBytes();
    }

    @Test
    default void rule08_mustReturnWhatAnIdleThreadAndOthersFreed() {
        for (long byteSize : new long[] {48, 592, 4_096}) {
            try (MemoryWorkload work = workload()) {
                work.freeEverySecond(byteSize);
                assertReturnsAll(work);
            }
        }
    }

    @Test
    default void rule08_mustReturnWhatAnEndedThreadAndOthersFreed() {
        for (long byteSize : new long[] {48, 592, 4_096}) {
            try (MemoryWorkload work = workload()) {
                work.freeEverySecond(byteSize);
                work.endThreads();
                work.useOne();
                assertReturnsAll(work);
            }
        }
    }

    @Test
    default void rule08_mustReturnWhatAnEndedThreadAndOthersFreedWhenItKeptHouseMeanwhile() {
        for (long byteSize : new long[] {48, 592, 4_096}) {
            try (MemoryWorkload work = workload()) {
                work.freeEverySecond(byteSize);
                work.endThreads();
                work.elsewhere(() -> housekeepNow(work.allocator()));
                assertReturnsAll(work);
            }
        }
    }

    @Test
    default void rule11_mustHoldABoundedMultipleAfterPhasesOfSizes() {
        try (MemoryWorkload work = workload()) {
            work.goThroughPhases();
            assertThat(work.worstRatio())
                    .as("committed over live bytes at the worst of the peaks")
                    .isLessThanOrEqualTo(declaredBounds().phases());
            assertReturnsAll(work);
        }
    }

    /**
     * Committed bytes follow the most live bytes so far, which a longer run moves away from. So a long test has more
     * seeds, not more replacements.
     */
    @Test
    default void rule11_mustHoldLittleMoreThanBlocksOfVeryManySizes() {
        int seeds = TestLength.of(1, 8);
        double sum = 0;
        for (int seed = 11; seed < 11 + seeds; seed++) {
            try (MemoryWorkload work = workload()) {
                work.replaceManySizes(30_000, 10, seed);
                sum += work.averageRatio();
                assertReturnsAll(work);
            }
        }
        assertThat(sum / seeds)
                .as("committed over live bytes of sizes by Pareto's law, on average")
                .isLessThanOrEqualTo(declaredBounds().manySizes());
    }

    /** Another thread frees all, and a third one trims. Then only what live threads may retain is left. */
    private void assertReturnsAll(MemoryWorkload work) {
        work.freeAll();
        assertTrimmed(work, declaredBounds().pinnedBytesPerThread());
    }

    private static void assertTrimmed(MemoryWorkload work, long bytesPerThread) {
        work.trim();
        assertThat(work.liveBytes()).as("live bytes").isZero();
        assertThat(work.committedBytes())
                .as("bytes committed after everything was freed and trimmed, %d threads alive", work.liveThreads())
                .isLessThanOrEqualTo(work.liveThreads() * bytesPerThread);
    }
}
