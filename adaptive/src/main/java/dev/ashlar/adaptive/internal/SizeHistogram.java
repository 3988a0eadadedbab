package dev.ashlar.adaptive.internal;

import java.util.Arrays;
import java.util.function.BiConsumer;

/**
 * How often each size was requested, up to a largest one. Counting costs a few reads and a write.
 *
 * <p>Buckets have 8 bytes up to 1 KiB, and 1/32 of a doubling above, which makes 320 buckets for sizes to 64 KiB.
 * Programs request few large sizes, but those very often, and then a class that is 3 % too large costs 3 % of all
 * memory. So in each large bucket the most frequent size is known exactly, if more than half of the requests have it
 * (the majority vote of Boyer and Moore, 1981). The others count as the largest size that was seen.
 *
 * <p>Concurrency: plain reads and writes. Two threads that count in one bucket at the same moment may lose a count: a
 * benign race, because this is a sample anyway.
 */
final class SizeHistogram {

    private static final int GRANULE_SHIFT = 3;
    private static final int FINE_UP_TO = 1024;
    private static final int FINE_BUCKETS = FINE_UP_TO >>> GRANULE_SHIFT;
    private static final int PER_DOUBLING_SHIFT = 5;

    /** The largest size that is counted. */
    final int largest;

    private final int[] counts;

    /** For each large bucket its largest size, the candidate for the most frequent size, and the votes for that. */
    private final int[] largestOf;

    private final int[] candidates;
    private final int[] votes;

    /** The number of requests with an alignment above 8 bytes. */
    int aligned;

    /** An empty histogram. The largest size is from 8 bytes to 1 GiB. */
    SizeHistogram(int largest) {
        int buckets = bucketOf(largest) + 1;
        int large = Math.max(0, buckets - FINE_BUCKETS);
        this.largest = largest;
        counts = new int[buckets];
        largestOf = new int[large];
        candidates = new int[large];
        votes = new int[large];
    }

    /**
     * Counts a request.
     *
     * @param byteSize 0 to the largest size
     * @param byteAlignment a power of two
     */
    void count(long byteSize, long byteAlignment) {
        int bucket = bucketOf((int) byteSize);
        counts[bucket]++;
        if (bucket >= FINE_BUCKETS) {
            vote(bucket - FINE_BUCKETS, (int) byteSize);
        }
        if (byteAlignment > 1 << GRANULE_SHIFT) {
            aligned++;
        }
    }

    /** The bucket of a size: bucket {@code i} has sizes up to its upper bound and above that of the bucket before. */
    private static int bucketOf(int byteSize) {
        if (byteSize <= FINE_UP_TO) {
            return Math.max(0, (byteSize - 1) >> GRANULE_SHIFT);
        }
        int doubling = 31 - Integer.numberOfLeadingZeros(byteSize - 1);
        int step = (byteSize - 1) >>> (doubling - PER_DOUBLING_SHIFT);
        return FINE_BUCKETS + ((doubling - 10) << PER_DOUBLING_SHIFT) + (step & ((1 << PER_DOUBLING_SHIFT) - 1));
    }

    private void vote(int bucket, int byteSize) {
        largestOf[bucket] = Math.max(largestOf[bucket], byteSize);
        if (candidates[bucket] == byteSize) {
            votes[bucket]++;
        } else if (votes[bucket] > 0) {
            votes[bucket]--;
        } else {
            candidates[bucket] = byteSize;
            votes[bucket] = 1;
        }
    }

    /** Passes sizes in ascending order to a visitor, each with its number of requests, which is more than 0. */
    void forEach(BiConsumer<Integer, Long> visitor) {
        for (int bucket = 0; bucket < counts.length; bucket++) {
            long count = Integer.toUnsignedLong(counts[bucket]);
            if (count == 0) {
                continue;
            }
            if (bucket < FINE_BUCKETS) {
                visitor.accept((bucket + 1) << GRANULE_SHIFT, count);
                continue;
            }
            int large = bucket - FINE_BUCKETS;
            // Votes are the requests of the candidate less those of all other sizes.
            long frequent = Math.min(count, (count + votes[large]) / 2);
            if (frequent > 0) {
                visitor.accept(candidates[large], frequent);
            }
            if (count > frequent) {
                visitor.accept(largestOf[large], count - frequent);
            }
        }
    }

    /** The number of counted requests. */
    long total() {
        return Arrays.stream(counts).mapToLong(Integer::toUnsignedLong).sum();
    }

    /** Halves every count, so that old requests weigh less. For one thread; counts made meanwhile may be lost. */
    void halve() {
        Arrays.setAll(counts, i -> counts[i] >>> 1);
        Arrays.setAll(votes, i -> Math.max(0, votes[i]) / 2); // two threads may have subtracted one vote twice
        aligned >>>= 1;
    }

    /** Heap memory of this histogram. */
    long metadataBytes() {
        return 4 * 16 + 4L * counts.length + 3 * 4L * votes.length;
    }
}
