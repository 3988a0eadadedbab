package dev.ashlar.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A trace that is played again and again for simulated hours, a millisecond for each event, each time with more
 * variation. Blocks of one repetition live on into the next, so blocks of many ages lie between each other.
 *
 * <p>The variation grows over the first half of the repetitions, and then stays. So what still grows in the second half
 * grows with time alone.
 *
 * <p>With a variation of {@code v} every size is multiplied by a random factor from {@code 1 - v} to {@code 1 + v}, and
 * the free of a share {@code v} of the blocks comes up to {@code v} of the trace later. Blocks that the trace leaves
 * live are freed in the same part of the next repetition. So every block ends in the next repetition at the latest.
 */
final class Churn {

    /** Of a size: the block is not live. Of a block in a list: there is none. */
    private static final int NONE = -1;

    /** The block is in no list. */
    private static final int NOT_LATE = -2;

    private final Trace trace;
    private final int repetitions;
    private final double variation;
    private final long request;

    /**
     * A load.
     *
     * @param trace the trace, with an alignment for every block
     * @param repetitions how often it is played, 2 or more
     * @param variation the variation of the second half, 0 to 1; that of the first repetition is 0
     * @param request the size in bytes for which free memory is usable or not
     */
    Churn(Trace trace, int repetitions, double variation, long request) {
        this.trace = trace;
        this.repetitions = repetitions;
        this.variation = variation;
        this.request = request;
    }

    /**
     * A repetition.
     *
     * @param requested the most bytes of live blocks at once
     * @param committed the most bytes that were committed at once
     * @param realised realised fragmentation so far: of the moment with the most committed bytes of this and all former
     *     repetitions, (committed - requested) / requested; of several such moments the one with most requested
     * @param unusable the share of free bytes in runs too small for the request, when the trace has most bytes live
     */
    record Sample(long requested, long committed, double realised, double unusable) {}

    /**
     * What came out.
     *
     * @param samples of each repetition
     * @param refused requests that were not served
     */
    record Course(List<Sample> samples, long refused) {}

    /** Opens a heap. */
    @FunctionalInterface
    interface HeapFactory {
        Heap open(int blocks);
    }

    /** Plays it. The same requests are made of every heap that refuses none. */
    Course play(HeapFactory heaps) {
        try (Heap heap = heaps.open(2 * trace.blocks())) {
            return new Run(heap).play();
        }
    }

    /** One run. In every second repetition the number of a block is that in the trace plus the blocks of the trace. */
    private final class Run {
        private final Heap heap;
        private final SplittableRandom random = new SplittableRandom(1);

        /** Sizes of live blocks. */
        private final long[] live = new long[2 * trace.blocks()];

        /** For each event the first block that is freed late at it, and for each of these blocks the next one. */
        private final int[] late = new int[trace.events()];

        private final int[] nextLate = new int[2 * trace.blocks()];
        private long requested;
        private long mostRequested;
        private long mostCommitted;

        /** The most committed bytes of all repetitions so far, and the requested bytes then. */
        private long peak;

        private long requestedAtPeak;
        private double unusable;
        private long refused;

        Run(Heap heap) {
            this.heap = heap;
            Arrays.fill(live, NONE);
            Arrays.fill(late, NONE);
            Arrays.fill(nextLate, NOT_LATE);
        }

        Course play() {
            List<Sample> samples = new ArrayList<>();
            for (int i = 0; i < repetitions; i++) {
                mostRequested = 0;
                mostCommitted = 0;
                repeat(i % 2 * trace.blocks(), variation * Math.min(1, 2.0 * i / (repetitions - 1)));
                double realised = (double) (peak - requestedAtPeak) / requestedAtPeak;
                samples.add(new Sample(mostRequested, mostCommitted, realised, unusable));
            }
            for (int block = 0; block < live.length; block++) {
                free(block);
            }
            return new Course(samples, refused);
        }

        private void repeat(int first, double v) {
            int longest = (int) (v * (trace.events() - 1));
            for (int event = 0; event < trace.events(); event++) {
                freeLate(event);
                int operation = trace.operations[event];
                if (Trace.allocates(operation)) {
                    allocate(first, ~operation, v);
                    if (~operation == trace.peakBlock) {
                        unusable = heap.unusable(request);
                    }
                } else if (longest > 0 && random.nextDouble() < v) {
                    freeLater(first + operation, event + 1 + random.nextInt(longest));
                } else {
                    free(first + operation);
                }
                if (event % Accounting.WATCH_INTERVAL == 0) {
                    heap.watch();
                }
            }
            for (int block = first; block < first + trace.blocks(); block++) {
                if (nextLate[block] == NOT_LATE) {
                    freeLater(block, random.nextInt(longest + 1));
                }
            }
        }

        private void allocate(int first, int number, double v) {
            long size = trace.byteSizes[number];
            long varied = size == 0 ? 0 : Math.max(1, Math.round(size * (1 + v * (2 * random.nextDouble() - 1))));
            int block = first + number;
            if (!heap.allocate(block, varied, trace.byteAlignments[number])) {
                refused++;
                return;
            }
            live[block] = varied;
            requested += varied;
            long committed = heap.committedBytes();
            mostRequested = Math.max(mostRequested, requested);
            mostCommitted = Math.max(mostCommitted, committed);
            if (committed > peak || (committed == peak && requested > requestedAtPeak)) {
                peak = committed;
                requestedAtPeak = requested;
            }
        }

        private void free(int block) {
            if (live[block] != NONE) {
                requested -= live[block];
                live[block] = NONE;
                heap.free(block);
            }
        }

        /** Frees a block at a later event of this repetition, or at an event of the next one. */
        private void freeLater(int block, int event) {
            if (live[block] != NONE) {
                int at = event % late.length;
                nextLate[block] = late[at];
                late[at] = block;
            }
        }

        private void freeLate(int event) {
            int block = late[event];
            late[event] = NONE;
            while (block != NONE) {
                int next = nextLate[block];
                nextLate[block] = NOT_LATE;
                free(block);
                block = next;
            }
        }
    }
}
