package dev.ashlar.slab.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.slab.SlabProvider;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.support.PageChunk;
import dev.ashlar.testkit.FaultySource;
import dev.ashlar.testkit.Race;
import dev.ashlar.testkit.TestLength;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The whole strategy under threads of both kinds, which free each other's blocks, come and go, and meet at a limit. */
class SlabThreadsStressTest {

    private static final int[] SIZES = {0, 16, 64, 200, 1000, 4096, 5000, 32 * 1024};

    private static final int PAGE = PageChunk.PAGE;

    private final FaultySource source = new FaultySource();
    private final Set<Long> live = ConcurrentHashMap.newKeySet();
    private final AtomicReferenceArray<@Nullable MemorySegment> exchange = new AtomicReferenceArray<>(64);
    private final AtomicInteger seed = new AtomicInteger();

    @AfterEach
    void mustHaveUsedTheSourceProperly() {
        assertThat(source.misuses()).isEmpty();
        assertThat(source.openChunks()).isZero();
    }

    @Test
    void mustStrandNothingOfThreadsThatEndWhileOthersFreeTheirBlocks() {
        try (Allocator slab = create(Long.MAX_VALUE)) {
            for (int wave = TestLength.of(40, 3_000); wave > 0; wave--) {
                Race.run(Collections.nCopies(6, () -> churn(slab, 400)));
            }
            mustHoldNothing(slab);
        }
    }

    @Test
    void mustStrandNothingOfVirtualThreads() {
        try (Allocator slab = create(Long.MAX_VALUE)) {
            for (int wave = TestLength.of(10, 500); wave > 0; wave--) {
                Race.run(Thread.ofVirtual(), Collections.nCopies(300, () -> churn(slab, 30)));
            }
            mustHoldNothing(slab);
        }
    }

    @Test
    void mustServeEveryPageOfTheLimitAfterThreadsHaveFoughtForIt() {
        int pages = 64;
        try (Allocator slab = create((long) pages * PAGE)) {
            for (int wave = TestLength.of(20, 500); wave > 0; wave--) {
                Race.run(Collections.nCopies(3, () -> churn(slab, 1_000)));
                Race.run(Thread.ofVirtual(), Collections.nCopies(3, () -> churn(slab, 1_000)));
                freeRest(slab);
                List<MemorySegment> blocks = new ArrayList<>();
                for (int i = 0; i < pages; i++) {
                    MemorySegment block = slab.tryAllocate(PAGE, 1);
                    assertThat(block).as("page %d of %d", i, pages).isNotNull();
                    blocks.add(block);
                }
                blocks.forEach(slab::free);
            }
            mustHoldNothing(slab);
        }
    }

    private Allocator create(long limitBytes) {
        AllocatorConfig.Builder config =
                AllocatorConfig.builder().source(source).capacityBytes(0);
        return new SlabProvider()
                .create((limitBytes == Long.MAX_VALUE ? config : config.limitBytes(limitBytes)).build());
    }

    /** Allocates blocks, puts them where any thread finds them, and frees those that it finds there. */
    private void churn(Allocator slab, int operations) throws InterruptedException {
        SplittableRandom random = new SplittableRandom(seed.incrementAndGet());
        for (int i = 0; i < operations; i++) {
            MemorySegment block = null;
            if (random.nextInt(4) != 0) {
                block = slab.tryAllocate(SIZES[random.nextInt(SIZES.length)], 1);
                if (block != null && !live.add(block.address())) {
                    throw new AssertionError("a live block was handed out again");
                }
            }
            freeIfAny(slab, exchange.getAndSet(random.nextInt(exchange.length()), block));
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedException("another thread failed");
            }
        }
    }

    private void freeIfAny(Allocator slab, @Nullable MemorySegment block) {
        if (block != null) {
            live.remove(block.address());
            slab.free(block);
        }
    }

    private void freeRest(Allocator slab) {
        for (int i = 0; i < exchange.length(); i++) {
            freeIfAny(slab, exchange.getAndSet(i, null));
        }
    }

    private void mustHoldNothing(Allocator slab) {
        freeRest(slab);
        slab.trim();
        AllocatorStats stats = slab.stats();
        assertThat(stats.liveBlocks()).isZero();
        assertThat(stats.requestedBytes()).isZero();
        assertThat(stats.committedBytes()).as("bytes of lost slabs").isZero();
    }
}
