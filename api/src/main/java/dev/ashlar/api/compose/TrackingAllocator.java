package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.support.ForwardingAddresses;
import dev.ashlar.api.support.ForwardingAllocator;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Samples the blocks of an allocator. Contract: {@link Allocators#tracking}.
 *
 * <p><b>Concurrency.</b> A block is tracked after upstream handed it out and before the client gets it, and its
 * tracking ends before upstream gets it back. So an entry is of a block that only one client has, and no entry is of a
 * block that upstream has handed out again. A block whose free is refused is tracked again. A walk that runs at that
 * moment misses it, which is benign.
 */
final class TrackingAllocator extends ForwardingAllocator {

    private final BlockTracker tracker;
    private final ViewLifecycle lifecycle;
    private final Optional<Owner> owner;

    /** What happens at the close of a view; null if this owns upstream, which is then closed. */
    private final @Nullable Runnable onClose;

    private TrackingAllocator(
            Allocator upstream, BlockTracker tracker, ViewLifecycle lifecycle, @Nullable Runnable onClose) {
        super(upstream);
        this.tracker = tracker;
        this.lifecycle = lifecycle;
        this.onClose = onClose;
        this.owner = upstream.as(Owner.class);
    }

    /** A view of an allocator. */
    static Allocator over(Allocator upstream, Tracking tracking) {
        BlockTracker tracker = new BlockTracker(tracking);
        return new TrackingAllocator(upstream, tracker, ViewLifecycle.shared(), tracker::logLive);
    }

    /** An allocator that closes the one underneath when it is closed. */
    static Allocator owning(Allocator upstream, Tracking tracking) {
        return new TrackingAllocator(upstream, new BlockTracker(tracking), ViewLifecycle.shared(), null);
    }

    private @Nullable MemorySegment tracked(@Nullable MemorySegment block, @Nullable AllocationHints hints) {
        if (block != null) {
            tracker.allocated(block, hints);
        }
        return block;
    }

    private @Nullable List<MemorySegment> tracked(@Nullable List<MemorySegment> blocks) {
        if (blocks != null) {
            blocks.forEach(block -> tracker.allocated(block, null));
        }
        return blocks;
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        lifecycle.requireOpen();
        return tracked(upstream.tryAllocate(byteSize, byteAlignment), null);
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment, AllocationHints hints) {
        lifecycle.requireOpen();
        return tracked(upstream.tryAllocate(byteSize, byteAlignment, hints), hints);
    }

    @Override
    public @Nullable List<MemorySegment> tryAllocateAll(long byteSize, long byteAlignment, int count) {
        lifecycle.requireOpen();
        return tracked(upstream.tryAllocateAll(byteSize, byteAlignment, count));
    }

    @Override
    public @Nullable List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
        lifecycle.requireOpen();
        return tracked(upstream.tryAllocateAll(byteSizes, byteAlignment));
    }

    /** A resized block is a new one, allocated by the caller of the resize. */
    @Override
    public @Nullable MemorySegment tryResize(MemorySegment block, long byteSize, long byteAlignment) {
        lifecycle.requireOpen();
        return tracked(resized(block.address(), () -> upstream.tryResize(block, byteSize, byteAlignment), null), null);
    }

    /** Resizes a block, and ends its tracking unless that fails with an exception or the value for a refusal. */
    private <B extends @Nullable Object> B resized(long address, Supplier<B> resize, B refused) {
        SampledBlocks.Entry entry = tracker.take(address);
        if (entry == null) {
            return resize.get();
        }
        boolean isResized = false;
        try {
            B result = resize.get();
            isResized = result != null && !result.equals(refused);
            return result;
        } finally {
            if (isResized) {
                tracker.end(entry);
            } else {
                restore(entry);
            }
        }
    }

    /** Tracks a block again whose free was refused, unless upstream knows that another thread has just freed it. */
    private void restore(SampledBlocks.Entry entry) {
        if (owner.isPresent() && !owner.get().isLive(entry.address())) {
            tracker.end(entry);
        } else {
            tracker.restore(entry);
        }
    }

    @Override
    public void free(MemorySegment block) {
        lifecycle.requireOpenToFrees();
        if (tracker.mayHold(block.address())) {
            freed(block.address(), () -> upstream.free(block));
        } else {
            upstream.free(block);
        }
    }

    private void freed(long address, Runnable free) {
        SampledBlocks.Entry entry = tracker.take(address);
        freed(entry == null ? List.of() : List.of(entry), free);
    }

    private void freed(List<SampledBlocks.Entry> taken, Runnable free) {
        try {
            free.run();
        } catch (RuntimeException | Error e) {
            taken.forEach(this::restore);
            throw e;
        }
        taken.forEach(tracker::end);
    }

    @Override
    public void freeAll(Collection<MemorySegment> blocks) {
        lifecycle.requireOpenToFrees();
        freed(
                tracker.take(blocks.stream().mapToLong(MemorySegment::address).toArray()),
                () -> upstream.freeAll(blocks));
    }

    @Override
    public long trim() {
        lifecycle.requireOpen();
        return upstream.trim();
    }

    @Override
    public <T> Optional<T> as(Class<T> capability) {
        if (capability == Tracked.class) {
            return Optional.of(capability.cast(tracker));
        }
        return capability == Owner.class || capability == Limit.class
                ? upstream.as(capability)
                : lifecycle.capability(
                        capability,
                        this,
                        upstream,
                        Addresses::new,
                        view -> new TrackingAllocator(view, tracker, lifecycle.confined(), view::close));
    }

    @Override
    public boolean isClosed() {
        return lifecycle.isClosed() || upstream.isClosed();
    }

    @Override
    public void close() {
        if (onClose == null) {
            closeUpstream();
        } else if (lifecycle.close()) {
            onClose.run();
        }
    }

    /** Upstream may refuse while it is held; then nothing is closed. Or it may close in part, and again later. */
    private void closeUpstream() {
        try {
            upstream.close();
        } finally {
            if (upstream.isClosed() && lifecycle.close()) {
                tracker.logLive();
            }
        }
    }

    @Override
    public String toString() {
        return "tracking view of " + upstream;
    }

    /** The same for raw addresses. None of them makes a segment, which would look like one that was dropped. */
    private final class Addresses extends ForwardingAddresses {

        Addresses(AddressAllocator addresses) {
            super(TrackingAllocator.this, addresses);
        }

        private long tracked(long address, long byteSize, @Nullable AllocationHints hints) {
            if (address != NULL) {
                tracker.allocated(address, byteSize, hints);
            }
            return address;
        }

        @Override
        public long tryAllocateAddress(long byteSize, long byteAlignment) {
            lifecycle.requireOpen();
            return tracked(upstream.tryAllocateAddress(byteSize, byteAlignment), byteSize, null);
        }

        @Override
        public long tryAllocateAddress(long byteSize, long byteAlignment, AllocationHints hints) {
            lifecycle.requireOpen();
            return tracked(upstream.tryAllocateAddress(byteSize, byteAlignment, hints), byteSize, hints);
        }

        @Override
        public long allocateAddress(long byteSize, long byteAlignment, AllocationHints hints) {
            lifecycle.requireOpen();
            return tracked(upstream.allocateAddress(byteSize, byteAlignment, hints), byteSize, hints);
        }

        @Override
        public void freeAddress(long address, long byteSize) {
            lifecycle.requireOpenToFrees();
            if (tracker.mayHold(address)) {
                freed(address, () -> upstream.freeAddress(address, byteSize));
            } else {
                upstream.freeAddress(address, byteSize);
            }
        }

        @Override
        public long tryResizeAddress(long address, long oldByteSize, long newByteSize, long byteAlignment) {
            lifecycle.requireOpen();
            return tracked(
                    resized(
                            address,
                            () -> upstream.tryResizeAddress(address, oldByteSize, newByteSize, byteAlignment),
                            NULL),
                    newByteSize,
                    null);
        }

        @Override
        public long resizeAddress(long address, long oldByteSize, long newByteSize, long byteAlignment) {
            lifecycle.requireOpen();
            return tracked(
                    resized(
                            address,
                            () -> upstream.resizeAddress(address, oldByteSize, newByteSize, byteAlignment),
                            NULL),
                    newByteSize,
                    null);
        }

        @Override
        public boolean tryAllocateAddresses(long byteSize, long byteAlignment, long[] into) {
            lifecycle.requireOpen();
            boolean isServed = upstream.tryAllocateAddresses(byteSize, byteAlignment, into);
            for (int i = 0; isServed && i < into.length; i++) {
                tracker.allocated(into[i], byteSize, null);
            }
            return isServed;
        }

        @Override
        public void freeAddresses(long[] blocks, long byteSize) {
            lifecycle.requireOpenToFrees();
            freed(tracker.take(blocks), () -> upstream.freeAddresses(blocks, byteSize));
        }
    }
}
