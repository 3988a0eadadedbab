package dev.ashlar.buddy.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.buddy.Buddy;
import dev.ashlar.buddy.BuddyProvider;
import dev.ashlar.buddy.Tlsf;
import dev.ashlar.buddy.TlsfProvider;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.testkit.FaultySource;
import dev.ashlar.testkit.TestLength;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both strategies with platform and virtual threads, which share few regions and free each other's blocks. */
class RegionThreadsStressTest {

    /** Regions of the smallest size, so that threads compete for them, are refused, and return them. */
    private static final long REGION = RegionLayout.SMALLEST_REGION;

    private static final int BLOCK = 4096;
    private static final int[] SIZES = {0, 100, BLOCK, 5000, 12_000, 40_000};

    /** The operations. */
    enum Strategy {
        BUDDY,
        TLSF;

        Allocator create(FaultySource source, long limitBytes, long retainedBytes) {
            AllocatorConfig config = AllocatorConfig.builder()
                    .source(source)
                    .limitBytes(limitBytes)
                    .retainedBytes(retainedBytes)
                    .settings(Buddy.builder()
                            .minimumBlock(BLOCK)
                            .regionSize(REGION)
                            .largeBlocks(LargeBlockPolicy.REFUSE))
                    .settings(Tlsf.builder().regionSize(REGION).largeBlocks(LargeBlockPolicy.REFUSE))
                    .build();
            return (this == BUDDY ? new BuddyProvider() : new TlsfProvider()).create(config);
        }
    }

    private final FaultySource source = FaultySource.withoutPadding();
    private final Set<Long> live = ConcurrentHashMap.newKeySet();
    private final AtomicReferenceArray<@Nullable MemorySegment> exchange = new AtomicReferenceArray<>(64);
    private final AtomicInteger seed = new AtomicInteger();

    @AfterEach
    void mustHaveUsedTheSourceProperly() {
        assertThat(source.misuses()).isEmpty();
        assertThat(source.openChunks()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void mustStrandNothingOfThreadsThatFreeEachOthersBlocks(Strategy strategy) throws Exception {
        for (long retained : new long[] {0, 1 << 20}) {
            try (Allocator allocator = strategy.create(source, Long.MAX_VALUE, retained)) {
                for (int wave = TestLength.of(10, 1_000); wave > 0; wave--) {
                    run(Thread.ofPlatform().factory(), 4, () -> churn(allocator, 1_000));
                    run(Thread.ofVirtual().factory(), 100, () -> churn(allocator, 50));
                }
                mustHoldNothing(allocator);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void mustServeEveryBlockOfTheLimitAfterThreadsHaveFoughtForIt(Strategy strategy) throws Exception {
        int blocks = 64;
        try (Allocator allocator = strategy.create(source, (long) blocks * BLOCK, 0)) {
            for (int wave = TestLength.of(20, 1_000); wave > 0; wave--) {
                run(Thread.ofPlatform().factory(), 3, () -> churn(allocator, 1_000));
                freeRest(allocator);
                List<MemorySegment> all = new ArrayList<>();
                for (int i = 0; i < blocks; i++) {
                    MemorySegment block = allocator.tryAllocate(BLOCK, 1);
                    assertThat(block).as("block %d of %d", i, blocks).isNotNull();
                    all.add(block);
                }
                all.forEach(allocator::free);
            }
            mustHoldNothing(allocator);
        }
    }

    /** Regions are taken and released meanwhile, with their figures. */
    @ParameterizedTest
    @EnumSource
    void mustNeverTellFewerThanBeforeNorLessThanNothing(Strategy strategy) throws Exception {
        try (Allocator allocator = strategy.create(source, Long.MAX_VALUE, 0)) {
            AtomicBoolean done = new AtomicBoolean();
            try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
                Future<?> reader = executor.submit(() -> {
                    AllocatorStats before = AllocatorStats.ZERO;
                    while (!done.get()) {
                        AllocatorStats now = allocator.stats();
                        assertThat(now.liveBlocks()).as("live").isNotNegative();
                        assertThat(now.requestedBytes()).as("requested").isNotNegative();
                        assertThat(now.allocations()).as("allocations").isGreaterThanOrEqualTo(before.allocations());
                        assertThat(now.misses()).as("misses").isGreaterThanOrEqualTo(before.misses());
                        assertThat(now.hits()).as("hits").isGreaterThanOrEqualTo(before.hits());
                        assertThat(now.frees()).as("frees").isGreaterThanOrEqualTo(before.frees());
                        before = now;
                    }
                });
                for (int wave = TestLength.of(3, 500); wave > 0; wave--) {
                    run(Thread.ofPlatform().factory(), 3, () -> churn(allocator, 1_000));
                    freeRest(allocator);
                }
                done.set(true);
                reader.get();
            }
            mustHoldNothing(allocator);
        }
    }

    /** Six threads share a table, in which each replaces a random block by one of random size. */
    @Test
    void mustHoldLittleMoreThanWhatIsLiveWhenThreadsMeet() throws Exception {
        int slots = 1_000;
        AtomicReferenceArray<@Nullable MemorySegment> table = new AtomicReferenceArray<>(slots);
        try (Allocator allocator = new TlsfProvider().create(AllocatorConfig.defaults())) {
            run(Thread.ofPlatform().factory(), 6, () -> {
                SplittableRandom random = new SplittableRandom(seed.incrementAndGet());
                for (int i = TestLength.of(20_000, 1_000_000); i > 0; i--) {
                    MemorySegment old = table.getAndSet(random.nextInt(slots), null);
                    if (old != null) {
                        allocator.free(old);
                    }
                    MemorySegment block = allocator.allocate(random.nextInt(1_000, 60_001), 8);
                    MemorySegment other = table.getAndSet(random.nextInt(slots), block);
                    if (other != null) {
                        allocator.free(other);
                    }
                }
                return null;
            });
            AllocatorStats stats = allocator.stats();
            double peak = (double) stats.peakCommittedBytes() / stats.requestedAtPeakBytes();
            assertThat(peak).as("committed over live at the peak").isLessThan(1.45);
        }
    }

    private static void run(ThreadFactory threads, int count, Callable<Void> task) throws Exception {
        List<Future<Void>> results = new ArrayList<>();
        try (ExecutorService executor = Executors.newThreadPerTaskExecutor(threads)) {
            for (int i = 0; i < count; i++) {
                results.add(executor.submit(task));
            }
        }
        for (Future<Void> result : results) {
            result.get();
        }
    }

    /** Allocates blocks, puts them in a shared place, and frees those that it finds there. */
    private Void churn(Allocator allocator, int operations) {
        SplittableRandom random = new SplittableRandom(seed.incrementAndGet());
        for (int i = 0; i < operations; i++) {
            MemorySegment block = null;
            if (random.nextInt(4) != 0) {
                block = allocator.tryAllocate(SIZES[random.nextInt(SIZES.length)], 1);
                if (block != null && !live.add(block.address())) {
                    throw new AssertionError("a live block was handed out again");
                }
            }
            freeIfAny(allocator, exchange.getAndSet(random.nextInt(exchange.length()), block));
        }
        return null;
    }

    private void freeIfAny(Allocator allocator, @Nullable MemorySegment block) {
        if (block != null) {
            live.remove(block.address());
            allocator.free(block);
        }
    }

    private void freeRest(Allocator allocator) {
        for (int i = 0; i < exchange.length(); i++) {
            freeIfAny(allocator, exchange.getAndSet(i, null));
        }
    }

    private void mustHoldNothing(Allocator allocator) {
        freeRest(allocator);
        allocator.trim();
        AllocatorStats stats = allocator.stats();
        assertThat(stats.liveBlocks()).isZero();
        assertThat(stats.requestedBytes()).isZero();
        assertThat(stats.committedBytes()).as("bytes of lost regions").isZero();
    }
}
