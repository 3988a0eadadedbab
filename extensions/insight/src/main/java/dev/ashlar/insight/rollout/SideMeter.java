package dev.ashlar.insight.rollout;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationHints;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

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

    /** An allocation ended. Returns the block, which is null if it was refused; then it is no sample. */
    @Nullable MemorySegment allocated(long began, AllocationHints hints, @Nullable MemorySegment block) {
        sample(began, hints, block != null);
        return block;
    }

    /** The same by address. */
    long allocated(long began, long address) {
        sample(began, AllocationHints.NONE, address != AddressAllocator.NULL);
        return address;
    }

    private void sample(long began, AllocationHints hints, boolean isServed) {
        if (began != NOT_SAMPLED && isServed) {
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
        switch (failure) {
            case IllegalArgumentException _,
                    IllegalStateException _,
                    WrongThreadException _,
                    NullPointerException _ -> {}
            default -> errors.increment();
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
