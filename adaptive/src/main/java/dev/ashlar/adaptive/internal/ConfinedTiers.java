package dev.ashlar.adaptive.internal;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Owner;
import dev.ashlar.api.support.Holdable;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A view for one thread: plain requests go to confined views of the tiers, where their strategies have such. What is
 * not the common case is the allocator's own.
 */
final class ConfinedTiers implements Allocator, AddressAllocator {

    private final TieredAllocator whole;
    private final Thread thread = Thread.currentThread();

    /** Views of the two tiers, which may be one, or the strategies themselves if they have no views. */
    private final Allocator small;

    private final Allocator medium;

    /** The same by addresses, or null if the allocator has none; then this view has none either. */
    private final @Nullable AddressAllocator smallAddresses;

    private final @Nullable AddressAllocator mediumAddresses;
    private boolean closed;

    ConfinedTiers(TieredAllocator whole) {
        this.whole = whole;
        Tiers tiers = whole.tiers;
        small = viewOf(tiers.small.allocator);
        medium = tiers.medium == tiers.small ? small : viewOf(tiers.medium.allocator);
        boolean hasAddresses = whole.as(AddressAllocator.class).isPresent();
        smallAddresses = hasAddresses ? small.as(AddressAllocator.class).orElse(null) : null;
        mediumAddresses = hasAddresses ? medium.as(AddressAllocator.class).orElse(null) : null;
    }

    private static Allocator viewOf(Allocator allocator) {
        return allocator.as(Confinable.class).map(Confinable::confined).orElse(allocator);
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        return whole.served(tryAllocate(byteSize, byteAlignment), byteSize);
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        requireUsable();
        return whole.tryAllocate(small, medium, byteSize, byteAlignment);
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment, AllocationHints hints) {
        requireUsable();
        return whole.allocate(byteSize, byteAlignment, hints);
    }

    @Override
    public List<MemorySegment> allocateAll(long[] byteSizes, long byteAlignment) {
        requireUsable();
        return whole.allocateAll(byteSizes, byteAlignment);
    }

    @Override
    public void free(MemorySegment block) {
        requireUsable();
        whole.free(small, medium, block);
    }

    @Override
    public void freeAll(Collection<MemorySegment> blocks) {
        requireUsable();
        whole.freeAll(blocks);
    }

    @Override
    public long allocateAddress(long byteSize, long byteAlignment) {
        return whole.served(tryAllocateAddress(byteSize, byteAlignment), byteSize);
    }

    @Override
    public long tryAllocateAddress(long byteSize, long byteAlignment) {
        requireUsable();
        return whole.tryAllocateAddress(
                TieredAllocator.addresses(smallAddresses),
                TieredAllocator.addresses(mediumAddresses),
                byteSize,
                byteAlignment);
    }

    @Override
    public void freeAddress(long address, long byteSize) {
        requireUsable();
        whole.freeAddress(
                TieredAllocator.addresses(smallAddresses),
                TieredAllocator.addresses(mediumAddresses),
                address,
                byteSize);
    }

    @Override
    public MemorySegment resize(MemorySegment block, long byteSize, long byteAlignment) {
        requireUsable();
        return whole.resize(block, byteSize, byteAlignment);
    }

    @Override
    public AllocatorStats stats() {
        requireThread();
        return whole.stats();
    }

    @Override
    public long trim() {
        requireUsable();
        return whole.trim();
    }

    @Override
    public <T> Optional<T> as(Class<T> capability) {
        if (capability == Owner.class || capability == Holdable.class) {
            return whole.as(capability);
        }
        if (capability == Inspectable.class) {
            return whole.as(Inspectable.class)
                    .map(inspectable -> capability.cast((Inspectable) visitor -> {
                        requireUsable();
                        inspectable.inspect(visitor);
                    }));
        }
        return capability == AddressAllocator.class && whole.as(capability).isEmpty()
                ? Optional.empty()
                : Allocator.super.as(capability);
    }

    private void requireThread() {
        if (Thread.currentThread() != thread) {
            throw new WrongThreadException(
                    "This view is confined to " + thread + " and was used by " + Thread.currentThread()
                            + ". Use the allocator that it is a view of, or take a view for this thread.");
        }
    }

    private void requireUsable() {
        requireThread();
        if (closed) {
            throw new IllegalStateException("This view is closed. Its blocks can still be freed upstream.");
        }
        whole.requireOpen();
    }

    @Override
    public void close() {
        requireThread();
        if (!closed) {
            closed = true;
            close(small, whole.tiers.small);
            if (medium != small) {
                close(medium, whole.tiers.medium);
            }
        }
    }

    private static void close(Allocator view, SubAllocator of) {
        if (view != of.allocator) {
            view.close();
        }
    }
}
