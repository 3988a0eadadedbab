package dev.ashlar.lockfree.internal;

/**
 * How long a thread waits before it tries a CAS again that failed: twice as long each time, up to a bound. It gives way to
 * whoever won, and it is no lock: the bound is the same whatever other threads do.
 */
public final class Backoff {

    /** What to pass to {@link #pause} the first time. */
    public static final int FIRST = 1;

    /**
     * The longest wait in spins. A spin is some 10 to 140 cycles on x86-64, so this is a few times what a cache line takes
     * to move to another processor and back; beyond that a longer wait only leaves the line idle.
     */
    private static final int LAST = 32;

    private Backoff() {}

    /**
     * Waits.
     *
     * @param spins {@link #FIRST}, or what the pause before this one returned
     * @return what to pass the next time
     */
    public static int pause(int spins) {
        for (int i = 0; i < spins; i++) {
            Thread.onSpinWait();
        }
        return Math.min(spins * 2, LAST);
    }
}
