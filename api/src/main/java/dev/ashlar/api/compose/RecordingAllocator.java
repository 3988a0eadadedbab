package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.support.FailedFree;
import dev.ashlar.api.support.ForwardingAddresses;
import dev.ashlar.api.support.ForwardingAllocator;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reports each block to a {@link TraceRecorder}. Contract: {@link TraceRecorder#recording}. */
final class RecordingAllocator extends ForwardingAllocator {

    private final TraceRecorder recorder;
    private final ViewLifecycle lifecycle;
    private final Runnable onClose;

    RecordingAllocator(Allocator upstream, TraceRecorder recorder) {
        this(upstream, recorder, ViewLifecycle.shared(), () -> {});
    }

    private RecordingAllocator(Allocator upstream, TraceRecorder recorder, ViewLifecycle lifecycle, Runnable onClose) {
        super(upstream);
        this.recorder = recorder;
        this.lifecycle = lifecycle;
        this.onClose = onClose;
    }

    private @Nullable MemorySegment noted(@Nullable MemorySegment block, long byteAlignment) {
        if (block != null) {
            recorder.allocated(block.address(), block.byteSize(), byteAlignment);
        }
        return block;
    }

    private @Nullable List<MemorySegment> noted(@Nullable List<MemorySegment> blocks, long byteAlignment) {
        if (blocks != null) {
            blocks.forEach(block -> recorder.allocated(block.address(), block.byteSize(), byteAlignment));
        }
        return blocks;
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        lifecycle.requireOpen();
        return noted(upstream.tryAllocate(byteSize, byteAlignment), byteAlignment);
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment, AllocationHints hints) {
        lifecycle.requireOpen();
        return noted(upstream.tryAllocate(byteSize, byteAlignment, hints), byteAlignment);
    }

    @Override
    public @Nullable List<MemorySegment> tryAllocateAll(long byteSize, long byteAlignment, int count) {
        lifecycle.requireOpen();
        return noted(upstream.tryAllocateAll(byteSize, byteAlignment, count), byteAlignment);
    }

    @Override
    public @Nullable List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
        lifecycle.requireOpen();
        return noted(upstream.tryAllocateAll(byteSizes, byteAlignment), byteAlignment);
    }

    @Override
    public @Nullable MemorySegment tryResize(MemorySegment block, long byteSize, long byteAlignment) {
        lifecycle.requireOpen();
        boolean wasNoted = recorder.freed(block.address());
        MemorySegment resized = null;
        try {
            resized = upstream.tryResize(block, byteSize, byteAlignment);
            return wasNoted ? noted(resized, byteAlignment) : resized;
        } finally {
            if (resized == null) {
                takeBack(wasNoted, block);
            }
        }
    }

    @Override
    public void free(MemorySegment block) {
        lifecycle.requireOpenToFrees();
        boolean wasNoted = recorder.freed(block.address());
        try {
            upstream.free(block);
        } catch (RuntimeException | Error e) {
            takeBack(wasNoted && FailedFree.isRefused(e), block);
            throw e;
        }
    }

    @Override
    public void freeAll(Collection<MemorySegment> blocks) {
        lifecycle.requireOpenToFrees();
        List<MemorySegment> noted = new ArrayList<>();
        for (MemorySegment block : blocks) {
            if (recorder.freed(block.address())) {
                noted.add(block);
            }
        }
        try {
            upstream.freeAll(blocks);
        } catch (RuntimeException | Error e) {
            noted.forEach(block -> takeBack(FailedFree.isRefused(e), block));
            throw e;
        }
    }

    private void takeBack(boolean wasNoted, MemorySegment block) {
        if (wasNoted) {
            recorder.allocated(block.address(), block.byteSize(), 1);
        }
    }

    @Override
    public long trim() {
        lifecycle.requireOpen();
        return upstream.trim();
    }

    @Override
    public <T> Optional<T> as(Class<T> capability) {
        return capability == Owner.class || capability == Limit.class
                ? upstream.as(capability)
                : lifecycle.capability(
                        capability,
                        this,
                        upstream,
                        Addresses::new,
                        view -> new RecordingAllocator(view, recorder, lifecycle.confined(), view::close));
    }

    @Override
    public boolean isClosed() {
        return lifecycle.isClosed() || upstream.isClosed();
    }

    @Override
    public void close() {
        if (lifecycle.close()) {
            onClose.run();
        }
    }

    /** The same for raw addresses. */
    private final class Addresses extends ForwardingAddresses {

        Addresses(AddressAllocator addresses) {
            super(RecordingAllocator.this, addresses);
        }

        @Override
        public long tryAllocateAddress(long byteSize, long byteAlignment) {
            lifecycle.requireOpen();
            long address = upstream.tryAllocateAddress(byteSize, byteAlignment);
            if (address != NULL) {
                recorder.allocated(address, byteSize, byteAlignment);
            }
            return address;
        }

        @Override
        public void freeAddress(long address, long byteSize) {
            lifecycle.requireOpenToFrees();
            boolean wasNoted = recorder.freed(address);
            try {
                upstream.freeAddress(address, byteSize);
            } catch (RuntimeException | Error e) {
                if (wasNoted && FailedFree.isRefused(e)) {
                    recorder.allocated(address, byteSize, 1);
                }
                throw e;
            }
        }
    }
}
