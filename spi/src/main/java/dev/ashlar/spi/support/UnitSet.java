package dev.ashlar.spi.support;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Which of a chunk's up to 64 units are in use, as one long: a run of units is taken or given back with a single CAS.
 * This is the algorithm of a chunk, without any memory behind it.
 *
 * <p>Runs are taken lowest first, so that chunks fill from their start and large runs stay free at their end. All
 * methods are lock-free: a CAS that fails means that another thread's succeeded.
 *
 * <p>Invariant: bit {@code i} is set if unit {@code i} is in use or does not exist; a retired set has all bits set for
 * good, and so can serve nothing.
 */
public final class UnitSet {

    /** The most units a set can have: the bits of a long. */
    public static final int MAX_UNITS = 64;

    private static final long ALL = -1L;

    private static final VarHandle BITS;

    static {
        try {
            BITS = MethodHandles.lookup().findVarHandle(UnitSet.class, "bits", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final long absent;
    private volatile long bits;

    /**
     * A set with all units free.
     *
     * @param units 1 to {@link #MAX_UNITS}
     */
    public UnitSet(int units) {
        absent = units == MAX_UNITS ? 0 : ALL << units;
        bits = absent;
    }

    /**
     * Takes a run of neighbouring units.
     *
     * @param count 1 to {@link #MAX_UNITS}
     * @return the first unit, or -1 if no run of that length is free
     */
    public int take(int count) {
        while (true) {
            long used = bits;
            int first = firstRun(~used, count);
            if (first < 0) {
                return -1;
            }
            if (BITS.compareAndSet(this, used, used | run(first, count))) {
                return first;
            }
            Thread.onSpinWait();
        }
    }

    /**
     * Gives a run back.
     *
     * @param first its first unit
     * @param count its length
     * @return true if no unit is in use any more
     */
    public boolean give(int first, int count) {
        long run = run(first, count);
        return ((long) BITS.getAndBitwiseAnd(this, ~run) & ~run) == absent;
    }

    /**
     * Takes every unit for good if none is in use.
     *
     * @return false if one is in use; then nothing changes
     */
    public boolean retire() {
        return BITS.compareAndSet(this, absent, ALL);
    }

    /** Whether no unit is in use. */
    public boolean isUnused() {
        return bits == absent;
    }

    /** Whether a unit is in use. */
    public boolean isUsed(int unit) {
        return (bits & (1L << unit)) != 0;
    }

    /**
     * The lowest run of {@code count} set bits. Each step halves what is still to be proved: after {@code k} steps a bit
     * is left where a run of {@code 2^k} starts.
     */
    private static int firstRun(long free, int count) {
        int proved = 1;
        while (proved < count && free != 0) {
            int step = Math.min(proved, count - proved);
            free &= free >>> step;
            proved += step;
        }
        return free == 0 ? -1 : Long.numberOfTrailingZeros(free);
    }

    private static long run(int first, int count) {
        return (ALL >>> (MAX_UNITS - count)) << first;
    }
}
