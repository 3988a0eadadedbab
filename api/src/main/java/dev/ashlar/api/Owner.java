package dev.ashlar.api;

import java.lang.foreign.MemorySegment;

/**
 * The capability to tell own memory from foreign memory, which routes a block to the allocator it came from.
 *
 * <p>Safe for use by many threads; costs about as much as the checks of a free.
 */
public interface Owner {

    /**
     * Whether the block lies in memory that this allocator holds now, whether or not it is live.
     *
     * @param block any segment
     * @return true if a {@link Allocator#free(MemorySegment)} of it belongs here
     */
    boolean owns(MemorySegment block);

    /**
     * Whether a live block of this allocator starts at the block's address.
     *
     * @param block any segment
     * @return true if a free of it would succeed now
     */
    boolean isLive(MemorySegment block);

    /**
     * The size in bytes that a live block takes, after rounding to its size class. It is what this allocator knows of
     * the block, whatever the size of the segment passed in.
     *
     * @implSpec The default knows no sizes.
     * @param block any segment
     * @return the size, or {@link InvalidBlockException#UNKNOWN_SIZE} if no live block starts at its address, or its
     *     size is not known
     */
    default long allocatedSize(MemorySegment block) {
        return InvalidBlockException.UNKNOWN_SIZE;
    }
}
