package dev.ashlar.replay;

import java.util.function.IntConsumer;

/**
 * A plain algorithm over offsets in one range, without memory, to compare strategies with. It holds what lies below the
 * end of its last block, as a heap does that grows and shrinks at its end only. All lengths are in granules.
 */
abstract class OffsetHeap implements Heap {

    /** No room. */
    static final int NONE = -1;

    /** The alignment that every block has, in bytes: the default alignment of a replay. */
    static final int GRANULE = 8;

    private final int[] starts;
    private final int[] lengths;

    /**
     * A heap.
     *
     * @param blocks the bound of the numbers of blocks
     */
    OffsetHeap(int blocks) {
        starts = new int[blocks];
        lengths = new int[blocks];
    }

    /**
     * The range in which blocks of a trace lie: so long that an algorithm that wastes half of it still serves several
     * times what the trace has live.
     *
     * @return a power of two, in granules
     */
    static int rangeFor(Trace trace) {
        long bytes = Long.highestOneBit(Math.max(GRANULE, trace.peakRequestedBytes)) * 16;
        return (int) Math.min(bytes / GRANULE, 1 << 28);
    }

    /**
     * Makes a block.
     *
     * @param length 1 or more
     * @param alignment a power of two
     * @return its start, or {@link #NONE}
     */
    abstract int take(int length, int alignment);

    /** Frees the block that starts at a granule. */
    abstract void release(int start, int length);

    /** Where the last block ends. */
    abstract int end();

    /** Calls a visitor with the length of each free run below the end of the last block that could serve a request. */
    abstract void freeRuns(IntConsumer visitor);

    @Override
    public final boolean allocate(int block, long byteSize, long byteAlignment) {
        int length = granules(Math.max(1, byteSize));
        int start = take(length, granules(byteAlignment));
        starts[block] = start;
        lengths[block] = length;
        return start != NONE;
    }

    @Override
    public final void free(int block) {
        release(starts[block], lengths[block]);
    }

    private static int granules(long bytes) {
        return Math.toIntExact(Math.ceilDiv(bytes, (long) GRANULE));
    }

    @Override
    public final long committedBytes() {
        return (long) end() * GRANULE;
    }

    @Override
    public final double unusable(long byteSize) {
        int request = granules(byteSize);
        long[] tooSmallAndAll = new long[2];
        freeRuns(length -> {
            tooSmallAndAll[0] += length < request ? length : 0;
            tooSmallAndAll[1] += length;
        });
        return tooSmallAndAll[1] == 0 ? 0 : (double) tooSmallAndAll[0] / tooSmallAndAll[1];
    }

    /** Nothing is to be done. */
    @Override
    public final void watch() {}

    /** Nothing is to be closed. */
    @Override
    public final void close() {}
}
