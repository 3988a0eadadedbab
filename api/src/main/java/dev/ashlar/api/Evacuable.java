package dev.ashlar.api;

import java.util.ArrayList;
import java.util.List;

/**
 * The capability to name the blocks that hold sparse memory, so that a caller that can move its blocks empties it.
 *
 * <p>An allocator cannot move blocks itself, because it does not know where their addresses are kept. A caller that
 * knows, such as a heap of handles, moves each block that an {@link Evacuation} contains: it allocates a block, copies
 * the contents, and frees the old block. The new blocks lie elsewhere. Memory that is empty at the end is released.
 *
 * <p>Safe for use by many threads.
 */
public interface Evacuable {

    /**
     * Chooses chunks with few live blocks, those with the smallest share first. They serve no blocks until the
     * evacuation is closed. (A thread that was about to take one may still get it.) A chunk is not chosen while a
     * thread allocates from it, or while another evacuation has it. The chunks that are not chosen have room for the
     * blocks of those that are.
     *
     * <p>Costs time in proportion to the memory held, as {@link Inspectable} does, and what {@link Allocator#trim}
     * costs.
     *
     * @param mostLive the largest share of a chunk that may be live for it to be chosen, 0 to 1
     * @param budgetBytes the largest number of bytes that the live blocks of all chosen chunks may take
     * @return what was chosen, which may be nothing
     * @throws IllegalArgumentException if a value is out of range
     * @throws IllegalStateException if the allocator is closed
     */
    Evacuation evacuate(double mostLive, long budgetBytes);

    /** Memory that serves no new blocks until this is closed. For any thread. */
    interface Evacuation extends AutoCloseable {

        /**
         * Whether a block is worth moving. Costs a few reads.
         *
         * @param address of a live block
         */
        boolean contains(long address);

        /** Bytes of the chunks that were chosen. */
        long byteSize();

        /** Bytes that live blocks took in them when they were chosen. */
        long liveBytes();

        /** Releases what is empty, and lets the rest serve blocks again. Closing again does nothing. */
        @Override
        void close();

        /** Several evacuations as one; of none, one that chose nothing. */
        static Evacuation of(List<Evacuation> parts) {
            return new Evacuation() {
                @Override
                public boolean contains(long address) {
                    for (Evacuation part : parts) {
                        if (part.contains(address)) {
                            return true;
                        }
                    }
                    return false;
                }

                @Override
                public long byteSize() {
                    return parts.stream().mapToLong(Evacuation::byteSize).sum();
                }

                @Override
                public long liveBytes() {
                    return parts.stream().mapToLong(Evacuation::liveBytes).sum();
                }

                @Override
                public void close() {
                    parts.forEach(Evacuation::close);
                }
            };
        }
    }

    /**
     * Evacuates several allocators, the first ones first, within one budget.
     *
     * @throws IllegalArgumentException if a value is out of range
     * @throws IllegalStateException if one of them is closed
     */
    static Evacuation evacuate(List<Evacuable> allocators, double mostLive, long budgetBytes) {
        requireValid(mostLive, budgetBytes);
        List<Evacuation> parts = new ArrayList<>();
        long left = budgetBytes;
        for (Evacuable allocator : allocators) {
            Evacuation part = allocator.evacuate(mostLive, left);
            parts.add(part);
            left -= part.liveBytes();
        }
        return Evacuation.of(List.copyOf(parts));
    }

    /**
     * Checks the arguments of {@link #evacuate}.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    static void requireValid(double mostLive, long budgetBytes) {
        if (!(mostLive >= 0 && mostLive <= 1)) {
            throw new IllegalArgumentException("mostLive is " + mostLive + ", must be 0 to 1");
        }
        if (budgetBytes < 0) {
            throw new IllegalArgumentException("budgetBytes is " + budgetBytes + ", must be 0 or more");
        }
    }
}
