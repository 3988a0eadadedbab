package dev.ashlar.replay;

import java.util.BitSet;
import java.util.SplittableRandom;

/**
 * The sizes of the blocks that are live when a trace has most bytes live.
 *
 * @param trace its name
 * @param sizes one for each block, in bytes
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares two of them
record LiveSet(String trace, int[] sizes) implements BlockSizes {

    static LiveSet of(Trace trace) {
        BitSet live = new BitSet();
        for (int operation : trace.operations) {
            live.set(Trace.block(operation), Trace.allocates(operation));
            if (Trace.allocates(operation) && Trace.block(operation) == trace.peakBlock) {
                break;
            }
        }
        int[] sizes = live.stream()
                .map(block -> Math.toIntExact(Math.max(1, trace.byteSizes[block])))
                .toArray();
        return new LiveSet(trace.name, sizes);
    }

    @Override
    public int next(SplittableRandom random) {
        return sizes[random.nextInt(sizes.length)];
    }

    @Override
    public String toString() {
        return "live set of " + trace;
    }
}
