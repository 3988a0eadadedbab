package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The allocator underneath a decorator that asks for other blocks than its client does, or a confined view of it.
 * Blocks are freed by their address where it has raw addresses, and otherwise as segments.
 *
 * @param allocator serves segments
 * @param addresses the same for raw addresses, or null if it has none
 */
record UpstreamSide(Allocator allocator, @Nullable AddressAllocator addresses) {

    static UpstreamSide of(Allocator allocator) {
        return new UpstreamSide(allocator, allocator.as(AddressAllocator.class).orElse(null));
    }

    /** The memory of a live block, if it can be found by its address. No restricted method is needed. */
    @Nullable MemorySegment memoryAt(long address, long byteSize) {
        return addresses == null ? null : addresses.blockAt(address, byteSize);
    }

    /**
     * Frees a block.
     *
     * @param memory the block, which is used only where there are no raw addresses
     */
    void free(long address, long byteSize, @Nullable MemorySegment memory) {
        if (addresses != null) {
            addresses.freeAddress(address, byteSize);
        } else if (memory != null) {
            allocator.free(memory);
        } else {
            throw new AssertionError("no memory is kept of the block at 0x" + Long.toHexString(address));
        }
    }

    /**
     * Does nothing if it is open. So that a free after a close is refused as such, by rule 9.
     *
     * @throws IllegalStateException if it is closed
     */
    void requireOpen() {
        if (allocator.isClosed()) {
            throw new IllegalStateException("The allocator underneath is closed");
        }
    }
}
