package dev.ashlar.api;

/**
 * The capability to walk over everything an allocator holds: its chunks, the slabs or regions in them, live blocks and
 * free runs. It is for tests, reports and debugging, because it costs time in proportion to all memory held.
 *
 * <p>The walk is exact when the allocator is quiet. While other threads work it sees each place at some moment of the
 * walk, and never fails.
 */
public interface Inspectable {

    /**
     * Walks over everything, chunk by chunk.
     *
     * @param visitor is called with each part; a part is followed by what lies in it
     * @throws IllegalStateException if the allocator is closed
     */
    void inspect(Visitor visitor);

    /**
     * External fragmentation: 1 - largest free run / free bytes. Use it for reports only: under churn it ranks
     * allocators in the wrong order.
     *
     * @return 0 (one free run, or none) to just under 1
     */
    default double externalFragmentation() {
        long[] largestAndTotal = new long[2];
        inspect(new Visitor() {
            @Override
            public void free(long address, long byteSize) {
                largestAndTotal[0] = Math.max(largestAndTotal[0], byteSize);
                largestAndTotal[1] += byteSize;
            }
        });
        return largestAndTotal[1] == 0 ? 0 : 1 - (double) largestAndTotal[0] / largestAndTotal[1];
    }

    /**
     * The share of free bytes that lies in runs too small for a request.
     *
     * @param byteSize the request in bytes
     * @return 0 (every free run is large enough) to 1 (none is); 0 if nothing is free
     */
    default double unusable(long byteSize) {
        long[] tooSmallAndTotal = new long[2];
        inspect(new Visitor() {
            @Override
            public void free(long address, long runSize) {
                tooSmallAndTotal[0] += runSize < byteSize ? runSize : 0;
                tooSmallAndTotal[1] += runSize;
            }
        });
        return tooSmallAndTotal[1] == 0 ? 0 : (double) tooSmallAndTotal[0] / tooSmallAndTotal[1];
    }

    /**
     * Why a request would fail: for lack of memory, towards 0, or because free memory is in pieces, towards 1. This is
     * the fragmentation index of Gorman and Whitcroft (<i>The What, The Why and the Where To of Anti-Fragmentation</i>,
     * Ottawa Linux Symposium 2006): 1 - (1 + free bytes / request) / free runs, at least 0.
     *
     * @param byteSize the request in bytes, 1 or more
     * @return 0 to just under 1; -1 if a free run is large enough, so that the request would not fail
     * @throws IllegalArgumentException if the size is not positive
     */
    default double fragmentationIndex(long byteSize) {
        if (byteSize <= 0) {
            throw new IllegalArgumentException("byteSize is " + byteSize + ", must be 1 or more");
        }
        long[] largestTotalAndRuns = new long[3];
        inspect(new Visitor() {
            @Override
            public void free(long address, long runSize) {
                largestTotalAndRuns[0] = Math.max(largestTotalAndRuns[0], runSize);
                largestTotalAndRuns[1] += runSize;
                largestTotalAndRuns[2]++;
            }
        });
        if (largestTotalAndRuns[0] >= byteSize) {
            return -1;
        }
        long runs = largestTotalAndRuns[2];
        return runs == 0 ? 0 : Math.max(0, 1 - (1 + (double) largestTotalAndRuns[1] / byteSize) / runs);
    }

    /** Receives what an allocator holds. All addresses are absolute, all sizes in bytes. */
    interface Visitor {

        /**
         * A part of a composed allocator: the chunks up to the next part are its own. Only an allocator whose parts
         * have names calls this.
         *
         * @param name for people. That of a part with the blocks of one tag ends with {@code #} and the tag
         */
        default void part(String name) {}

        /**
         * A chunk taken from the memory source.
         *
         * @param address where it starts
         * @param byteSize its size, without what the source adds to align it
         */
        default void chunk(long address, long byteSize) {}

        /**
         * A slab in the last chunk: a run of slots of one size.
         *
         * @param address where it starts
         * @param byteSize its size
         * @param slotSize the size of each slot
         * @param liveSlots how many slots are handed out
         */
        default void slab(long address, long byteSize, long slotSize, int liveSlots) {}

        /**
         * A live block.
         *
         * @param address where it starts
         * @param byteSize its allocated size: the requested size, rounded up to its class
         */
        default void live(long address, long byteSize) {}

        /**
         * A run that is free. Adjacent free slots of one slab are one run.
         *
         * @param address where it starts
         * @param byteSize its size
         */
        default void free(long address, long byteSize) {}
    }
}
