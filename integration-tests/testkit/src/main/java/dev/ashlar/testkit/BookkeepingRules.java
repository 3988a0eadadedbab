package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rule 11 for bookkeeping: the committed bytes bound it, however often memory came and went. */
interface BookkeepingRules extends MemoryWorkloadFactory {

    /** Rounds before the figures are taken, in which all one-time objects are made. */
    int WARM_UP = 50;

    /**
     * Allowed growth of the Java heap: bounded histories, and objects of the JVM. A list node of 24 bytes for each slab
     * of 64 KiB that came and went would be more, even after the shortest run.
     */
    long BOUNDED = 512 * 1024;

    /**
     * Allowed variation of bookkeeping: the same blocks may lie in more or fewer chunks, and samples vary.
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

    /** Allocates all blocks that fit and frees them, many times, and returns the most bytes of bookkeeping. */
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

    /** Reachable bytes on the Java heap: the least after several collections, or the first value below a bound. */
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
