package dev.ashlar.verification.workload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.TestLength;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Many generations of threads. Each thread allocates one block, stores it in a shared array, and frees the block that
 * it finds there.
 */
class ThreadLeakTest {

    private static final int GENERATIONS = TestLength.of(130, 10_000);
    private static final int THREADS = 10;
    private static final int BLOCKS = 1_000;
    private static final long BLOCK_BYTES = 128;

    /**
     * The default retained bytes, and several times the live bytes for partly used chunks, and twice the rounding of
     * blocks. A page for each thread that ever ran would be ten times as much, even in a short run.
     */
    private static final long MOST_COMMITTED = AllocatorConfig.DEFAULT_RETAINED + 8 * BLOCKS * BLOCK_BYTES;

    private final AtomicReferenceArray<@Nullable MemorySegment> blocks = new AtomicReferenceArray<>(BLOCKS);

    @ParameterizedTest
    @MethodSource("dev.ashlar.verification.workload.Strategies#freeingSingleBlocks")
    void memoryMustNotGrowWithPlatformThreadsThatEnded(String strategy)
            throws InterruptedException, ExecutionException {
        run(strategy, Thread.ofPlatform().factory());
    }

    @ParameterizedTest
    @MethodSource("dev.ashlar.verification.workload.Strategies#freeingSingleBlocks")
    void memoryMustNotGrowWithVirtualThreadsThatEnded(String strategy) throws InterruptedException, ExecutionException {
        run(strategy, Thread.ofVirtual().factory());
    }

    private void run(String strategy, ThreadFactory threads) throws InterruptedException, ExecutionException {
        try (Allocator allocator = AllocatorProviders.require(strategy).create(AllocatorConfig.defaults())) {
            for (int generation = 0; generation < GENERATIONS; generation++) {
                Generation workers = new Generation();
                for (int number = 0; number < THREADS; number++) {
                    long identity = (long) generation * THREADS + number + 1;
                    workers.add(() -> replaceOne(allocator, identity));
                }
                workers.run(threads);
                AllocatorStats stats = allocator.stats();
                assertThat(stats.committedBytes()).isLessThanOrEqualTo(MOST_COMMITTED + 2 * stats.allocatedBytes());
                assertThat(stats.liveBlocks()).isLessThanOrEqualTo(BLOCKS);
            }
            for (int i = 0; i < BLOCKS; i++) {
                free(allocator, blocks.getAndSet(i, null));
            }
            allocator.trim();
            assertThat(allocator.stats().liveBlocks()).isZero();
            assertThat(allocator.stats().committedBytes()).isZero();
            assertThat(allocator.stats().allocations()).isEqualTo((long) GENERATIONS * THREADS);
        }
    }

    private void replaceOne(Allocator allocator, long identity) {
        MemorySegment block = allocator.allocateZeroed(BLOCK_BYTES, Long.BYTES);
        requireAll(block, 0);
        for (long i = 0; i < BLOCK_BYTES / Long.BYTES; i++) {
            block.setAtIndex(ValueLayout.JAVA_LONG, i, identity);
        }
        int index = new SplittableRandom(identity).nextInt(BLOCKS);
        free(allocator, blocks.getAndSet(index, block));
    }

    private static void free(Allocator allocator, @Nullable MemorySegment block) {
        if (block != null) {
            requireAll(block, block.getAtIndex(ValueLayout.JAVA_LONG, 0));
            allocator.free(block);
        }
    }

    private static void requireAll(MemorySegment block, long word) {
        for (long i = 0; i < block.byteSize() / Long.BYTES; i++) {
            if (block.getAtIndex(ValueLayout.JAVA_LONG, i) != word) {
                throw new AssertionError("word " + i + " of " + block + " was changed");
            }
        }
    }
}
