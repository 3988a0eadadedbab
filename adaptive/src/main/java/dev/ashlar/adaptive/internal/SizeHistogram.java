package dev.ashlar.adaptive.internal;

import java.util.Arrays;

/**
 * How often each size was asked for, up to a largest one. Counting costs a few reads and a write.
 *
 * <p>Sizes are told apart by 8 bytes up to 1 KiB and by a 64th of a doubling above, so that rounding to a bucket wastes at
 * most 1.6 % and a histogram of sizes to 64 KiB has 513 buckets.
 *
 * <p>Concurrency: threads count in stripes of their own, as far as there are enough, with plain reads and writes. Two
 * threads that count in one stripe at the same moment may lose a count: a benign race, because this is a sample anyway.
 */
final class SizeHistogram {

    private static final int GRANULE_SHIFT = 3;
    private static final int FINE_UP_TO = 1024;
    private static final int FINE_BUCKETS = FINE_UP_TO >>> GRANULE_SHIFT;
    private static final int PER_DOUBLING_SHIFT = 6;
    private static final int STRIPES = 2;

    private final int[] upperBounds;
    private final int[][] stripes;

    /** How many requests were aligned to more than 8 bytes, by stripe. */
    private final int[] aligned = new int[STRIPES];

    /**
     * A histogram without counts.
     *
     * @param largest the largest size, from 8 to a gigabyte
     */
    SizeHistogram(int largest) {
        int buckets = bucketOf(largest) + 1;
        upperBounds = new int[buckets];
        Arrays.setAll(upperBounds, SizeHistogram::upperBound);
        upperBounds[buckets - 1] = largest;
        stripes = new int[STRIPES][buckets];
    }

    /**
     * Counts a request.
     *
     * @param byteSize 0 to the largest size
     * @param byteAlignment a power of two
     */
    void count(long byteSize, long byteAlignment) {
        int stripe = (int) Thread.currentThread().threadId() & (STRIPES - 1);
        stripes[stripe][bucketOf((int) byteSize)]++;
        if (byteAlignment > 1 << GRANULE_SHIFT) {
            aligned[stripe]++;
        }
    }

    /** The bucket of a size: bucket {@code i} holds what is at most its upper bound and more than the one before. */
    private static int bucketOf(int byteSize) {
        if (byteSize <= FINE_UP_TO) {
            return Math.max(0, (byteSize - 1) >> GRANULE_SHIFT);
        }
        int doubling = 31 - Integer.numberOfLeadingZeros(byteSize - 1);
        int step = (byteSize - 1) >>> (doubling - PER_DOUBLING_SHIFT);
        return FINE_BUCKETS + ((doubling - 10) << PER_DOUBLING_SHIFT) + (step & ((1 << PER_DOUBLING_SHIFT) - 1));
    }

    private static int upperBound(int bucket) {
        if (bucket < FINE_BUCKETS) {
            return (bucket + 1) << GRANULE_SHIFT;
        }
        int doubling = 10 + ((bucket - FINE_BUCKETS) >>> PER_DOUBLING_SHIFT);
        int step = (bucket - FINE_BUCKETS) & ((1 << PER_DOUBLING_SHIFT) - 1);
        return (1 << doubling) + ((step + 1) << (doubling - PER_DOUBLING_SHIFT));
    }

    /** The sizes that are told apart, ascending; the last is the largest. */
    int[] upperBounds() {
        return upperBounds.clone();
    }

    /** How often each was asked for. */
    long[] counts() {
        long[] counts = new long[upperBounds.length];
        for (int[] stripe : stripes) {
            for (int i = 0; i < counts.length; i++) {
                counts[i] += Integer.toUnsignedLong(stripe[i]);
            }
        }
        return counts;
    }

    /** How many requests were aligned to more than a granule. */
    long alignedCount() {
        return Arrays.stream(aligned).asLongStream().sum();
    }

    /** Halves every count, so that what is long ago weighs less. For one thread; counts made meanwhile may be lost. */
    void halve() {
        for (int[] stripe : stripes) {
            for (int i = 0; i < stripe.length; i++) {
                stripe[i] >>>= 1;
            }
        }
        for (int i = 0; i < STRIPES; i++) {
            aligned[i] >>>= 1;
        }
    }

    /** Bytes that it takes on the heap. */
    long metadataBytes() {
        return (STRIPES + 1L) * (16 + 4L * upperBounds.length);
    }
}
