package dev.ashlar.testkit;

import dev.ashlar.api.Allocator;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.DoubleAccumulator;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Workloads of programs that make an allocator hold more than is live: threads that share blocks, that free blocks of
 * others, that stop in the middle, and changing sizes. It compares committed with live bytes while it runs. No contents
 * are written and nothing is timed.
 *
 * <p>Live bytes are requested and not yet freed, including requests and frees in progress. Use one workload for one
 * method, or for several that build on each other. Threads that it starts stay alive and idle until {@link
 * #endThreads()}. Each thread does the same in every run, but the order between threads differs.
 */
public final class MemoryWorkload implements AutoCloseable {

    /** Of {@link #handOver}: a class of no strategy, so that rounding counts. */
    private static final long HANDED_OVER = 592;

    /** The largest of {@link #useEverySize} and of what is replaced. */
    private static final int LARGEST = 64 * 1024;

    /** Replacements of a thread between two looks at the figures. */
    private static final int BETWEEN_LOOKS = 16;

    /** In the order of {@link #goThroughPhases}. */
    private static final int[] PHASES = {24, 100, 300, 1_000, 3_000, 9_000, 30_000, 60_000, 48, 700, 5_000, 20_000, 200
    };

    /** The exponent of Pareto's law: most blocks are small, and most bytes are in large ones. */
    private static final double PARETO = 1.1;

    private static final int SMALLEST_OF_PARETO = 32;

    private final Allocator allocator;
    private final LongSupplier committedBytes;
    private final long liveTarget;
    private final AtomicLong live = new AtomicLong();
    private final LongAccumulator peakLive = new LongAccumulator(Math::max, 0);
    private final LongAccumulator peakCommitted = new LongAccumulator(Math::max, 0);
    private final DoubleAccumulator worstRatio = new DoubleAccumulator(Math::max, 0);
    private final LongAdder sumOfLive = new LongAdder();
    private final LongAdder sumOfCommitted = new LongAdder();
    private final Queue<MemorySegment> kept = new ConcurrentLinkedQueue<>();
    private final List<TestThread> threads = new ArrayList<>();

    /**
     * A new workload.
     *
     * @param allocator the allocator, which is closed with the workload
     * @param committedBytes returns the bytes that the allocator holds now; called often, by many threads
     * @param liveBytes how much to keep live, roughly
     */
    public MemoryWorkload(Allocator allocator, LongSupplier committedBytes, long liveBytes) {
        this.allocator = allocator;
        this.committedBytes = committedBytes;
        this.liveTarget = liveBytes;
    }

    /** What it works on. */
    public Allocator allocator() {
        return allocator;
    }

    /** What the allocator holds now. */
    public long committedBytes() {
        return committedBytes.getAsLong();
    }

    /** What is live now. */
    public long liveBytes() {
        return live.get();
    }

    /** The most bytes that were live at once. */
    public long peakLiveBytes() {
        return peakLive.get();
    }

    /** The most bytes that were seen committed. */
    public long peakCommittedBytes() {
        return peakCommitted.get();
    }

    /** The highest ratio of committed to live bytes at the points that each method describes. */
    public double worstRatio() {
        return worstRatio.get();
    }

    /** The average of committed over live bytes at the points that each method describes. */
    public double averageRatio() {
        return (double) sumOfCommitted.sum() / sumOfLive.sum();
    }

    /** Live platform threads that may have used the allocator: those that this has started, and the caller. */
    public int liveThreads() {
        return threads.size() + 1;
    }

    /**
     * Threads share a table, and each replaces random blocks by blocks of random size. Measures the ratio once the
     * table is half full. All blocks stay, and the threads end.
     *
     * @param builder makes the threads
     * @param count how many
     * @param smallest the smallest block
     * @param largest the largest block; the sizes between are equally frequent
     * @param replacements how often each block is replaced, on average
     */
    public void shareATable(Thread.Builder builder, int count, int smallest, int largest, int replacements) {
        int slots = (int) Math.max(64, liveTarget / ((smallest + largest) / 2));
        AtomicReferenceArray<@Nullable MemorySegment> table = new AtomicReferenceArray<>(slots);
        List<Race.Task> tasks = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            SplittableRandom random = new SplittableRandom(number);
            tasks.add(() -> {
                for (int i = 0; i < replacements * slots / count; i++) {
                    int slot = random.nextInt(slots);
                    free(table.getAndSet(slot, null));
                    free(table.getAndSet(slot, allocate(random.nextInt(smallest, largest + 1))));
                    if (i % BETWEEN_LOOKS == 0) {
                        look(liveTarget / 2);
                    }
                }
            });
        }
        Race.run(builder, tasks);
        look(liveTarget / 2);
        for (int slot = 0; slot < slots; slot++) {
            keep(table.get(slot));
        }
    }

    /**
     * Producers replace blocks at random, and another thread frees the replaced ones: half of all blocks in each round.
     * So half as much again is live before each free. Measures the committed bytes. All blocks stay, and the threads
     * too.
     *
     * @param producers how many threads allocate
     * @param rounds how often half of the blocks are replaced
     */
    public void handOver(int producers, int rounds) {
        int slots = (int) Math.max(2, liveTarget / HANDED_OVER / producers);
        List<TestThread> producing = new ArrayList<>();
        List<MemorySegment[]> tables = new ArrayList<>();
        List<SplittableRandom> randoms = new ArrayList<>();
        for (int number = 0; number < producers; number++) {
            TestThread producer = newThread();
            MemorySegment[] table = new MemorySegment[slots];
            producer.run(() -> {
                for (int slot = 0; slot < slots; slot++) {
                    table[slot] = allocate(HANDED_OVER);
                }
            });
            producing.add(producer);
            tables.add(table);
            randoms.add(new SplittableRandom(number));
        }
        TestThread freer = newThread();
        for (int round = 0; round < rounds; round++) {
            List<Future<List<MemorySegment>>> replaced = new ArrayList<>();
            for (int number = 0; number < producers; number++) {
                MemorySegment[] table = tables.get(number);
                SplittableRandom random = randoms.get(number);
                replaced.add(producing.get(number).start(() -> replaceHalf(table, random)));
            }
            for (int number = 0; number < producers; number++) {
                List<MemorySegment> blocks = producing.get(number).await(replaced.get(number));
                freer.run(() -> blocks.forEach(this::free));
            }
            look(0);
        }
        tables.forEach(table -> kept.addAll(List.of(table)));
    }

    private List<MemorySegment> replaceHalf(MemorySegment[] table, SplittableRandom random) {
        List<MemorySegment> replaced = new ArrayList<>();
        for (int i = 0; i < table.length / 2; i++) {
            int slot = random.nextInt(table.length);
            replaced.add(table[slot]);
            table[slot] = allocate(HANDED_OVER);
        }
        look(0);
        return replaced;
    }

    /**
     * Threads, one after another, allocate and free a block of every size up to 64 KiB, and then wait.
     *
     * @param count how many threads
     */
    public void useEverySize(int count) {
        for (int i = 0; i < count; i++) {
            newThread().run(() -> everySize().forEach(byteSize -> free(allocate(byteSize))));
        }
    }

    /** Threads, so many as the live bytes need, keep a block of every size up to 64 KiB each, and wait. */
    public void keepEverySize() {
        long each = everySize().stream().mapToLong(byteSize -> byteSize).sum();
        for (long i = 0; i < Math.max(4, liveTarget / each); i++) {
            newThread().run(() -> everySize().forEach(byteSize -> keep(allocate(byteSize))));
        }
        look(0);
    }

    private static List<Integer> everySize() {
        List<Integer> sizes = new ArrayList<>();
        for (int byteSize = 8; byteSize <= LARGEST; byteSize += Math.max(8, byteSize / 8)) {
            sizes.add(byteSize);
        }
        return sizes;
    }

    /**
     * A thread allocates blocks of one size, frees every second one, and waits. The others stay.
     *
     * @param byteSize of each block
     */
    public void freeEverySecond(long byteSize) {
        newThread().run(() -> {
            List<MemorySegment> blocks = allocateMany(byteSize);
            for (int i = 0; i < blocks.size(); i++) {
                if (i % 2 == 0) {
                    free(blocks.get(i));
                } else {
                    keep(blocks.get(i));
                }
            }
        });
    }

    /**
     * A new thread allocates as many blocks of one size as the live bytes need, frees them all, and waits.
     *
     * @param byteSize of each block
     */
    public void useMany(long byteSize) {
        newThread().run(() -> allocateMany(byteSize).forEach(this::free));
    }

    /**
     * A new thread allocates a small block, frees it, and waits. So the allocator knows the thread.
     */
    public void useOne() {
        newThread().run(() -> free(allocate(64)));
    }

    /** At most twenty thousand, so that small blocks do not take too long. */
    private List<MemorySegment> allocateMany(long byteSize) {
        List<MemorySegment> blocks = new ArrayList<>();
        for (long i = 0; i < Math.clamp(liveTarget / byteSize, 2, 20_000); i++) {
            blocks.add(allocate(byteSize));
        }
        return blocks;
    }

    /**
     * The caller fills the allocator with blocks of about one size, frees 95 of 100 at random, and goes on with another
     * size. Measures the ratio at each peak.
     */
    public void goThroughPhases() {
        SplittableRandom random = new SplittableRandom(7);
        for (int size : PHASES) {
            List<MemorySegment> blocks = new ArrayList<>(kept);
            kept.clear();
            while (live.get() < liveTarget) {
                blocks.add(allocate(size + random.nextInt(size / 10 + 1)));
            }
            look(0);
            for (MemorySegment block : blocks) {
                if (random.nextInt(20) == 0) {
                    keep(block);
                } else {
                    free(block);
                }
            }
        }
    }

    /**
     * The caller replaces random blocks, whose sizes follow Pareto's law from 32 bytes to 64 KiB. Measures the ratio in
     * the second half of the replacements. All blocks stay.
     *
     * <p>Live bytes rise and fall by a third with the few large blocks. So the worst ratio is that of the smallest heap
     * after the largest, and the average is more useful.
     *
     * @param blocks how many are live
     * @param replacements how often each is replaced, on average
     * @param seed of the sizes and the order
     */
    public void replaceManySizes(int blocks, int replacements, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        MemorySegment[] table = new MemorySegment[blocks];
        for (int slot = 0; slot < blocks; slot++) {
            table[slot] = allocate(pareto(random));
        }
        for (int i = 0; i < replacements * blocks; i++) {
            int slot = random.nextInt(blocks);
            free(table[slot]);
            table[slot] = allocate(pareto(random));
            if (i % BETWEEN_LOOKS == 0 && i >= replacements * blocks / 2) {
                look(0);
            }
        }
        kept.addAll(List.of(table));
    }

    /** By inversion of the distribution that is cut off above. */
    private static long pareto(SplittableRandom random) {
        double cut = 1 - Math.pow((double) SMALLEST_OF_PARETO / LARGEST, PARETO);
        return (long) (SMALLEST_OF_PARETO / Math.pow(1 - random.nextDouble() * cut, 1 / PARETO));
    }

    /** Frees all live blocks on a new thread, which then waits. */
    public void freeAll() {
        newThread().run(() -> {
            for (MemorySegment block = kept.poll(); block != null; block = kept.poll()) {
                free(block);
            }
        });
    }

    /** Trims the allocator on a new thread, which then waits. */
    public void trim() {
        newThread().run(allocator::trim);
    }

    /**
     * Runs a task on a new thread, which then waits.
     *
     * @param task what to do
     */
    public void elsewhere(Runnable task) {
        newThread().run(task::run);
    }

    /** Ends all threads that this has started, and waits for that. */
    public void endThreads() {
        threads.forEach(TestThread::close);
        threads.clear();
    }

    private TestThread newThread() {
        TestThread thread = TestThread.platform();
        threads.add(thread);
        return thread;
    }

    private MemorySegment allocate(long byteSize) {
        peakLive.accumulate(live.addAndGet(byteSize));
        return allocator.allocate(byteSize, 8);
    }

    private void free(@Nullable MemorySegment block) {
        if (block != null) {
            allocator.free(block);
            live.addAndGet(-block.byteSize());
        }
    }

    private void keep(@Nullable MemorySegment block) {
        if (block != null) {
            kept.add(block);
        }
    }

    /**
     * Records the figures, if enough is live. Uses the larger value of live bytes before and after, because other
     * threads go on meanwhile.
     */
    private void look(long fromLive) {
        long before = live.get();
        long committed = committedBytes.getAsLong();
        long now = Math.max(before, live.get());
        if (now >= fromLive) {
            peakCommitted.accumulate(committed);
            worstRatio.accumulate((double) committed / now);
            sumOfCommitted.add(committed);
            sumOfLive.add(now);
        }
    }

    @Override
    public void close() {
        endThreads();
        allocator.close();
    }
}
