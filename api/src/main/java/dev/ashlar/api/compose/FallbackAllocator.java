package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Owner;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Asks a second allocator for what the first cannot serve. Its promises: {@link Allocators#fallback}. */
final class FallbackAllocator extends CompositeAllocator {

    FallbackAllocator(Allocator first, Allocator second) {
        super(first, second);
        if (firstOwner.isEmpty()) {
            throw new IllegalArgumentException("first is a " + first.getClass().getName()
                    + " without the capability Owner, must be an allocator with it: it decides where a block is freed."
                    + " Put an allocator that has it first, or use Allocators.segregated.");
        }
    }

    private FallbackAllocator(Allocator firstView, Allocator secondView, FallbackAllocator whole) {
        super(firstView, secondView, whole);
    }

    @Override
    Allocator over(Allocator firstView, Allocator secondView) {
        return new FallbackAllocator(firstView, secondView, this);
    }

    @Override
    boolean isFirst(MemorySegment block) {
        return firstOwner.orElseThrow().owns(block);
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        lifecycle.requireOpen();
        MemorySegment block = first.tryAllocate(byteSize, byteAlignment);
        if (block == null) {
            reroutes.request();
            block = second.allocate(byteSize, byteAlignment);
        }
        return block;
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment, AllocationHints hints) {
        return bySideOrNext(side -> side.allocate(byteSize, byteAlignment, hints));
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        lifecycle.requireOpen();
        MemorySegment block = first.tryAllocate(byteSize, byteAlignment);
        if (block == null) {
            reroutes.request();
            block = second.tryAllocate(byteSize, byteAlignment);
        }
        return block;
    }

    @Override
    public List<MemorySegment> allocateAll(long byteSize, long byteAlignment, int count) {
        return bySideOrNext(side -> side.allocateAll(byteSize, byteAlignment, count));
    }

    /** Whole batches only: block by block, each block would check the limits anew. */
    @Override
    public List<MemorySegment> allocateAll(long[] byteSizes, long byteAlignment) {
        return bySideOrNext(side -> side.allocateAll(byteSizes, byteAlignment));
    }

    private <B> B bySideOrNext(Function<Allocator, B> request) {
        lifecycle.requireOpen();
        try {
            return request.apply(first);
        } catch (AllocationException e) {
            reroutes.request();
            return request.apply(second);
        }
    }

    @Override
    public MemorySegment resize(MemorySegment block, long byteSize, long byteAlignment) {
        lifecycle.requireOpen();
        boolean isFirst = isFirst(block);
        try {
            return resizeOn(isFirst, block, byteSize, byteAlignment);
        } catch (InvalidBlockException e) {
            Optional<Owner> other = isFirst ? secondOwner : firstOwner;
            if (other.isEmpty() || !other.get().isLive(block)) {
                throw e;
            }
            reroutes.free();
            return resizeOn(!isFirst, block, byteSize, byteAlignment);
        }
    }

    private MemorySegment resizeOn(boolean isFirst, MemorySegment block, long byteSize, long byteAlignment) {
        try {
            return side(isFirst).resize(block, byteSize, byteAlignment);
        } catch (AllocationException e) {
            reroutes.request();
            return move(block, byteSize, byteAlignment, isFirst);
        }
    }

    private MemorySegment move(MemorySegment block, long byteSize, long byteAlignment, boolean isFirst) {
        Allocator from = side(isFirst);
        Allocator to = side(!isFirst);
        Optional<Owner> owner = isFirst ? firstOwner : secondOwner;
        owner.filter(one -> !one.isLive(block)).ifPresent(one -> from.free(block)); // says what is wrong
        MemorySegment moved = to.allocate(byteSize, byteAlignment);
        try {
            MemorySegment.copy(block, 0, moved, 0, Math.min(block.byteSize(), byteSize));
            from.free(block);
        } catch (RuntimeException | Error e) {
            to.free(moved);
            throw e;
        }
        return moved;
    }

    @Override
    AddressAllocator addresses(AddressAllocator firstAddresses, AddressAllocator secondAddresses) {
        return new Addresses(firstAddresses, secondAddresses);
    }

    private final class Addresses extends CompositeAddresses {

        Addresses(AddressAllocator first, AddressAllocator second) {
            super(FallbackAllocator.this, first, second);
        }

        @Override
        boolean isFirst(long address, long byteSize) {
            return firstOwner.orElseThrow().owns(MemorySegment.ofAddress(address));
        }

        @Override
        public long allocateAddress(long byteSize, long byteAlignment) {
            lifecycle.requireOpen();
            long address = first.tryAllocateAddress(byteSize, byteAlignment);
            if (address == NULL) {
                reroutes.request();
                address = second.allocateAddress(byteSize, byteAlignment);
            }
            return address;
        }

        @Override
        public long tryAllocateAddress(long byteSize, long byteAlignment) {
            lifecycle.requireOpen();
            long address = first.tryAllocateAddress(byteSize, byteAlignment);
            if (address == NULL) {
                reroutes.request();
                address = second.tryAllocateAddress(byteSize, byteAlignment);
            }
            return address;
        }
    }
}
