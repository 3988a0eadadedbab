package dev.ashlar.api.compose;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Refusal;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Cuts blocks from one region and keeps all memory, so that a test can read what is left of freed blocks. It has no
 * capability, takes any free, and counts what is live.
 */
final class RegionAllocator implements Allocator {

    private final MemorySegment region;
    private final AtomicLong next = new AtomicLong();
    final AtomicLong live = new AtomicLong();

    RegionAllocator(long byteSize) {
        region = Arena.ofAuto().allocate(byteSize, 4096);
    }

    /** The memory at an address of the region, whether or not a block is there. */
    MemorySegment at(long address, long byteSize) {
        return region.asSlice(address - region.address(), byteSize);
    }

    /** Frees everything, so that the first address is handed out again. */
    void reset() {
        next.set(0);
        live.set(0);
    }

    @Override
    public synchronized MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        long from = (next.get() + byteAlignment - 1) & -byteAlignment;
        if (byteSize > region.byteSize() - from - 1) {
            return null;
        }
        next.set(from + Math.max(1, byteSize));
        live.incrementAndGet();
        return region.asSlice(from, byteSize);
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        return Refusal.limitReached(byteSize, next.get(), region.byteSize());
    }

    @Override
    public void free(MemorySegment block) {
        live.decrementAndGet();
    }

    @Override
    public AllocatorStats stats() {
        return AllocatorStats.ZERO;
    }

    @Override
    public boolean isClosed() {
        return false;
    }

    @Override
    public void close() {}
}
