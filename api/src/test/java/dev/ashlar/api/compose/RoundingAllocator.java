package dev.ashlar.api.compose;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.CapableAllocator;
import dev.ashlar.api.InvalidBlockException;
import java.lang.foreign.MemorySegment;

/** Knows the size of each block, a multiple of 16 bytes, and frees a block with any size that a client passes. */
class RoundingAllocator extends CapableAllocator {

    RoundingAllocator(long capacity) {
        super(capacity);
    }

    static long rounded(long byteSize) {
        return (byteSize + 15) & -16;
    }

    @Override
    public long goodSize(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        return rounded(byteSize);
    }

    @Override
    public long allocatedSize(long address) {
        Live known = live.get(address);
        return known == null ? InvalidBlockException.UNKNOWN_SIZE : rounded(known.byteSize());
    }

    @Override
    public void freeAddress(long address, long byteSize) {
        free(MemorySegment.ofAddress(address));
    }
}
