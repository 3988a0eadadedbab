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
}
