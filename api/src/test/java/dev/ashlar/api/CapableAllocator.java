package dev.ashlar.api;

import java.lang.foreign.MemorySegment;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** A {@link CheckingAllocator} with every capability, whose confined views it counts. */
public class CapableAllocator extends CheckingAllocator
        implements AddressAllocator, Inspectable, Confinable, Retention, Resettable {

    private int openViews;
    private long retained;

    public CapableAllocator(long retained) {
        super(retained);
    }

    @Override
    public Allocator allocator() {
        return this;
    }

    @Override
    public @Nullable MemorySegment blockAt(long address, long byteSize) {
        Live block = live.get(address);
        return block == null || block.byteSize() != byteSize ? null : block.block();
    }

    @Override
    public long tryAllocateAddress(long byteSize, long byteAlignment) {
        MemorySegment block = tryAllocate(byteSize, byteAlignment);
        return block == null ? NULL : block.address();
    }

    @Override
    public void freeAddress(long address, long byteSize) {
        Live block = live.get(address);
        if (block != null && block.byteSize() != byteSize) {
            throw new AssertionError("freed as " + byteSize + " bytes: " + block);
        }
        free(MemorySegment.ofAddress(address));
    }

    @Override
    public void inspect(Visitor visitor) {
        live.forEach((address, block) -> visitor.live(address, block.byteSize()));
    }

    @Override
    public long retainedBytes() {
        return retained;
    }

    @Override
    public void retain(long bytes) {
        retained = bytes;
    }

    @Override
    public long trim() {
        long trimmed = retained;
        retained = 0;
        return trimmed;
    }

    @Override
    public Mark mark() {
        return new Mark() {};
    }

    @Override
    public void rewind(Mark mark) {
        throw new AssertionError("a decorator must not let this through");
    }

    @Override
    public void reset(ResetMode mode) {
        throw new AssertionError("a decorator must not let this through");
    }

    public int openViews() {
        return openViews;
    }

    @Override
    public Allocator confined() {
        openViews++;
        return new View();
    }

    /** Checks the thread, but not which block is freed. */
    private final class View implements Allocator, AddressAllocator {
        private final Thread thread = Thread.currentThread();

        private CapableAllocator whole() {
            if (!Thread.currentThread().equals(thread)) {
                throw new WrongThreadException("confined to " + thread);
            }
            return CapableAllocator.this;
        }

        @Override
        public Refusal refusal(long byteSize, long byteAlignment) {
            return CapableAllocator.this.refusal(byteSize, byteAlignment);
        }

        @Override
        public Allocator allocator() {
            return this;
        }

        @Override
        public boolean isLive(long address) {
            return CapableAllocator.this.isLive(address);
        }

        @Override
        public @Nullable MemorySegment blockAt(long address, long byteSize) {
            return CapableAllocator.this.blockAt(address, byteSize);
        }

        @Override
        public MemorySegment tryAllocate(long byteSize, long byteAlignment) {
            return whole().tryAllocate(byteSize, byteAlignment);
        }

        @Override
        public void free(MemorySegment block) {
            whole().free(block);
        }

        @Override
        public void freeAll(Collection<MemorySegment> blocks) {
            whole().freeAll(blocks);
        }

        @Override
        public long tryAllocateAddress(long byteSize, long byteAlignment) {
            return whole().tryAllocateAddress(byteSize, byteAlignment);
        }

        @Override
        public void freeAddress(long address, long byteSize) {
            whole().freeAddress(address, byteSize);
        }

        @Override
        public AllocatorStats stats() {
            return whole().stats();
        }

        @Override
        public boolean isClosed() {
            return CapableAllocator.this.isClosed();
        }

        @Override
        public void close() {
            whole().openViews--;
        }
    }
}
