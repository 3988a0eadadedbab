package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Quota;
import dev.ashlar.api.Retention;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Tells a {@link TraceRecorder} of each block. Its promises: {@link TraceRecorder#recording}. */
final class RecordingAllocator implements Allocator {

    private final Allocator upstream;
    private final TraceRecorder recorder;
    private final ViewLifecycle lifecycle;
    private final Runnable onClose;

    RecordingAllocator(Allocator upstream, TraceRecorder recorder) {
        this(upstream, recorder, ViewLifecycle.shared(), () -> {});
    }

    private RecordingAllocator(Allocator upstream, TraceRecorder recorder, ViewLifecycle lifecycle, Runnable onClose) {
        this.upstream = upstream;
        this.recorder = recorder;
        this.lifecycle = lifecycle;
        this.onClose = onClose;
    }

    private MemorySegment noted(MemorySegment block, long byteAlignment) {
        recorder.allocated(block.address(), block.byteSize(), byteAlignment);
        return block;
    }

    private List<MemorySegment> noted(List<MemorySegment> blocks, long byteAlignment) {
        blocks.forEach(block -> noted(block, byteAlignment));
        return blocks;
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        lifecycle.requireOpen();
        return noted(upstream.allocate(byteSize, byteAlignment), byteAlignment);
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment, AllocationHints hints) {
        lifecycle.requireOpen();
        return noted(upstream.allocate(byteSize, byteAlignment, hints), byteAlignment);
    }

    @Override
    public MemorySegment allocateZeroed(long byteSize, long byteAlignment) {
        lifecycle.requireOpen();
        return noted(upstream.allocateZeroed(byteSize, byteAlignment), byteAlignment);
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        lifecycle.requireOpen();
        MemorySegment block = upstream.tryAllocate(byteSize, byteAlignment);
        return block == null ? null : noted(block, byteAlignment);
    }

    @Override
    public List<MemorySegment> allocateAll(long byteSize, long byteAlignment, int count) {
        lifecycle.requireOpen();
        return noted(upstream.allocateAll(byteSize, byteAlignment, count), byteAlignment);
    }

    @Override
    public List<MemorySegment> allocateAll(long[] byteSizes, long byteAlignment) {
        lifecycle.requireOpen();
        return noted(upstream.allocateAll(byteSizes, byteAlignment), byteAlignment);
    }

    @Override
    public MemorySegment resize(MemorySegment block, long byteSize, long byteAlignment) {
        lifecycle.requireOpen();
        boolean wasNoted = recorder.freed(block.address());
        try {
            MemorySegment resized = upstream.resize(block, byteSize, byteAlignment);
            return wasNoted ? noted(resized, byteAlignment) : resized;
        } catch (RuntimeException | Error e) {
            takeBack(wasNoted, block);
            throw e;
        }
    }

    @Override
    public void free(MemorySegment block) {
        lifecycle.requireOpenToFrees();
        boolean wasNoted = recorder.freed(block.address());
        try {
            upstream.free(block);
        } catch (RuntimeException | Error e) {
            takeBack(wasNoted, block);
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
            noted.forEach(block -> takeBack(true, block));
            throw e;
        }
    }

    private void takeBack(boolean wasNoted, MemorySegment block) {
        if (wasNoted) {
            recorder.allocated(block.address(), block.byteSize(), 1);
        }
    }

    @Override
    public AllocatorStats stats() {
        return upstream.stats();
    }

    @Override
    public long trim() {
        lifecycle.requireOpen();
        return upstream.trim();
    }

    @Override
    public <T> Optional<T> as(Class<T> capability) {
        if (capability.isInstance(this)) {
            return Optional.of(capability.cast(this));
        }
        Optional<?> found = Optional.empty();
        if (capability == AddressAllocator.class) {
            found = upstream.as(AddressAllocator.class).map(Addresses::new);
        } else if (capability == Confinable.class) {
            found = upstream.as(Confinable.class).map(views -> (Confinable) () -> confined(views));
        } else if (capability == Owner.class || capability == Quota.class) {
            found = upstream.as(capability);
        } else if (capability == Inspectable.class) {
            found = upstream.as(Inspectable.class).map(lifecycle::inspectable);
        } else if (capability == Retention.class) {
            found = upstream.as(Retention.class).map(lifecycle::retention);
        }
        return found.map(capability::cast);
    }

    private Allocator confined(Confinable views) {
        lifecycle.requireOpen();
        Allocator view = views.confined();
        return new RecordingAllocator(view, recorder, lifecycle.confined(), view::close);
    }

    @Override
    public void close() {
        if (lifecycle.close()) {
            onClose.run();
        }
    }

    /** The same blocks by their addresses. */
    private final class Addresses implements AddressAllocator {

        private final AddressAllocator addresses;

        Addresses(AddressAllocator addresses) {
            this.addresses = addresses;
        }

        @Override
        public long allocateAddress(long byteSize, long byteAlignment) {
            lifecycle.requireOpen();
            long address = addresses.allocateAddress(byteSize, byteAlignment);
            recorder.allocated(address, byteSize, byteAlignment);
            return address;
        }

        @Override
        public long tryAllocateAddress(long byteSize, long byteAlignment) {
            lifecycle.requireOpen();
            long address = addresses.tryAllocateAddress(byteSize, byteAlignment);
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
                addresses.freeAddress(address, byteSize);
            } catch (RuntimeException | Error e) {
                if (wasNoted) {
                    recorder.allocated(address, byteSize, 1);
                }
                throw e;
            }
        }
    }
}
