package dev.ashlar.insight.rollout;

import dev.ashlar.api.AllocationHints;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToIntFunction;

/**
 * Measures the calls to one side: the latency of a sample, and errors. A call that is not sampled costs a random
 * number and makes no object. Safe for use by many threads.
 */
final class SideMeter {

    /** What {@link #begin} returns for a call that is not sampled. */
    private static final long NOT_SAMPLED = Long.MIN_VALUE;

    private final int mask;
    private final ToIntFunction<AllocationHints> group;
    private final LongAdder errors = new LongAdder();
    private volatile SideSamples samples = new SideSamples();

    /**
     * Measures.
     *
     * @param every one call of so many is sampled, a power of two
     * @param group the group of a request, which is only asked for of sampled ones
     */
    SideMeter(int every, ToIntFunction<AllocationHints> group) {
        this.mask = every - 1;
        this.group = group;
    }

    /** The time if the call that begins is to be sampled. */
    long begin() {
        return (ThreadLocalRandom.current().nextInt() & mask) == 0 ? System.nanoTime() : NOT_SAMPLED;
    }

    /** An allocation ended that was served. */
    void allocated(long began, AllocationHints hints) {
        if (began != NOT_SAMPLED) {
            long nanos = System.nanoTime() - began;
            samples.allocated(group.applyAsInt(hints), nanos);
        }
    }

    /** A free ended. */
    void freed(long began) {
        if (began != NOT_SAMPLED) {
            samples.freed(System.nanoTime() - began);
        }
    }

    /** An allocation failed. Errors of the caller, and of a closed allocator, do not count. */
    void failed(Throwable failure) {
        if (!(failure instanceof IllegalArgumentException
                || failure instanceof IllegalStateException
                || failure instanceof WrongThreadException
                || failure instanceof NullPointerException)) {
            errors.increment();
        }
    }

    /** How many allocations failed so far. */
    long errors() {
        return errors.sum();
    }

    /** The samples of the current phase. */
    SideSamples samples() {
        return samples;
    }

    /** Begins a phase without samples. A call that is under way may still be recorded in the old ones. */
    void restart() {
        samples = new SideSamples();
    }
}
