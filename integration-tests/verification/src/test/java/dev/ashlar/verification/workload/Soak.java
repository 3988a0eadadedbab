package dev.ashlar.verification.workload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Retention;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.AllocatorUnderTest;
import dev.ashlar.testkit.ContractLimits;
import dev.ashlar.testkit.FaultySource;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * A program that runs for days, in short. Some blocks are live all the time. In a cycle, platform and virtual threads
 * allocate many more, of sizes that differ from cycle to cycle, and free what others allocated. Then a burst of another
 * size fills the limit, at once or after an idle time. After it the program is idle. The recorder checks the contents
 * of every block.
 */
final class Soak implements AutoCloseable {

    private static final long LIMIT = 32 << 20;
    private static final long BASE = 6 << 20;
    private static final long BURST = 16 << 20;
    private static final int THREADS = 6;

    /** Sizes of bursts. Blocks are between half of it and all of it. */
    private static final int[] SIZES = {48, 200, 1_000, 4_000, 20_000, 60_000};

    /** In a burst of the smallest blocks, so that a cycle takes well below a second. */
    private static final int MOST_BLOCKS = 20_000;

    /**
     * The share of the room under the limit that blocks of one size must get, rounded up: slabs and chunks have ends.
     */
    private static final double FILLED = 0.75;

    /** The same for a binary buddy, which leaves holes between blocks whose size is no power of two. */
    private static final double FILLED_BY_BUDDY = 0.5;

    /** What may stay committed after a burst and an idle time, of what was committed before. */
    private static final double KEPT = 1.1;

    private static final Duration BETWEEN_PASSES = Duration.ofSeconds(30);
    private static final int PASSES = 60;

    private final AllocatorUnderTest subject;
    private final Allocator allocator;
    private final SplittableRandom random = new SplittableRandom(5);
    private final Queue<MemorySegment> exchange = new ConcurrentLinkedQueue<>();
    private final long committedBase;
    private final double share;
    private Instant now = Instant.EPOCH;
    private int cycles;
    private double mostKept;

    /** Makes an allocator of a strategy, and the blocks that stay live. */
    Soak(String strategy) {
        FaultySource source = new FaultySource();
        AllocatorConfig config = AllocatorConfig.builder()
                .source(source)
                .limitBytes(LIMIT)
                .properties(Map.of("ashlar.adaptive.housekeeping", "manual"))
                .build();
        allocator = strategy.equals("adaptive")
                ? AdaptiveAllocator.create(config, () -> now)
                : AllocatorProviders.require(strategy).create(config);
        subject = new AllocatorUnderTest(
                allocator, source, config, ContractLimits.builder().build());
        share = strategy.equals("buddy") ? FILLED_BY_BUDDY : FILLED;
        for (long live = 0; live < BASE; ) {
            live += subject.allocate(SIZES[random.nextInt(SIZES.length)]).byteSize();
        }
        beIdle();
        committedBase = allocator.stats().committedBytes();
    }

    void cycle() throws InterruptedException, ExecutionException {
        int number = random.nextInt(SIZES.length);
        burst(SIZES[number]);
        freeOnOtherThreads();
        if (random.nextBoolean()) {
            beIdle();
        }
        fill(SIZES[(number + 1 + random.nextInt(SIZES.length - 1)) % SIZES.length]);
        freeOnOtherThreads();
        beIdle();
        assertCommitted("after an idle time");
        allocator.trim();
        assertCommitted("after a trim");
        subject.check();
        cycles++;
    }

    private void assertCommitted(String when) {
        long committed = allocator.stats().committedBytes();
        assertThat(committed)
                .as("committed bytes %s, %d before the burst", when, committedBase)
                .isLessThanOrEqualTo((long) (KEPT * committedBase));
        mostKept = Math.max(mostKept, (double) committed / committedBase);
    }

    /** What happened so far. */
    String report() {
        return "%,d cycles, %,d blocks; after a burst at most %.3f of the bytes committed before"
                .formatted(cycles, allocator.stats().allocations(), mostKept);
    }

    private void burst(int size) throws InterruptedException, ExecutionException {
        int blocks = (int) Math.min(MOST_BLOCKS, BURST / size) / THREADS;
        Generation generation = new Generation();
        for (int i = 0; i < THREADS; i++) {
            SplittableRandom own = random.split();
            generation.add(() -> work(own, size, blocks));
        }
        ThreadFactory platform = Thread.ofPlatform().factory();
        ThreadFactory virtual = Thread.ofVirtual().factory();
        generation.run(task -> (random.nextBoolean() ? platform : virtual).newThread(task));
    }

    /** Allocates blocks for others to free, and frees one of others for every third. */
    private void work(SplittableRandom own, int size, int blocks) {
        for (int i = 0; i < blocks; i++) {
            MemorySegment block = subject.tryAllocate(own.nextInt(size / 2, size + 1), 8);
            if (block != null) {
                exchange.add(block);
            }
            if (i % 3 == 0) {
                free(exchange.poll());
            }
            switch (own.nextInt(2_000)) {
                case 0 -> allocator.trim();
                case 1 -> allocator.as(Inspectable.class).orElseThrow().inspect(new Inspectable.Visitor() {});
                case 2 -> allocator.as(Retention.class).ifPresent(it -> it.retain(own.nextLong(4 << 20)));
                default -> {}
            }
        }
    }

    private void free(@Nullable MemorySegment block) {
        if (block != null) {
            subject.free(block);
        }
    }

    private void freeOnOtherThreads() throws InterruptedException, ExecutionException {
        Generation generation = new Generation();
        for (int i = 0; i < 2; i++) {
            generation.add(() -> {
                for (MemorySegment block = exchange.poll(); block != null; block = exchange.poll()) {
                    subject.free(block);
                }
            });
        }
        generation.run(Thread.ofVirtual().factory());
    }

    /** Rule 6: memory that the burst before used serves another size. */
    private void fill(int size) {
        long room = LIMIT - committedBase;
        long filled = 0;
        while (filled < share * room) {
            MemorySegment block = subject.tryAllocate(size, 8);
            assertThat(block)
                    .as("block of %d, after %d bytes of them, where %d were free", size, filled, room)
                    .isNotNull();
            exchange.add(block);
            filled += allocator.goodSize(size, 8);
        }
    }

    private void beIdle() {
        allocator.as(Retention.class).ifPresent(it -> it.retain(0)); // a burst has changed it
        if (allocator instanceof AdaptiveAllocator adaptive) {
            for (int pass = 0; pass < PASSES; pass++) {
                now = now.plus(BETWEEN_PASSES);
                adaptive.housekeep();
            }
        } else {
            allocator.trim();
        }
    }

    @Override
    public void close() {
        subject.close();
        assertThat(subject.source().misuses()).isEmpty();
    }
}
