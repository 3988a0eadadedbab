package dev.ashlar.verification.kit;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Refusal;
import dev.ashlar.api.Retention;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.MemorySource.Chunk;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The correct allocator with every capability that does not free by position. */
class CapableAllocator extends HonestAllocator implements AddressAllocator, Confinable, Inspectable, Retention {

    private volatile long retained;

    CapableAllocator(AllocatorConfig config) {
        super(config);
        retained = config.retainedBytes();
    }

    @Override
    public Allocator allocator() {
        return this;
    }

    @Override
    public synchronized @Nullable MemorySegment blockAt(long address, long byteSize) {
        Chunk chunk = live.get(address);
        return chunk == null || byteSize < 0 || byteSize > allocated(chunk)
                ? null
                : chunk.memory().asSlice(0, byteSize);
    }

    @Override
    public long tryAllocateAddress(long byteSize, long byteAlignment) {
        MemorySegment block = tryAllocate(byteSize, byteAlignment);
        return block == null ? NULL : block.address();
    }

    @Override
    public synchronized void inspect(Visitor visitor) {
        requireOpen();
        live.forEach((address, chunk) -> {
            visitor.chunk(address, chunk.memory().byteSize());
            visitor.live(address, allocated(chunk));
        });
    }

    @Override
    public <T> Optional<T> as(Class<T> capability) {
        return capability == Limit.class ? Optional.of(capability.cast(limit)) : super.as(capability);
    }

    @Override
    public long retainedBytes() {
        return retained;
    }

    @Override
    public void retain(long bytes) {
        requireOpen();
        if (bytes < 0) {
            throw new IllegalArgumentException("retainedBytes is " + bytes);
        }
        this.retained = bytes; // an upper bound; nothing is kept
    }

    @Override
    public Allocator confined() {
        requireOpen();
        return new View(this);
    }

    /** Only checks the thread. */
    static class View implements Allocator {
        private final Allocator shared;
        private final Thread thread = Thread.currentThread();
        private boolean closed;

        View(Allocator shared) {
            this.shared = shared;
        }

        Allocator shared() {
            if (!Thread.currentThread().equals(thread)) {
                throw new WrongThreadException("The view is confined to " + thread);
            }
            if (closed) {
                throw new IllegalStateException("closed");
            }
            return shared;
        }

        @Override
        public Refusal refusal(long byteSize, long byteAlignment) {
            return shared.refusal(byteSize, byteAlignment);
        }

        @Override
        public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
            return shared().tryAllocate(byteSize, byteAlignment);
        }

        @Override
        public void free(MemorySegment block) {
            shared().free(block);
        }

        @Override
        public @Nullable MemorySegment tryResize(MemorySegment block, long byteSize, long byteAlignment) {
            return shared().tryResize(block, byteSize, byteAlignment);
        }

        @Override
        public @Nullable List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
            return shared().tryAllocateAll(byteSizes, byteAlignment);
        }

        @Override
        public void freeAll(Collection<MemorySegment> blocks) {
            shared().freeAll(blocks);
        }

        @Override
        public long trim() {
            return shared().trim();
        }

        @Override
        public AllocatorStats stats() {
            return shared.stats();
        }

        @Override
        public boolean isClosed() {
            return closed || shared.isClosed();
        }

        @Override
        public void close() {
            if (!closed) {
                shared();
                closed = true;
            }
        }
    }
}
