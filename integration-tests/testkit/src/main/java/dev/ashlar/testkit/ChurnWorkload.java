package dev.ashlar.testkit;

import dev.ashlar.api.AllocationException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Allocates, frees and resizes at random, like a program with a window of live blocks. The logarithms of sizes are
 * distributed evenly. Every block is recorded and checked.
 *
 * <p>A failure names the seed; {@code -Dashlar.seed=...} repeats it. Several workloads on different threads may share
 * an exchange. Through it they pass blocks for others to free.
 */
public final class ChurnWorkload {

    /** What a workload does. */
    public enum Mix {
        /** Only single allocations and frees, whose effect on every figure is known. */
        SINGLE,
        /** Also batches, resizes, zeroed blocks and trims. */
        EVERYTHING
    }

    /** Blocks that a workload keeps live at most. */
    private static final int WINDOW = 200;

    /** The largest block of the usual mix. Larger ones test nothing more and take time to fill. */
    private static final long USUAL_LARGEST = 32 * 1024;

    private final AllocatorUnderTest subject;
    private final Mix mix;
    private final Queue<MemorySegment> exchange;
    private final long seed;
    private final Random random;
    private final List<MemorySegment> window = new ArrayList<>();
    private long served;
    private long refused;
    private long missed;

    /**
     * A single workload.
     *
     * @param subject what to work on
     * @param mix what to do
     */
    public ChurnWorkload(AllocatorUnderTest subject, Mix mix) {
        this(subject, mix, null, 0);
    }

    /**
     * One of several workloads.
     *
     * @param subject what to work on
     * @param mix what to do
     * @param exchange where blocks are passed to the other workloads and taken from them
     * @param number which one it is
     */
    public ChurnWorkload(AllocatorUnderTest subject, Mix mix, @Nullable Queue<MemorySegment> exchange, int number) {
        this.subject = subject;
        this.mix = mix;
        this.exchange = exchange == null ? new ConcurrentLinkedQueue<>() : exchange;
        this.seed = Long.getLong("ashlar.seed", System.nanoTime()) + number;
        this.random = new Random(seed * 0x9E3779B97F4A7C15L);
    }

    /** Requests that were served. */
    public long served() {
        return served;
    }

    /** Requests that were refused. */
    public long refused() {
        return refused;
    }

    /** Served requests during which the source gave a chunk. Exact only for a single workload. */
    public long missed() {
        return missed;
    }

    /**
     * Performs random operations.
     *
     * @param operations how many times
     * @throws AssertionError if an operation fails, or a block is wrong
     */
    public void run(int operations) {
        int done = 0;
        try {
            for (; done < operations; done++) {
                step();
            }
            subject.recorder().checkContents();
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(
                    e.getMessage() + "\n(operation " + done + " of a churn; -Dashlar.seed=" + seed + " repeats it)", e);
        }
    }

    /** Frees the blocks of this workload and of the exchange. */
    public void freeRest() {
        subject.free(window);
        window.clear();
        for (MemorySegment block = exchange.poll(); block != null; block = exchange.poll()) {
            subject.free(block);
        }
    }

    private void step() {
        int choice = random.nextInt(100);
        if (window.size() >= WINDOW || choice < 42) {
            freeOne();
        } else if (mix == Mix.SINGLE || choice < 88) {
            allocateOne();
        } else if (choice < 94) {
            resizeOne();
        } else if (choice < 97) {
            allocateBatch();
        } else if (choice < 99) {
            freeBatch();
        } else {
            subject.allocator().trim();
        }
    }

    private void allocateOne() {
        long byteSize = nextSize();
        long byteAlignment = nextAlignment();
        long takes = subject.source().takes();
        MemorySegment block = subject.tryAllocate(byteSize, byteAlignment);
        if (block == null) {
            refused++;
            return;
        }
        served++;
        missed += subject.source().takes() > takes ? 1 : 0;
        window.add(block);
    }

    private void freeOne() {
        MemorySegment passedOn = random.nextBoolean() ? exchange.poll() : null;
        if (passedOn != null) {
            subject.free(passedOn);
        } else if (!window.isEmpty()) {
            MemorySegment block = removeRandom();
            if (random.nextInt(4) == 0) {
                exchange.add(block);
            } else {
                subject.free(block);
            }
        }
    }

    private void resizeOne() {
        if (window.isEmpty()) {
            return;
        }
        MemorySegment block = removeRandom();
        try {
            block = subject.resize(block, nextSize(), nextAlignment());
        } catch (AllocationException e) {
            refused++; // and the block stays as it is
        }
        window.add(block);
    }

    private void allocateBatch() {
        long[] byteSizes = new long[random.nextInt(12)];
        for (int i = 0; i < byteSizes.length; i++) {
            byteSizes[i] = i > 0 && random.nextBoolean() ? byteSizes[i - 1] : nextSize() / 4;
        }
        try {
            window.addAll(subject.allocateAll(byteSizes, nextAlignment()));
        } catch (AllocationException e) {
            refused++;
        }
    }

    private void freeBatch() {
        List<MemorySegment> batch = new ArrayList<>();
        for (int i = Math.min(window.size(), random.nextInt(12)); i > 0; i--) {
            batch.add(removeRandom());
        }
        subject.freeAll(batch);
    }

    private MemorySegment removeRandom() {
        int index = random.nextInt(window.size());
        MemorySegment last = window.removeLast();
        return index == window.size() ? last : window.set(index, last);
    }

    private long nextSize() {
        long largest = Math.min(subject.limits().largestBlock(), USUAL_LARGEST);
        if (random.nextInt(500) == 0) {
            return subject.limits().largestBlock();
        }
        return (long) Math.exp(random.nextDouble() * Math.log(largest + 1.0)) - (random.nextInt(50) == 0 ? 1 : 0);
    }

    private long nextAlignment() {
        if (random.nextInt(4) > 0) {
            return 8;
        }
        int powers = Long.numberOfTrailingZeros(subject.limits().largestAlignment()) + 1;
        return 1L << random.nextInt(powers);
    }
}
