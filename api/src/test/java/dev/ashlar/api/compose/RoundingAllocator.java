package dev.ashlar.api.compose;

import dev.ashlar.api.CapableAllocator;
import dev.ashlar.api.InvalidBlockException;
import java.lang.foreign.MemorySegment;

/** Knows what each block takes, which is a multiple of 16 bytes, and takes it back whatever size a client makes up. */
class RoundingAllocator extends CapableAllocator {

    RoundingAllocator(long capacity) {
        super(capacity);
    }

    static long rounded(long byteSize) {
        return (byteSize + 15) & -16;
    }

    @Override
    public long allocatedSize(MemorySegment block) {
        Live known = live.get(block.address());
        return known == null ? InvalidBlockException.UNKNOWN_SIZE : rounded(known.byteSize());
    }

    @Override
    public void freeAddress(long address, long byteSize) {
        free(MemorySegment.ofAddress(address));
    }
}
