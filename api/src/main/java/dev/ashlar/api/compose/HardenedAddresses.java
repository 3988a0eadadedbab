package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The raw addresses of a {@link HardeningAllocator}: the same blocks, in the same table. */
final class HardenedAddresses implements AddressAllocator {

    private final HardeningAllocator hardened;
    private final AddressAllocator upstream;

    HardenedAddresses(HardeningAllocator hardened, AddressAllocator upstream) {
        this.hardened = hardened;
        this.upstream = upstream;
    }

    @Override
    public Allocator allocator() {
        return hardened;
    }

    @Override
    public boolean isLive(long address) {
        return hardened.isLive(address);
    }

    @Override
    public @Nullable MemorySegment blockAt(long address, long byteSize) {
        return hardened.blockAt(upstream, address, byteSize);
    }

    @Override
    public long tryAllocateAddress(long byteSize, long byteAlignment) {
        return hardened.tryAllocateAddress(upstream, byteSize, byteAlignment);
    }

    @Override
    public void freeAddress(long address, long byteSize) {
        Allocator.requireValid(byteSize, 1);
        hardened.free(address, byteSize);
    }
}
