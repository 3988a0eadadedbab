package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The common part of the raw addresses of composites: how a block is freed, as for segments. */
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

    /** Whether a block was allocated on the first side, as far as this is known without cost. */
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
        if (composite.tryFree(address, byteSize)) {
            return;
        }
        boolean isFirst = isFirst(address, byteSize);
        try {
            side(isFirst).freeAddress(address, byteSize);
        } catch (InvalidBlockException e) {
            composite.freeOnOther(e, () -> side(!isFirst).freeAddress(address, byteSize));
        }
    }
}
