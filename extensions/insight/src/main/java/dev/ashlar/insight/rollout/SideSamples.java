package dev.ashlar.insight.rollout;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * The sampled latencies of one side in one phase, in nanoseconds. The threads of the program record. The methods that
 * read are for one thread at a time.
 */
final class SideSamples {

    /** Longer calls count as this: longer than any allocator takes, and a histogram takes 30 KB. */
    private static final long LONGEST_NANOS = 10_000_000_000L;

    /** Two digits: a bucket is at most one per cent wide. */
    private static final int DIGITS = 2;

    /** Logarithms are summed as whole numbers. A sum has room for 10^11 samples. */
    private static final double LOG_SCALE = 1 << 20;

    private final Recorder allocations = new Recorder(1, LONGEST_NANOS, DIGITS);
    private final Recorder frees = new Recorder(1, LONGEST_NANOS, DIGITS);
    private final AtomicLongArray samplesOfGroup = new AtomicLongArray(KeyGroups.COUNT);
    private final AtomicLongArray logOfGroup = new AtomicLongArray(KeyGroups.COUNT);

    private final Histogram allAllocations = histogram();
    private final Histogram allFrees = histogram();

    static Histogram histogram() {
        return new Histogram(1, LONGEST_NANOS, DIGITS);
    }

    void allocated(int group, long nanos) {
        long measured = inRange(nanos);
        allocations.recordValue(measured);
        logOfGroup.addAndGet(group, (long) (Math.log((double) measured) * LOG_SCALE));
        samplesOfGroup.incrementAndGet(group);
    }

    void freed(long nanos) {
        frees.recordValue(inRange(nanos));
    }

    private static long inRange(long nanos) {
        return Math.clamp(nanos, 1, LONGEST_NANOS);
    }

    /** Moves what was recorded since the last call to the totals, and adds the allocations to a window too. */
    void collectInto(Histogram window) {
        Histogram recent = allocations.getIntervalHistogram();
        allAllocations.add(recent);
        window.add(recent);
        allFrees.add(frees.getIntervalHistogram());
    }

    /** What was collected of allocations. */
    Histogram allocations() {
        return allAllocations;
    }

    /** What was collected of frees. */
    Histogram frees() {
        return allFrees;
    }

    /**
     * The mean logarithm of the latencies of each group that has samples.
     *
     * @param from the first group
     * @param to the group after the last one
     */
    double[] meanLogs(int from, int to) {
        double[] means = new double[to - from];
        int groups = 0;
        for (int group = from; group < to; group++) {
            long samples = samplesOfGroup.get(group);
            if (samples > 0) {
                means[groups++] = logOfGroup.get(group) / LOG_SCALE / samples;
            }
        }
        return Arrays.copyOf(means, groups);
    }
}
