package dev.ashlar.adaptive.internal;

import java.util.Arrays;

/**
 * How much idle memory to keep, because a load may need it again: the memory that was in use lately, reduced along a
 * curve. For the housekeeping thread.
 *
 * <p>Bytes in use at a time count fully for the first half of the decay time. Then they count less, along {@code 1 -
 * (3x^2 - 2x^3)}, down to nothing at its end. So a load that comes back within half of the decay time finds all of its
 * memory, and unused memory goes back in many small steps instead of one large one. jemalloc's decay-based purging has
 * the same curve, but starts it when memory becomes idle.
 *
 * <p>Time is divided into {@value #STEPS} steps, and each has its highest use. The age of a step is that of its
 * youngest moment, so nothing is dropped early.
 */
final class DecayCurve {

    private static final int STEPS = 32;

    private final long nanosOfStep;
    private final long[] highest = new long[STEPS + 1];
    private final long[] stepAt = new long[STEPS + 1];

    /** An empty curve over a time of more than 0. */
    DecayCurve(long decayNanos) {
        nanosOfStep = Math.max(1, decayNanos / STEPS);
        Arrays.fill(stepAt, Long.MIN_VALUE);
    }

    /**
     * Records the bytes in use, and returns how many more should be kept.
     *
     * @param nanos the time, which does not go back
     * @param inUse bytes in use now
     * @return idle bytes to keep, 0 or more
     */
    long idleBytesToKeep(long nanos, long inUse) {
        long step = Math.floorDiv(nanos, nanosOfStep);
        int place = (int) Math.floorMod(step, (long) highest.length);
        highest[place] = stepAt[place] == step ? Math.max(highest[place], inUse) : inUse;
        stepAt[place] = step;
        double wanted = inUse;
        for (int i = 0; i < highest.length; i++) {
            long age = stepAt[i] == Long.MIN_VALUE ? STEPS : Math.max(0, step - stepAt[i] - 1);
            if (age < STEPS && highest[i] > inUse) {
                wanted = Math.max(wanted, inUse + (highest[i] - inUse) * weight((double) age / STEPS));
            }
        }
        return (long) wanted - inUse;
    }

    /** 1 to the half, then smoothly down to 0 at 1. */
    private static double weight(double age) {
        double x = Math.max(0, age * 2 - 1);
        return 1 - x * x * (3 - 2 * x);
    }
}
