package dev.ashlar.testkit.sizeclass;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.testkit.FaultySource;
import dev.ashlar.testkit.Race;
import dev.ashlar.testkit.TestLength;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Strategies with size classes and threads of both kinds, which free each other's blocks, start, wait, end, and compete
 * at a limit.
 */
public abstract class SizeClassThreadsTests {

    private static final int[] SIZES = {0, 16, 64, 200, 1000, 4096, 5000, 32 * 1024};

    private static final int PAGE = 4096;

    /** The bytes that a platform thread may hold without live blocks. */
    private static final long HELD_BY_A_THREAD = 64 * 1024;

    private final FaultySource source = FaultySource.withoutPadding();
    private final Set<Long> live = ConcurrentHashMap.newKeySet();
    private final AtomicReferenceArray<@Nullable MemorySegment> exchange = new AtomicReferenceArray<>(64);
    private final AtomicInteger seed = new AtomicInteger();

    /** For subclasses. */
    protected SizeClassThreadsTests() {}

    /** The provider of the strategy. */
    protected abstract AllocatorProvider provider();

    @AfterEach
    void mustHaveUsedTheSourceProperly() {
        assertThat(source.misuses()).isEmpty();
        assertThat(source.openChunks()).isZero();
    }

    private Allocator create(long limitBytes, long retained) {
        return provider()
                .create(AllocatorConfig.builder()
                        .source(source)
                        .limitBytes(limitBytes)
                        .retainedBytes(retained)
                        .build());
    }

    // Threads that start and end

    /** A thread that only frees never looks for memory. It must still find the slabs that another thread left. */
    @Test
    void mustReturnWhatAnEndedThreadHeldWhenAThreadBeginsThatOnlyFrees() throws InterruptedException {
        try (Allocator allocator = create(AllocationException.NO_LIMIT, 0)) {
            List<MemorySegment> passedOn = new ArrayList<>();
            Thread ended = Thread.ofPlatform().start(() -> {
                passedOn.add(allocator.allocate(60_000, 8));
                allocator.free(allocator.allocate(50_000, 8));
            });
            ended.join();
            assertThat(source.openBytes()).isPositive();
            Thread.ofPlatform().start(() -> passedOn.forEach(allocator::free)).join();
            assertThat(source.openBytes())
                    .as("bytes out when nothing is live, without a trim")
                    .isZero();
        }
    }

    @Test
    void mustStrandNothingOfThousandsOfShortPlatformThreads() {
        try (Allocator allocator = create(AllocationException.NO_LIMIT, 64 << 20)) {
            int perWave = 200;
            for (int wave = 0; wave < TestLength.of(3_000, 10_000) / perWave; wave++) {
                Race.run(Collections.nCopies(perWave, () -> {
                    for (int i = 0; i < 20; i++) {
                        allocator.free(allocator.allocate(SIZES[i % SIZES.length], 8));
                    }
                }));
            }
            // All threads of a wave have ended when the next one begins, and each new thread checks 32 others for ended
            // ones. So at most two waves hold memory.
            assertThat(source.openBytes())
                    .as("bytes out")
                    .isLessThanOrEqualTo(2L * perWave * HELD_BY_A_THREAD + (4 << 20));
            mustHoldNothing(allocator);
        }
    }

    @Test
    void mustHoldAsMuchForAMillionVirtualThreadsAsForAThousand() {
        int threads = TestLength.of(100_000, 1_000_000);
        try (Allocator allocator = create(AllocationException.NO_LIMIT, 1 << 20)) {
            Semaphore atOnce = new Semaphore(1_000);
            long most = 0;
            for (int wave = 0; wave < 10; wave++) {
                Race.run(Thread.ofVirtual(), Collections.nCopies(threads / 10, () -> {
                    atOnce.acquire();
                    MemorySegment block = allocator.allocate(200, 8);
                    Thread.onSpinWait();
                    allocator.free(block);
                    atOnce.release();
                }));
                most = Math.max(most, source.openBytes());
            }
            assertThat(most)
                    .as("bytes out when none of the threads had a block")
                    .isLessThanOrEqualTo(4 << 20);
            mustHoldNothing(allocator);
        }
    }

    @Test
    void mustStrandNothingOfThreadsThatEndWhileOthersFreeTheirBlocks() {
        for (long retained : new long[] {0, 1 << 20}) {
            try (Allocator allocator = create(AllocationException.NO_LIMIT, retained)) {
                for (int wave = TestLength.of(30, 3_000); wave > 0; wave--) {
                    Race.run(Collections.nCopies(6, () -> churn(allocator, 400)));
                }
                mustHoldNothing(allocator);
            }
        }
    }

    @Test
    void mustStrandNothingOfVirtualThreads() {
        for (long retained : new long[] {0, 1 << 20}) {
            try (Allocator allocator = create(AllocationException.NO_LIMIT, retained)) {
                for (int wave = TestLength.of(10, 500); wave > 0; wave--) {
                    Race.run(Thread.ofVirtual(), Collections.nCopies(300, () -> churn(allocator, 30)));
                }
                mustHoldNothing(allocator);
            }
        }
    }

    @Test
    void mustStrandNothingOfViewsThatAreClosedOrForgotten() {
        try (Allocator allocator = create(AllocationException.NO_LIMIT, 0)) {
            for (int wave = TestLength.of(20, 1_000); wave > 0; wave--) {
                for (Thread.Builder kind : List.of(Thread.ofVirtual(), Thread.ofPlatform())) {
                    int forgotten = wave % 2;
                    Race.run(kind, Collections.nCopies(20, () -> {
                        Allocator view =
                                allocator.as(Confinable.class).orElseThrow().confined();
                        churn(view, 100);
                        if (forgotten == 0) {
                            view.close();
                        }
                    }));
                }
            }
            mustHoldNothing(allocator);
        }
    }

    @Test
    void mustServeEveryPageOfTheLimitAfterThreadsHaveFoughtForIt() {
        int pages = 64;
        try (Allocator allocator = create((long) pages * PAGE, 0)) {
            for (int wave = TestLength.of(20, 500); wave > 0; wave--) {
                Race.run(Collections.nCopies(3, () -> churn(allocator, 1_000)));
                Race.run(Thread.ofVirtual(), Collections.nCopies(3, () -> churn(allocator, 1_000)));
                freeRest(allocator);
                List<MemorySegment> blocks = new ArrayList<>();
                for (int i = 0; i < pages; i++) {
                    MemorySegment block = allocator.tryAllocate(PAGE, 1);
                    assertThat(block).as("page %d of %d", i, pages).isNotNull();
                    blocks.add(block);
                }
                blocks.forEach(allocator::free);
            }
            mustHoldNothing(allocator);
        }
    }

    // Slabs that are disowned while other threads free blocks in them

    /** If the block of a slab with one slot is freed while the slab is disowned, only these two threads can find it. */
    @Test
    void mustLoseNoSlabOfOneSlotThatIsFreedAtTheMomentOfBeingDisowned() {
        produceAndFree(32 * 1024, create(AllocationException.NO_LIMIT, 0), 1, TestLength.of(1_000, 1_000_000));
        produceAndFree(32 * 1024, create(AllocationException.NO_LIMIT, 1 << 20), 1, TestLength.of(4_000, 10_000_000));
    }

    @Test
    void mustLoseNoSlabThatIsDisownedWhileOthersFreeItsBlocks() {
        for (int byteSize : new int[] {32 * 1024, 1024, 64}) {
            produceAndFree(byteSize, create(AllocationException.NO_LIMIT, 0), 32, TestLength.of(3_000, 1_000_000));
        }
    }

    /** A slab that is lost at the limit leaves the producer without memory. */
    @Test
    void mustServeAProducerAtTheLimitFromWhatOthersFree() {
        for (int byteSize : new int[] {32 * 1024, 2048}) { // of which four fit, and three may be live
            produceAndFree(byteSize, create(128 * 1024, 128 * 1024), 1, TestLength.of(2_000, 2_000_000));
        }
    }

    /** One thread allocates and passes blocks on. Two others free them; one is virtual and has no heap of its own. */
    private void produceAndFree(int byteSize, Allocator created, int places, int blocks) {
        try (Allocator allocator = created) {
            AtomicReferenceArray<@Nullable MemorySegment> handedOver = new AtomicReferenceArray<>(places);
            AtomicInteger freed = new AtomicInteger();
            Race.Task freeing = () -> {
                while (freed.get() < blocks && !Thread.currentThread().isInterrupted()) {
                    for (int place = 0; place < places; place++) {
                        MemorySegment block = handedOver.getAndSet(place, null);
                        if (block != null) {
                            live.remove(block.address());
                            allocator.free(block);
                            freed.incrementAndGet();
                        }
                    }
                    Race.letOthersRun();
                }
            };
            Race.run(List.of(
                    () -> {
                        for (int i = 0; i < blocks; i++) {
                            MemorySegment block = allocator.allocate(byteSize, 8);
                            if (!live.add(block.address())) {
                                throw new AssertionError("a live block was handed out again");
                            }
                            int place = i % places;
                            Race.await(() -> handedOver.compareAndSet(place, null, block));
                            for (int k = i % 64;
                                    k > 0;
                                    k--) { // so that it is freed now before, now after it is disowned
                                Thread.onSpinWait();
                            }
                        }
                    },
                    freeing,
                    () -> Race.run(Thread.ofVirtual(), List.of(freeing))));
            mustHoldNothing(allocator);
        }
    }

    // Threads that wait

    private interface Step {
        void run() throws InterruptedException;
    }

    /** A thread that does something and then waits until it is released, alive. */
    private static final class Waiting implements AutoCloseable {
        private final CountDownLatch done = new CountDownLatch(1);
        private final CountDownLatch end = new CountDownLatch(1);
        private final Thread thread;

        Waiting(Step step) throws InterruptedException {
            thread = Thread.ofPlatform().daemon().start(() -> {
                try {
                    step.run();
                    done.countDown();
                    end.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            done.await();
            while (thread.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
        }

        @Override
        public void close() {
            end.countDown();
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** A producer frees every second of its blocks, and waits or ends. Others free the rest. Then no block is live. */
    @Test
    void mustServeAllOfTheLimitAgainWhoeverFreedAndWhoeverWaits() throws InterruptedException {
        for (boolean producerEnds : new boolean[] {false, true}) {
            try (Allocator allocator = create(10 << 20, 10 << 20)) {
                List<MemorySegment> rest = Collections.synchronizedList(new ArrayList<>());
                Waiting producer = new Waiting(() -> {
                    List<MemorySegment> blocks = new ArrayList<>();
                    for (int i = 0; i < 2_048; i++) {
                        blocks.add(allocator.allocate(PAGE, 8));
                    }
                    for (int i = 0; i < blocks.size(); i++) {
                        if (i % 2 == 0) {
                            allocator.free(blocks.get(i));
                        } else {
                            rest.add(blocks.get(i));
                        }
                    }
                });
                if (producerEnds) {
                    producer.close();
                }
                // A new thread looks for memory and finds the slabs of the ended one. It must not keep them while idle.
                try (Waiting newcomer = new Waiting(() -> allocator.free(allocator.allocate(64, 8)))) {
                    rest.forEach(allocator::free);
                    assertThat(allocator.stats().liveBlocks()).isZero();
                    List<MemorySegment> again = new ArrayList<>();
                    for (int i = 0; i < 2_500; i++) { // of 2,560 pages under the limit
                        again.add(allocator.allocate(PAGE, 8));
                    }
                    again.forEach(allocator::free);
                    allocator.trim();
                    assertThat(allocator.stats().committedBytes()).isZero();
                    assertThat(newcomer.thread.isAlive()).isTrue();
                }
                producer.close();
            }
        }
    }

    /** A thread that only trims, as housekeeping does, must not keep the slabs that it finds. */
    @Test
    void mustLeaveNothingWithAThreadThatOnlyTrims() throws InterruptedException {
        try (Allocator allocator = create(10 << 20, 10 << 20)) {
            List<MemorySegment> rest = new ArrayList<>();
            Race.run(List.of(() -> {
                for (int i = 0; i < 4_600; i++) {
                    MemorySegment block = allocator.allocate(2048, 8);
                    if (i % 2 == 0) {
                        allocator.free(block);
                    } else {
                        rest.add(block);
                    }
                }
            }));
            try (Waiting housekeeper = new Waiting(allocator::trim)) {
                rest.forEach(allocator::free);
                allocator.trim();
                assertThat(allocator.stats().committedBytes()).isZero();
                int served = 0;
                while (served < 6_500 && allocator.tryAllocate(1448, 8) != null) {
                    served++;
                }
                assertThat(served).as("blocks of 1,448 bytes in 10 MiB").isEqualTo(6_500);
                assertThat(housekeeper.thread.isAlive()).isTrue();
            }
        }
    }

    /** Each used every size once, or keeps a block of every size. */
    @Test
    void mustTrimWhatThreadsHoldThatWait() throws InterruptedException {
        int threads = TestLength.of(40, 200);
        try (Allocator allocator = create(AllocationException.NO_LIMIT, 0)) {
            List<Waiting> waiting = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                waiting.add(new Waiting(() -> {
                    for (int byteSize = 16; byteSize <= 65_536; byteSize += byteSize / 8 / 8 * 8 + 8) {
                        allocator.free(allocator.allocate(byteSize, 8));
                    }
                }));
            }
            assertThat(allocator.stats().committedBytes())
                    .as("bytes committed for %d threads that wait", threads)
                    .isLessThanOrEqualTo(threads * HELD_BY_A_THREAD + (1 << 20));
            allocator.trim();
            assertThat(allocator.stats().committedBytes())
                    .as("after a trim by another thread")
                    .isZero();
            for (Waiting thread : waiting) {
                thread.close();
            }
            assertThat(allocator.stats().allocations())
                    .isEqualTo(allocator.stats().frees());
        }
    }

    /** The lowest rung: what a running thread may hold is bounded, and it flushes at its next chance. */
    @Test
    void mustHoldNoMoreForAThreadThatRunsThanItIsAllowed() throws InterruptedException {
        try (Allocator allocator = create(AllocationException.NO_LIMIT, 0)) {
            CountDownLatch used = new CountDownLatch(1);
            CountDownLatch trimmed = new CountDownLatch(1);
            CountDownLatch flushed = new CountDownLatch(1);
            CountDownLatch end = new CountDownLatch(1);
            Thread running = Thread.ofPlatform().daemon().start(() -> {
                for (int byteSize = 16; byteSize <= 4_096; byteSize += byteSize) {
                    allocator.free(allocator.allocate(byteSize, 8));
                }
                used.countDown();
                spinUntil(trimmed);
                allocator.free(allocator.allocate(48, 8));
                flushed.countDown();
                spinUntil(end);
            });
            used.await();
            allocator.trim();
            assertThat(source.openBytes()).isLessThanOrEqualTo(HELD_BY_A_THREAD + (128 << 10));
            assertThat(countSlabs(allocator)).as("slabs of a thread that runs").isGreaterThan(1);
            trimmed.countDown();
            flushed.await();
            assertThat(countSlabs(allocator)).as("slabs once it came by").isEqualTo(1);
            end.countDown();
            running.join();
            allocator.trim();
            assertThat(source.openBytes()).isZero();
        }
    }

    /**
     * A thread that frees one block after another in a slab owns it. If the slab has only one block, that gains
     * nothing.
     */
    @Test
    void mustServeAllOfTheLimitWhileAThreadRunsThatFreedTheSameSlotAgainAndAgain() throws InterruptedException {
        int byteSize = 32 * 1024;
        int rounds = 5;
        try (Allocator allocator = create(4L * byteSize, 4L * byteSize)) {
            List<MemorySegment> others = new ArrayList<>();
            MemorySegment block = allocator.allocate(byteSize, 8);
            for (int i = 0; i < 3; i++) {
                others.add(allocator.allocate(byteSize, 8)); // now no thread allocates from the slab of the first block
            }
            AtomicInteger wanted = new AtomicInteger();
            AtomicInteger freed = new AtomicInteger();
            Thread running = Thread.ofPlatform().daemon().start(() -> {
                spinUntil(wanted, 1);
                for (int round = 1; wanted.get() <= rounds; round++) {
                    allocator.free(block);
                    freed.incrementAndGet();
                    spinUntil(wanted, round + 1);
                }
            });
            try {
                for (int round = 1; round <= rounds; round++) {
                    wanted.incrementAndGet();
                    spinUntil(freed, round);
                    MemorySegment again = allocator.tryAllocate(byteSize, 8);
                    assertThat(again == null ? 0 : again.address())
                            .as("address of a block, in round %d, where three of four are live", round)
                            .isEqualTo(block.address());
                    allocator.free(others.removeFirst());
                    others.add(allocator.allocate(byteSize, 8));
                }
            } finally {
                wanted.set(rounds + 1);
                running.join();
            }
            allocator.free(block);
            others.forEach(allocator::free);
            mustHoldNothing(allocator);
        }
    }

    private static void spinUntil(AtomicInteger number, int least) {
        while (number.get() < least) {
            Thread.onSpinWait();
        }
    }

    private static int countSlabs(Allocator allocator) {
        AtomicInteger slabs = new AtomicInteger();
        allocator.as(Inspectable.class).orElseThrow().inspect(new Inspectable.Visitor() {
            @Override
            public void slab(long address, long byteSize, long slotSize, int liveSlots) {
                slabs.incrementAndGet();
            }
        });
        return slabs.get();
    }

    private static void spinUntil(CountDownLatch latch) {
        while (latch.getCount() > 0) {
            Thread.onSpinWait();
        }
    }

    @Test
    void mustLoseNothingWhileWaitingThreadsAreEvictedAllTheTime() {
        EvictionWorkload.run(provider(), TestLength.of(1_500, 60_000));
    }

    // A slow source

    /**
     * A source in which threads that return a chunk wait until a test lets them continue. Its chunks are adjacent, so
     * the address map takes little memory.
     */
    private static final class SlowSource implements MemorySource {
        private static final long BYTES = 64 << 20;
        private static final long CHUNK = 64 << 10;

        private final MemorySegment memory = Arena.ofAuto().allocate(BYTES, PAGE);
        private final AtomicLong taken = new AtomicLong();
        private final AtomicInteger waiting = new AtomicInteger();
        private final CountDownLatch goOn = new CountDownLatch(1);
        private volatile boolean slow;

        @Override
        public String name() {
            return "slow";
        }

        @Override
        public @Nullable Chunk take(long byteSize, long byteAlignment) {
            if (byteSize > CHUNK) { // so that no chunk has room for two of the slabs
                return null;
            }
            long end = taken.addAndGet(byteSize);
            return end > BYTES ? null : new SlowChunk(memory.asSlice(end - byteSize, byteSize, byteAlignment));
        }

        private final class SlowChunk implements Chunk {
            private final MemorySegment memory;

            SlowChunk(MemorySegment memory) {
                this.memory = memory;
            }

            @Override
            public MemorySegment memory() {
                return memory;
            }

            @Override
            public void close() {
                if (slow) {
                    waiting.incrementAndGet();
                    try {
                        goOn.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }
            }
        }
    }

    /**
     * No stripe is occupied while memory moves. Otherwise each virtual thread that waits for the source would make
     * another.
     */
    @Test
    void mustMakeNoStripesForVirtualThreadsThatWaitForASlowSource() {
        SlowSource slow = new SlowSource();
        AllocatorConfig config = AllocatorConfig.builder()
                .source(slow)
                .retainedBytes(0)
                .properties(Map.of("ashlar." + provider().name() + ".threadBytes", "0")) // so that one slab is active
                .build();
        try (Allocator allocator = provider().create(config)) {
            AtomicInteger ended = new AtomicInteger();
            Race.Task task = () -> { // the slab of the first is evicted for the second, and its chunk may be unused
                for (int i = 0; i < 5; i++) {
                    allocator.free(allocator.allocate(60_000, 8));
                    allocator.free(allocator.allocate(50_000, 8));
                }
                ended.incrementAndGet();
            };
            Race.run(Thread.ofVirtual(), List.of(task));
            long before = allocator.stats().metadataBytes();
            slow.slow = true;
            List<Race.Task> starters = List.of(() -> {
                for (int i = 2; i < 12; i++) { // one after another, so that they need only one stripe
                    Thread.ofVirtual().start(() -> runUnchecked(task));
                    int all = i;
                    Race.await(() -> slow.waiting.get() + ended.get() >= all);
                }
            });
            try {
                Race.run(starters);
                assertThat(slow.waiting).as("threads that wait").hasPositiveValue();
                assertThat(allocator.stats().metadataBytes() - before)
                        .as("bytes of bookkeeping for %s chunks on their way back", slow.waiting)
                        .isLessThan(slow.waiting.get() * 800L + 3_000);
            } finally {
                slow.goOn.countDown();
            }
            Race.run(List.of(() -> Race.await(() -> ended.get() == 11)));
            mustHoldNothing(allocator);
        }
    }

    private static void runUnchecked(Race.Task task) {
        try {
            task.run();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void mustHoldLittleForVirtualThreadsOverASourceThatTheyWaitFor() {
        AllocatorConfig config = AllocatorConfig.builder()
                .source(new DawdlingSource(source))
                .retainedBytes(0)
                .build();
        try (Allocator allocator = provider().create(config)) {
            for (int wave = TestLength.of(3, 50); wave > 0; wave--) {
                Race.run(Thread.ofVirtual(), Collections.nCopies(1_000, () -> {
                    List<MemorySegment> blocks = new ArrayList<>();
                    for (int i = 0; i < 10; i++) {
                        blocks.add(allocator.allocate(SIZES[i % SIZES.length], 8));
                    }
                    blocks.forEach(allocator::free);
                }));
                assertThat(source.openBytes())
                        .as("bytes out when nothing is live")
                        .isLessThanOrEqualTo((long) Runtime.getRuntime().availableProcessors() * (1 << 20));
            }
            mustHoldNothing(allocator);
        }
    }

    /** A slow source, like the kernel. */
    private record DawdlingSource(MemorySource upstream) implements MemorySource {

        private static void dawdle() {
            LockSupport.parkNanos(200_000);
        }

        @Override
        public String name() {
            return "dawdling";
        }

        @Override
        public @Nullable Chunk take(long byteSize, long byteAlignment) {
            dawdle();
            Chunk chunk = upstream.take(byteSize, byteAlignment);
            return chunk == null ? null : new DawdlingChunk(chunk);
        }

        private record DawdlingChunk(Chunk chunk) implements Chunk {
            @Override
            public MemorySegment memory() {
                return chunk.memory();
            }

            @Override
            public void close() {
                dawdle();
                chunk.close();
            }
        }
    }

    // What ended threads leave on the heap

    @Test
    void mustKeepNoThreadAlive() throws InterruptedException {
        try (Allocator allocator = create(AllocationException.NO_LIMIT, 0)) {
            List<WeakReference<Thread>> threads = new ArrayList<>();
            for (Thread.Builder kind : List.of(Thread.ofPlatform(), Thread.ofVirtual())) {
                for (boolean confined : new boolean[] {false, true}) {
                    threads.add(new WeakReference<>(used(allocator, kind, confined)));
                }
            }
            for (WeakReference<Thread> thread : threads) {
                mustBeCollected(thread);
            }
        }
    }

    private static Thread used(Allocator allocator, Thread.Builder kind, boolean confined) throws InterruptedException {
        Thread thread = kind.start(() -> {
            Allocator used =
                    confined ? allocator.as(Confinable.class).orElseThrow().confined() : allocator;
            used.free(used.allocate(64, 8));
        });
        thread.join();
        return thread;
    }

    @Test
    void mustKeepNoClassLoaderOfAThreadAliveThatWaits() throws InterruptedException {
        try (Allocator allocator = create(AllocationException.NO_LIMIT, 0)) {
            CountDownLatch used = new CountDownLatch(1);
            CountDownLatch end = new CountDownLatch(1);
            WeakReference<ClassLoader> loader = startWithLoader(allocator, used, end);
            used.await();
            end.countDown();
            mustBeCollected(loader);
        }
    }

    private static WeakReference<ClassLoader> startWithLoader(
            Allocator allocator, CountDownLatch used, CountDownLatch end) {
        ClassLoader loader = new ClassLoader(SizeClassThreadsTests.class.getClassLoader()) {};
        Thread thread = Thread.ofPlatform().daemon().unstarted(() -> {
            allocator.free(allocator.allocate(64, 8));
            used.countDown();
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        thread.setContextClassLoader(loader);
        thread.start();
        return new WeakReference<>(loader);
    }

    @Test
    void mustBeCollectedWithWhatItKnowsWhenItIsClosedAndForgotten() throws InterruptedException {
        WeakReference<Allocator> forgotten = new WeakReference<>(closedAllocator());
        mustBeCollected(forgotten);
    }

    private Allocator closedAllocator() {
        Allocator allocator = create(AllocationException.NO_LIMIT, 0);
        allocator.allocate(64, 8);
        allocator.allocate(100_000, 8);
        allocator.close();
        return allocator;
    }

    private static void mustBeCollected(WeakReference<?> reference) throws InterruptedException {
        for (int i = 0; i < 100 && reference.get() != null; i++) {
            System.gc();
            Thread.sleep(10);
        }
        assertThat(reference.get()).isNull();
    }

    // Blocks that pass from thread to thread

    /** Allocates blocks, puts them in a shared place, and frees those that it finds there. */
    private void churn(Allocator allocator, int operations) throws InterruptedException {
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
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedException("another thread failed");
            }
        }
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
        assertThat(stats.committedBytes()).as("bytes of lost slabs").isZero();
    }
}
