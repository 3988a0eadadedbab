package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The raw addresses of a decorator whose blocks are those of the allocator underneath. */
abstract class ForwardingAddresses implements AddressAllocator {

    final AddressAllocator upstream;

    private final Allocator decorator;

    ForwardingAddresses(Allocator decorator, AddressAllocator upstream) {
        this.decorator = decorator;
        this.upstream = upstream;
    }

    @Override
    public final Allocator allocator() {
        return decorator;
    }

    @Override
    public final boolean isLive(long address) {
        return upstream.isLive(address);
    }

    @Override
    public final @Nullable MemorySegment blockAt(long address, long byteSize) {
        return upstream.blockAt(address, byteSize);
    }
}
