package dev.ashlar.api.compose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Refusal;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several threads use one tree of limits. The children's limits add up to more than their parent's. */
@Timeout(60)
class QuotaConcurrencyTest {

    private static final int THREADS = 4;
    private static final boolean LONG = "long".equals(System.getProperty("ashlar.tests"));
    private static final int OPERATIONS = LONG ? 5_000_000 : 100_000;

    /** Long enough that the threads run at the same time, and not one after another. */
    private static final Duration MEETING_TIME = LONG ? Duration.ofSeconds(20) : Duration.ofMillis(500);

    private final LiveBytes upstream = new LiveBytes();
    private final Allocator parent = Allocators.limited(upstream, 1000);
    private final List<Allocator> children = List.of(Allocators.limited(parent, 600), Allocators.limited(parent, 700));

    /** Every request is near the limit, so two requests that check it at the same time are found. */
    @Test
    void mustServeOneOfTwoWhenOneFits() throws Exception {
        Allocator exclusive = Allocators.limited(upstream, 1000);
        try (ExecutorService executor = Executors.newFixedThreadPool(THREADS)) {
            List<Callable<Boolean>> work = Collections.nCopies(THREADS, () -> takeAll(exclusive));
            for (Future<Boolean> taking : executor.invokeAll(work)) {
                taking.get();
            }
        }
        assertThat(upstream.peak.get()).isEqualTo(1000);
        assertThat(exclusive.stats().requestedBytes()).isZero();
    }

    private static boolean takeAll(Allocator allocator) {
        long end = System.nanoTime() + MEETING_TIME.toNanos();
        while (System.nanoTime() < end) {
            for (int i = 0; i < 1000; i++) { // without the clock, which would separate the threads
                MemorySegment all = allocator.tryAllocate(1000, 1);
                if (all != null) {
                    allocator.free(all);
                }
            }
        }
        return true;
    }

    @Test
    void mustNeverPassTheLimit() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        try (ExecutorService executor = Executors.newFixedThreadPool(THREADS + 1)) {
            Future<Boolean> watcher = executor.submit(() -> watchUntil(done));
            List<Callable<Boolean>> work = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                long seed = i;
                Allocator child = children.get(i % children.size());
                work.add(() -> churn(child, new SplittableRandom(seed)));
            }
            for (Future<Boolean> churn : executor.invokeAll(work)) {
                churn.get();
            }
            done.set(true);
            watcher.get(10, TimeUnit.SECONDS);
        }
        assertThat(upstream.peak.get()).as("peak of live bytes").isBetween(501L, 1000L);
        for (Allocator quiet : List.of(parent, children.get(0), children.get(1))) {
            ((LimitedAllocator) quiet).ledger.checkInvariants();
            assertThat(quiet.stats().requestedBytes()).isZero();
            assertThat(quiet.stats().liveBlocks()).isZero();
            assertThat(quiet.stats().refused()).isPositive();
        }
        assertThat(parent.stats().allocations())
                .isEqualTo(children.get(0).stats().allocations()
                        + children.get(1).stats().allocations());
        assertThat(parent.tryAllocate(1000, 1)).as("the whole limit again").isNotNull();
    }

    /** Holds a few blocks at a time, so the threads together request about twice the limit. */
    private static boolean churn(Allocator allocator, SplittableRandom random) {
        @Nullable MemorySegment[] window = new MemorySegment[8];
        for (int i = 0; i < OPERATIONS; i++) {
            int at = random.nextInt(window.length);
            MemorySegment block = window[at];
            if (block != null) {
                allocator.free(block);
                window[at] = null;
            } else {
                window[at] = allocator.tryAllocate(random.nextInt(150), 1);
            }
        }
        for (MemorySegment block : window) {
            if (block != null) {
                allocator.free(block);
            }
        }
        return true;
    }

    private boolean watchUntil(AtomicBoolean done) {
        List<Limit> quotas = new ArrayList<>();
        quotas.add(parent.as(Limit.class).orElseThrow());
        children.forEach(child -> quotas.add(child.as(Limit.class).orElseThrow()));
        while (!done.get()) {
            for (Limit quota : quotas) {
                assertThat(quota.usedBytes()).isBetween(0L, quota.limitBytes());
            }
        }
        return true;
    }

    /** Adds up live bytes without memory of its own, so that the threads compete at the limits. */
    private static final class LiveBytes implements Allocator {
        private final MemorySegment memory = Arena.global().allocate(1000);
        private final AtomicLong live = new AtomicLong();
        private final AtomicLong peak = new AtomicLong();

        @Override
        public Refusal refusal(long byteSize, long byteAlignment) {
            throw new AssertionError("it never refuses");
        }

        @Override
        public MemorySegment tryAllocate(long byteSize, long byteAlignment) {
            peak.accumulateAndGet(live.addAndGet(byteSize), Math::max);
            return memory.asSlice(0, byteSize);
        }

        @Override
        public void free(MemorySegment block) {
            live.addAndGet(-block.byteSize());
        }

        @Override
        public AllocatorStats stats() {
            return AllocatorStats.ZERO;
        }

        @Override
        public boolean isClosed() {
            return false;
        }

        @Override
        public void close() {}
    }
}
