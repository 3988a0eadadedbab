package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rule 11 of bookkeeping: it is bounded by what is committed, however often memory came and went. */
interface BookkeepingRules extends MemoryWorkloadFactory {

    /** Rounds before the figures are taken, in which everything that is made once is made. */
    int WARM_UP = 50;

    /**
     * What may be on the Java heap beyond that: histories that are bounded, and what the JVM makes for itself. A list
     * node of 24 bytes for each slab of 64 KiB that came and went is more after the shortest run.
     */
    long BOUNDED = 512 * 1024;

    /**
     * How far bookkeeping may swing: the same blocks lie in more or fewer chunks, and what is sampled comes and goes.
     */
    double SWING = 1.4;

    /** A limit and blocks that nearly fill it. */
    long LIMIT = 8 << 20;

    int BLOCKS = 8_050;
    long BLOCK = 1_000;

    @Test
    default void rule11_mustKeepNothingOnTheHeapOfMemoryThatWentBack() {
        int rounds = TestLength.of(200, 2_000);
        try (MemoryWorkload work = workload(LIMIT)) {
            comeAndGo(work.allocator(), WARM_UP);
            long before = leastHeap(Long.MIN_VALUE);
            comeAndGo(work.allocator(), rounds);
            long allowed = before + BOUNDED;
            assertThat(leastHeap(allowed))
                    .as("bytes on the Java heap after everything was allocated and freed %d times", rounds)
                    .isLessThanOrEqualTo(allowed);
        }
    }

    @Test
    default void rule11_mustNotTellOfMoreBookkeepingTheLongerItRuns() {
        try (MemoryWorkload work = workload(LIMIT)) {
            long before = comeAndGo(work.allocator(), WARM_UP);
            long after = comeAndGo(work.allocator(), TestLength.of(50, 2_000));
            assertThat(after)
                    .as("bytes of bookkeeping while everything is live, at most")
                    .isLessThanOrEqualTo((long) (before * SWING));
        }
    }

    /** Allocates what fits and frees it, many times, and tells the most bytes of bookkeeping. */
    private static long comeAndGo(Allocator allocator, int rounds) {
        List<MemorySegment> blocks = new ArrayList<>(BLOCKS);
        long metadata = 0;
        for (int round = 0; round < rounds; round++) {
            while (blocks.size() < BLOCKS) {
                MemorySegment block = allocator.tryAllocate(BLOCK, 8);
                if (block == null) {
                    break; // some of them do not fit where sizes are rounded up
                }
                blocks.add(block);
            }
            metadata = Math.max(metadata, allocator.stats().metadataBytes());
            blocks.forEach(allocator::free);
            blocks.clear();
            allocator.trim();
        }
        return metadata;
    }

    /** What is reachable on the Java heap: the least of several collections, or the first that is little enough. */
    private static long leastHeap(long enough) {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 5 && least > enough; i++) {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }
}
