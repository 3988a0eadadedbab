package dev.ashlar.adaptive.internal;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Refusal;
import dev.ashlar.api.support.Holdable;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A view for one thread. Plain requests go to confined views of the tiers, if their strategies have them. The allocator
 * serves all other requests.
 */
final class ConfinedTiers implements Allocator, AddressAllocator {

    private final TieredAllocator whole;
    private final Thread thread = Thread.currentThread();

    /** The same until the view is closed, then null. So one comparison checks both. */
    private @Nullable Thread user = thread;

    /** Views of the two tiers, which may be one, or the strategies themselves if they have no views. */
    private final Allocator small;

    private final Allocator medium;

    /** The same for raw addresses; unused if the allocator has none. */
    private final AddressAllocator smallAddresses;

    private final AddressAllocator mediumAddresses;

    ConfinedTiers(TieredAllocator whole) {
        this.whole = whole;
        Tiers tiers = whole.tiers;
        small = viewOf(tiers.small.allocator);
        medium = tiers.medium == tiers.small ? small : viewOf(tiers.medium.allocator);
        smallAddresses = small.as(AddressAllocator.class).orElse(whole.smallAddresses);
        mediumAddresses = medium.as(AddressAllocator.class).orElse(whole.mediumAddresses);
    }

    private static Allocator viewOf(Allocator allocator) {
        return allocator.as(Confinable.class).map(Confinable::confined).orElse(allocator);
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        MemorySegment block = tryAllocate(byteSize, byteAlignment);
        if (block == null) {
            throw new AllocationException(whole.refusal(byteSize, byteAlignment));
        }
        return block;
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        requireUsable();
        return whole.tryAllocate(small, medium, byteSize, byteAlignment);
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment, AllocationHints hints) {
        requireUsable();
        return whole.tryAllocate(byteSize, byteAlignment, hints);
    }

    @Override
    public @Nullable List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
        requireUsable();
        return whole.tryAllocateAll(byteSizes, byteAlignment);
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
    public long tryAllocateAddress(long byteSize, long byteAlignment) {
        requireUsable();
        return whole.tryAllocateAddress(smallAddresses, mediumAddresses, byteSize, byteAlignment);
    }

    @Override
    public void freeAddress(long address, long byteSize) {
        requireUsable();
        whole.freeAddress(smallAddresses, mediumAddresses, address, byteSize);
    }

    @Override
    public @Nullable MemorySegment tryResize(MemorySegment block, long byteSize, long byteAlignment) {
        requireUsable();
        return whole.tryResize(block, byteSize, byteAlignment);
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment) {
        return whole.refusal(byteSize, byteAlignment);
    }

    @Override
    public Refusal refusal(long[] byteSizes, long byteAlignment) {
        return whole.refusal(byteSizes, byteAlignment);
    }

    @Override
    public long goodSize(long byteSize, long byteAlignment) {
        return whole.goodSize(byteSize, byteAlignment);
    }

    @Override
    public Allocator allocator() {
        return this;
    }

    @Override
    public boolean isLive(long address) {
        return whole.isLive(address);
    }

    @Override
    public @Nullable MemorySegment blockAt(long address, long byteSize) {
        return whole.blockAt(address, byteSize);
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

    /** Checks the thread, and that the view is open. Whether the whole is open is checked by what a call goes to. */
    private void requireUsable() {
        if (Thread.currentThread() != user) {
            requireThread();
            throw new IllegalStateException("This view is closed. Its blocks can still be freed upstream.");
        }
    }

    @Override
    public boolean isClosed() {
        return user == null || whole.isClosed();
    }

    @Override
    public void close() {
        requireThread();
        if (user != null) {
            user = null;
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
