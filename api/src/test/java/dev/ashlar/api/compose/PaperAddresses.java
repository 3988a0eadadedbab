package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Addresses without memory: any number of bytes can be allocated. */
final class PaperAddresses implements AddressAllocator {

    private final AtomicLong next = new AtomicLong(1 << 20);

    @Override
    public Allocator allocator() {
        throw new AssertionError("has only addresses");
    }

    @Override
    public long tryAllocateAddress(long byteSize, long byteAlignment) {
        return next.getAndAdd(Math.max(16, (byteSize + 15) & -16));
    }

    @Override
    public void freeAddress(long address, long byteSize) {}

    @Override
    public boolean isLive(long address) {
        return true;
    }

    @Override
    public @Nullable MemorySegment blockAt(long address, long byteSize) {
        return null;
    }
}
