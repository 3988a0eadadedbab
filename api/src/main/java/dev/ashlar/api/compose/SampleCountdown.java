package dev.ashlar.api.compose;

/**
 * Chooses blocks at random, so that each byte that is allocated has the same chance. The bytes between two samples are
 * exponentially distributed (a Poisson process over bytes, as in tcmalloc and jemalloc). A countdown of these bytes
 * costs a subtraction for each block. Because the distribution has no memory, a block of s bytes is sampled with the
 * chance 1 - exp(-s / mean), whatever came before. So a sample represents one divided by that chance, and sums over
 * samples are right on average (Horvitz and Thompson 1952).
 *
 * <p><b>Concurrency.</b> Threads use one of several countdowns, by their number, with plain reads and writes. Two
 * threads that use the same one at the same instant may lose a subtraction or sample twice. This is benign: it changes
 * the rate a little, and no block is chosen for what it is. {@code long}s that tear on a 32-bit JVM do the same.
 */
final class SampleCountdown {

    /** Enough that platform threads, which have consecutive numbers, seldom share one. */
    private static final int COUNTDOWNS = 64;

    /** A countdown and its random state have 128 bytes, two cache lines, so that threads do not share a line. */
    private static final int SHIFT = 4;

    private static final int MASK = (COUNTDOWNS - 1) << SHIFT;

    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    /** The bytes until the next sample at index {@code n << SHIFT}, and the state of a splitmix generator after it. */
    private final long[] left = new long[COUNTDOWNS << SHIFT];

    private final long mean;

    /**
     * Countdowns that begin at random points.
     *
     * @param mean the mean number of bytes between samples; with 1 every block is sampled
     * @param seed of the random numbers
     */
    SampleCountdown(long mean, long seed) {
        this.mean = mean;
        for (int i = 0; i < left.length; i += 1 << SHIFT) {
            left[i + 1] = mixed(seed + i);
            left[i] = distance(i);
        }
    }

    /** The mean number of bytes between samples. */
    long mean() {
        return mean;
    }

    boolean isOfEvery() {
        return mean == 1;
    }

    /** Counts a block, and says whether it should be sampled. Then {@link #restart} must be called. */
    boolean isDue(long byteSize) {
        int i = index();
        long rest = left[i] - byteSize;
        left[i] = rest;
        return rest < 0;
    }

    /** Starts the countdown of this thread again, after a sample. */
    void restart() {
        int i = index();
        left[i] = distance(i);
    }

    /** How many blocks of a size a sample represents. */
    double weight(long byteSize) {
        return isOfEvery() ? 1 : -1 / Math.expm1(-(double) byteSize / mean);
    }

    private static int index() {
        return ((int) Thread.currentThread().threadId() << SHIFT) & MASK;
    }

    /** At least 0, so that a block of 0 bytes is never due; always negative if every block is sampled. */
    private long distance(int i) {
        if (isOfEvery()) {
            return -1;
        }
        left[i + 1] += GOLDEN_GAMMA;
        double aboveZero = ((mixed(left[i + 1]) >>> 11) + 1) * 0x1p-53;
        return (long) (-Math.log(aboveZero) * mean);
    }

    /** The finalizer of splitmix64 (Steele, Lea and Flood 2014). */
    private static long mixed(long state) {
        long z = (state ^ (state >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
