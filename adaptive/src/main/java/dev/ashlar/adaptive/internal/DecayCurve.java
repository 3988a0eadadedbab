package dev.ashlar.adaptive.internal;

import java.util.Arrays;

/**
 * How much idle memory a load may want back: it keeps what was in use lately, and forgets it along a curve. For the
 * housekeeping thread.
 *
 * <p>What was in use at a time counts in full for the first half of the decay time, and then less and less, along
 * {@code 1 - (3x^2 - 2x^3)}, until it counts nothing at its end. So a load that comes back within half of the decay
 * time finds all of its memory, and memory that nobody comes back for leaves in many small steps instead of one large
 * one (jemalloc's decay-based purging, which counts from the moment memory becomes idle, has the same curve).
 *
 * <p>Time is cut into {@value #STEPS} steps, of which each remembers its highest use; a step counts as old as its
 * youngest moment, so that nothing is forgotten early.
 */
final class DecayCurve {

    private static final int STEPS = 32;

    private final long nanosOfStep;
    private final long[] highest = new long[STEPS + 1];
    private final long[] stepAt = new long[STEPS + 1];

    /** A curve that remembers nothing, over a time that is more than 0. */
    DecayCurve(long decayNanos) {
        nanosOfStep = Math.max(1, decayNanos / STEPS);
        Arrays.fill(stepAt, Long.MIN_VALUE);
    }

    /**
     * Notes what is in use, and says how much more than that should be kept.
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
