package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** What the raw addresses of composites have in common: the way back of a block, as for segments. */
abstract class CompositeAddresses implements AddressAllocator {

    final AddressAllocator first;
    final AddressAllocator second;
    final ViewLifecycle lifecycle;
    private final CompositeAllocator composite;
    final CompositeCounts counts;

    CompositeAddresses(CompositeAllocator composite, AddressAllocator first, AddressAllocator second) {
        this.composite = composite;
        this.lifecycle = composite.lifecycle;
        this.counts = composite.counts;
        this.first = first;
        this.second = second;
    }

    /** Whether the first side is where a block was allocated, as far as can be told at no cost. */
    abstract boolean isFirst(long address, long byteSize);

    final AddressAllocator side(boolean isFirst) {
        return isFirst ? first : second;
    }

    @Override
    public final Allocator allocator() {
        return composite;
    }

    @Override
    public final boolean isLive(long address) {
        return first.isLive(address) || second.isLive(address);
    }

    @Override
    public final @Nullable MemorySegment blockAt(long address, long byteSize) {
        MemorySegment block = first.blockAt(address, byteSize);
        return block == null ? second.blockAt(address, byteSize) : block;
    }

    @Override
    public final void freeAddress(long address, long byteSize) {
        lifecycle.requireOpenToFrees();
        Allocator.requireValid(byteSize, 1);
        boolean isFirst = isFirst(address, byteSize);
        composite.free(
                () -> side(isFirst).freeAddress(address, byteSize),
                () -> side(!isFirst).freeAddress(address, byteSize));
    }
}
