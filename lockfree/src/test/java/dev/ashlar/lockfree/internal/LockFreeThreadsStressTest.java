package dev.ashlar.lockfree.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.lockfree.LockFreeProvider;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.support.PageChunk;
import dev.ashlar.testkit.FaultySource;
import dev.ashlar.testkit.TestLength;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The whole strategy under threads of both kinds, which free each other's blocks, come and go, and meet at a limit. */
class LockFreeThreadsStressTest {

    private static final int[] SIZES = {0, 16, 64, 200, 1000, 4096, 5000, 32 * 1024};

    private final FaultySource source = new FaultySource();
    private final Set<Long> live = ConcurrentHashMap.newKeySet();
    private final AtomicReferenceArray<@Nullable MemorySegment> exchange = new AtomicReferenceArray<>(64);

    @AfterEach
    void mustHaveUsedTheSourceProperly() {
        assertThat(source.misuses()).isEmpty();
        assertThat(source.openChunks()).isZero();
    }

    private Allocator create(long limitBytes, long capacity) {
        return new LockFreeProvider()
                .create(AllocatorConfig.builder()
                        .source(source)
                        .limitBytes(limitBytes)
                        .capacityBytes(capacity)
                        .build());
    }

    /** Runs a task in so many threads, each a new one, and waits for them to end. */
    private static void run(Thread.Builder kind, int count, Callable<Void> task) throws InterruptedException {
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        List<Thread> started = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            started.add(kind.start(() -> {
                try {
                    task.call();
                } catch (Throwable e) {
                    failure.compareAndSet(null, e);
                }
            }));
        }
        for (Thread thread : started) {
            thread.join(); // an executor would not wait for the thread itself
        }
        assertThat(failure.get()).isNull();
    }

    @Test
    void mustStrandNothingOfTenThousandShortPlatformThreads() throws InterruptedException {
        try (Allocator lockfree = create(AllocationException.NO_LIMIT, 64 << 20)) {
            int perWave = 200;
            for (int wave = 0; wave < 10_000 / perWave; wave++) {
                run(Thread.ofPlatform(), perWave, () -> {
                    for (int i = 0; i < 20; i++) {
                        lockfree.free(lockfree.allocate(SIZES[i % SIZES.length], 8));
                    }
                    return null;
                });
            }
            // A thread takes a first magazine of each size: 8 rounds or 4 KiB or one block, together 48 KiB. A wave's
            // threads have all ended when the next begins, which looks at 32 others for each of its own: so at most two
            // waves have something, 19 MiB. The rest of a slab behind what was taken is at most a third of it.
            assertThat(source.openBytes()).as("bytes out").isLessThanOrEqualTo(32 << 20);
            mustHoldNothing(lockfree);
        }
    }

    @Test
    void mustNotRetainMemoryForAMillionVirtualThreads() throws InterruptedException {
        int threads = TestLength.of(100_000, 1_000_000);
        try (Allocator lockfree = create(AllocationException.NO_LIMIT, 1 << 20)) {
            Semaphore atOnce = new Semaphore(1_000);
            long most = 0;
            for (int wave = 0; wave < 10; wave++) {
                run(Thread.ofVirtual(), threads / 10, () -> {
                    atOnce.acquire();
                    MemorySegment block = lockfree.allocate(200, 8);
                    Thread.onSpinWait();
                    lockfree.free(block);
                    atOnce.release();
                    return null;
                });
                most = Math.max(most, source.openBytes());
            }
            assertThat(most)
                    .as("bytes out when none of the threads had a block")
                    .isLessThanOrEqualTo(4 << 20);
            mustHoldNothing(lockfree);
        }
    }

    @Test
    void mustStrandNothingOfThreadsThatEndWhileOthersFreeTheirBlocks() throws InterruptedException {
        for (long capacity : new long[] {0, 1 << 20}) {
            try (Allocator lockfree = create(AllocationException.NO_LIMIT, capacity)) {
                for (int wave = TestLength.of(20, 2_000); wave > 0; wave--) {
                    run(Thread.ofPlatform(), 6, () -> churn(lockfree, 400));
                }
                mustHoldNothing(lockfree);
            }
        }
    }

    @Test
    void mustStrandNothingOfVirtualThreads() throws InterruptedException {
        for (long capacity : new long[] {0, 1 << 20}) {
            try (Allocator lockfree = create(AllocationException.NO_LIMIT, capacity)) {
                for (int wave = TestLength.of(10, 500); wave > 0; wave--) {
                    run(Thread.ofVirtual(), 300, () -> churn(lockfree, 30));
                }
                mustHoldNothing(lockfree);
            }
        }
    }

    @Test
    void mustServeEveryPageOfTheLimitAfterThreadsHaveFoughtForIt() throws InterruptedException {
        int pages = 64;
        try (Allocator lockfree = create((long) pages * PageChunk.PAGE, 0)) {
            for (int wave = TestLength.of(20, 500); wave > 0; wave--) {
                run(Thread.ofPlatform(), 3, () -> churn(lockfree, 1_000));
                run(Thread.ofVirtual(), 3, () -> churn(lockfree, 1_000));
                freeRest(lockfree);
                List<MemorySegment> blocks = new ArrayList<>();
                for (int i = 0; i < pages; i++) {
                    MemorySegment block = lockfree.tryAllocate(PageChunk.PAGE, 1);
                    assertThat(block).as("page %d of %d", i, pages).isNotNull();
                    blocks.add(block);
                }
                blocks.forEach(lockfree::free);
            }
            mustHoldNothing(lockfree);
        }
    }

    /** Allocates blocks, puts them where any thread finds them, and frees those that it finds there. */
    private @Nullable Void churn(Allocator lockfree, int operations) {
        SplittableRandom random = new SplittableRandom(Thread.currentThread().threadId());
        for (int i = 0; i < operations; i++) {
            MemorySegment block = null;
            if (random.nextInt(4) != 0) {
                block = lockfree.tryAllocate(SIZES[random.nextInt(SIZES.length)], 1);
                if (block != null && !live.add(block.address())) {
                    throw new AssertionError("a live block was handed out again");
                }
            }
            freeIfAny(lockfree, exchange.getAndSet(random.nextInt(exchange.length()), block));
        }
        return null;
    }

    private void freeIfAny(Allocator lockfree, @Nullable MemorySegment block) {
        if (block != null) {
            live.remove(block.address());
            lockfree.free(block);
        }
    }

    private void freeRest(Allocator lockfree) {
        for (int i = 0; i < exchange.length(); i++) {
            freeIfAny(lockfree, exchange.getAndSet(i, null));
        }
    }

    private void mustHoldNothing(Allocator lockfree) {
        freeRest(lockfree);
        lockfree.trim();
        AllocatorStats stats = lockfree.stats();
        assertThat(stats.liveBlocks()).isZero();
        assertThat(stats.requestedBytes()).isZero();
        assertThat(stats.committedBytes()).as("bytes of lost slabs").isZero();
    }
}
