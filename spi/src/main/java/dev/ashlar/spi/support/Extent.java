package dev.ashlar.spi.support;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link AddressMap} finds at an address: a slab, a region, a chunk, or a block with memory of its own. It
 * knows the allocator of its blocks, so whoever found it needs no second look-up to work on one of them.
 *
 * <p>All methods are for any thread. They take any address in the granules that the extent fills in the map.
 */
public interface Extent {

    /** What the map had for the granules before this was put there, and has again after it; null for nothing. */
    @Nullable Extent origin();

    /**
     * Frees a block, as {@link dev.ashlar.api.support.TryFree#tryFree} does.
     *
     * @param address any address
     * @param byteSize the requested size of the block
     * @return false if single blocks are not known here; then nothing is done
     * @throws InvalidBlockException if they are, and no live block starts at the address
     * @throws IllegalStateException if the allocator is closed
     */
    boolean tryFree(long address, long byteSize);

    /**
     * Whether a live block starts at an address.
     *
     * @param address any address
     */
    boolean isLive(long address);

    /**
     * The size in bytes that a live block takes.
     *
     * @param address any address
     * @return the size, or {@link InvalidBlockException#UNKNOWN_SIZE} if no live block starts there
     */
    long allocatedSize(long address);

    /**
     * The live block at an address.
     *
     * @param address any address
     * @param byteSize its requested size
     * @return the block, or null if none of that size starts there
     */
    @Nullable MemorySegment blockAt(long address, long byteSize);

    /**
     * Changes the size of a block in its place.
     *
     * @param block a block that starts in this extent
     * @param byteSize the new size in bytes, 0 or more
     * @param byteAlignment what the block must be aligned to, a power of two
     * @return the block with the new size, or null if it has to move
     * @throws InvalidBlockException if the block is not live, or smaller than the segment
     */
    @Nullable MemorySegment tryResizeInPlace(MemorySegment block, long byteSize, long byteAlignment);

    /**
     * Changes the size of a block, in its place or by moving it.
     *
     * @param block a block that starts in this extent
     * @param byteSize the new size in bytes, 0 or more
     * @param byteAlignment what the block must be aligned to, a power of two
     * @param of allocates the new block if it has to move
     * @return the block with the new size, or null if there is no memory for it
     * @throws InvalidBlockException as {@link #tryResizeInPlace}
     */
    default @Nullable MemorySegment tryResize(MemorySegment block, long byteSize, long byteAlignment, Allocator of) {
        MemorySegment resized = tryResizeInPlace(block, byteSize, byteAlignment);
        if (resized != null) {
            return resized;
        }
        MemorySegment to = of.tryAllocate(byteSize, byteAlignment);
        return to == null ? null : move(block, to, of);
    }

    /**
     * Moves a block: copies it and frees it.
     *
     * @param block a live block of this extent
     * @param to a new block, which is freed if the other one cannot be
     * @param of the allocator of the new block
     * @return the new block
     * @throws InvalidBlockException if the other one was freed meanwhile
     */
    default MemorySegment move(MemorySegment block, MemorySegment to, Allocator of) {
        // A block that was freed meanwhile may have no memory any more, or be the one that was just handed out again.
        if (to.address() == block.address() || !block.scope().isAlive()) {
            of.free(to);
            tryFree(block.address(), block.byteSize()); // throws what is wrong with it
            throw InvalidBlockException.freedTwice(block.address(), InvalidBlockException.UNKNOWN_SIZE);
        }
        try {
            MemorySegment.copy(block, 0, to, 0, Math.min(block.byteSize(), to.byteSize()));
            tryFree(block.address(), block.byteSize());
        } catch (RuntimeException | Error e) {
            of.free(to);
            throw e;
        }
        return to;
    }
}
