package dev.ashlar.adaptive.internal;

import java.util.Arrays;
import java.util.function.BiConsumer;

/**
 * How often each size was asked for, up to a largest one. Counting costs a few reads and a write.
 *
 * <p>Sizes are told apart by 8 bytes up to 1 KiB and by a 32nd of a doubling above, which makes 320 buckets for sizes
 * to 64 KiB. Programs ask for few large sizes, but for these very often, and a class that is 3 % too large is 3 % of
 * all memory then. So of each large bucket the most frequent size is known exactly, if more than half of the requests
 * are of it (the majority vote of Boyer and Moore, 1981); the others count as the largest that was seen.
 *
 * <p>Concurrency: plain reads and writes. Two threads that count in one bucket at the same moment may lose a count: a
 * benign race, because this is a sample anyway.
 */
final class SizeHistogram {

    private static final int GRANULE_SHIFT = 3;
    private static final int FINE_UP_TO = 1024;
    private static final int FINE_BUCKETS = FINE_UP_TO >>> GRANULE_SHIFT;
    private static final int PER_DOUBLING_SHIFT = 5;

    /** The largest size that requests are counted for. */
    final int largest;

    private final int[] counts;

    /** The largest size of each large bucket, the candidate for its most frequent one, and the votes for that. */
    private final int[] largestOf;

    private final int[] candidates;
    private final int[] votes;

    /** How many requests were aligned to more than 8 bytes. */
    int aligned;

    /** Without counts; the largest size is from 8 to a gigabyte. */
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

    /** The bucket of a size: bucket {@code i} holds what is at most its upper bound and more than the one before. */
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

    /** Tells of sizes, ascending in steps, and how many requests each stands for, more than 0. */
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
            // Votes are what the candidate has more than all others together.
            long frequent = Math.min(count, (count + votes[large]) / 2);
            if (frequent > 0) {
                visitor.accept(candidates[large], frequent);
            }
            if (count > frequent) {
                visitor.accept(largestOf[large], count - frequent);
            }
        }
    }

    /** How many requests were counted. */
    long total() {
        return Arrays.stream(counts).mapToLong(Integer::toUnsignedLong).sum();
    }

    /** Halves every count, so that what is long ago weighs less. For one thread; counts made meanwhile may be lost. */
    void halve() {
        Arrays.setAll(counts, i -> counts[i] >>> 1);
        Arrays.setAll(votes, i -> Math.max(0, votes[i]) / 2); // two threads may have taken one vote twice
        aligned >>>= 1;
    }

    /** Bytes that it takes on the heap. */
    long metadataBytes() {
        return 4 * 16 + 4L * counts.length + 3 * 4L * votes.length;
    }
}
