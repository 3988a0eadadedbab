package dev.ashlar.api;

import java.lang.foreign.MemorySegment;

/**
 * The capability to tell own memory from other memory. With it a composite finds the allocator that a block came from.
 *
 * <p>A block is identified by its address. The methods that take a segment use its address only. Safe for use by many
 * threads. A call costs about as much as the checks of a free.
 */
public interface Owner {

    /**
     * Whether an address lies in memory that this allocator holds now, whether or not a live block is there.
     *
     * @param address any address
     * @return true if a block at that address is to be freed here
     */
    boolean owns(long address);

    /**
     * Whether a live block of this allocator starts at an address.
     *
     * @param address any address
     * @return true if a free of it would succeed now
     */
    boolean isLive(long address);

    /**
     * The size in bytes that a live block takes, after rounding to its size class.
     *
     * @param address any address
     * @return the size, or {@link InvalidBlockException#UNKNOWN_SIZE} if no live block starts there, or its size is not
     *     known
     */
    long allocatedSize(long address);

    /**
     * Whether a block lies in memory that this allocator holds now, whether or not it is live.
     *
     * @param block any segment
     */
    default boolean owns(MemorySegment block) {
        return owns(block.address());
    }

    /**
     * Whether a live block of this allocator starts at a block's address.
     *
     * @param block any segment
     */
    default boolean isLive(MemorySegment block) {
        return isLive(block.address());
    }

    /**
     * The size in bytes that a live block takes, whatever the size of the segment passed in.
     *
     * @param block any segment
     * @return the size, or {@link InvalidBlockException#UNKNOWN_SIZE} as for an address
     */
    default long allocatedSize(MemorySegment block) {
        return allocatedSize(block.address());
    }
}
