package dev.ashlar.api;

/**
 * The capability to walk over everything an allocator holds: its chunks, the slabs or regions in them, live blocks and
 * free runs. This is for tests, reports and debugging: it costs time in proportion to all memory held.
 *
 * <p>The walk is exact when the allocator is quiet. While other threads work it sees each place at some moment of the
 * walk, and never fails.
 */
public interface Inspectable {

    /**
     * Walks over everything, chunk by chunk.
     *
     * @param visitor is told each part; a part is followed by what lies in it
     * @throws IllegalStateException if the allocator is closed
     */
    void inspect(Visitor visitor);

    /**
     * External fragmentation: 1 - largest free run / free bytes. Report it, do not act on it: under churn it ranks
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
     * @return 0 (every free run would do) to 1 (none would); 0 if nothing is free
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

    /** Is told what an allocator holds. All addresses are absolute, all sizes in bytes. */
    interface Visitor {

        /**
         * A chunk taken from the memory source.
         *
         * @param address where it starts
         * @param byteSize its size
         */
        default void chunk(long address, long byteSize) {}

        /**
         * A slab in the last chunk told: a run of slots of one size.
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
         * @param byteSize its allocated size: what was asked for, rounded up to its class
         */
        default void live(long address, long byteSize) {}

        /**
         * A run that is free. Runs that lie side by side in one slab are told as one.
         *
         * @param address where it starts
         * @param byteSize its size
         */
        default void free(long address, long byteSize) {}
    }
}
