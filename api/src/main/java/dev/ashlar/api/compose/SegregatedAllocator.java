package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Serves small and large blocks from two allocators. Its promises: {@link Allocators#segregated}. */
final class SegregatedAllocator extends CompositeAllocator {

    private final long largestSmall;

    SegregatedAllocator(long largestSmall, Allocator small, Allocator large) {
        super(small, large);
        this.largestSmall = largestSmall;
    }

    private SegregatedAllocator(Allocator smallView, Allocator largeView, SegregatedAllocator whole) {
        super(smallView, largeView, whole);
        this.largestSmall = whole.largestSmall;
    }

    @Override
    Allocator over(Allocator firstView, Allocator secondView) {
        return new SegregatedAllocator(firstView, secondView, this);
    }

    @Override
    boolean isFirst(MemorySegment block) {
        return isSmall(block.byteSize());
    }

    private boolean isSmall(long byteSize) {
        return byteSize <= largestSmall;
    }

    /** The side for a request, which checks the arguments; a negative size is small. */
    private Allocator sideFor(long byteSize) {
        lifecycle.requireOpen();
        return side(isSmall(byteSize));
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        return sideFor(byteSize).allocate(byteSize, byteAlignment);
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment, AllocationHints hints) {
        return sideFor(byteSize).allocate(byteSize, byteAlignment, hints);
    }

    @Override
    public MemorySegment allocateZeroed(long byteSize, long byteAlignment) {
        return sideFor(byteSize).allocateZeroed(byteSize, byteAlignment);
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        return sideFor(byteSize).tryAllocate(byteSize, byteAlignment);
    }

    @Override
    public List<MemorySegment> allocateAll(long byteSize, long byteAlignment, int count) {
        return sideFor(byteSize).allocateAll(byteSize, byteAlignment, count);
    }

    @Override
    public List<MemorySegment> allocateAll(long[] byteSizes, long byteAlignment) {
        lifecycle.requireOpen();
        long[] small = Arrays.stream(byteSizes).filter(this::isSmall).toArray();
        if (small.length == byteSizes.length) {
            return first.allocateAll(byteSizes, byteAlignment);
        }
        if (small.length == 0) {
            return second.allocateAll(byteSizes, byteAlignment);
        }
        long[] large = Arrays.stream(byteSizes).filter(size -> !isSmall(size)).toArray();
        List<MemorySegment> smallBlocks = first.allocateAll(small, byteAlignment);
        try {
            return inOrder(byteSizes, smallBlocks, second.allocateAll(large, byteAlignment));
        } catch (RuntimeException | Error e) {
            first.freeAll(smallBlocks);
            throw e;
        }
    }

    private List<MemorySegment> inOrder(long[] byteSizes, List<MemorySegment> small, List<MemorySegment> large) {
        Iterator<MemorySegment> nextSmall = small.iterator();
        Iterator<MemorySegment> nextLarge = large.iterator();
        List<MemorySegment> blocks = new ArrayList<>(byteSizes.length);
        for (long byteSize : byteSizes) {
            blocks.add((isSmall(byteSize) ? nextSmall : nextLarge).next());
        }
        return blocks;
    }

    /** A block that stays on its side is resized there; one that crosses the border is allocated, copied and freed. */
    @Override
    public MemorySegment resize(MemorySegment block, long byteSize, long byteAlignment) {
        Allocator side = sideFor(byteSize);
        if (isFirst(block) == isSmall(byteSize)) {
            try {
                return side.resize(block, byteSize, byteAlignment);
            } catch (InvalidBlockException e) {
                if (e.reason() != InvalidBlockException.Reason.FOREIGN) {
                    throw e;
                }
                reroutes.free();
            }
        }
        return super.resize(block, byteSize, byteAlignment);
    }

    @Override
    AddressAllocator addresses(AddressAllocator smallAddresses, AddressAllocator largeAddresses) {
        return new Addresses(smallAddresses, largeAddresses);
    }

    private final class Addresses extends CompositeAddresses {

        Addresses(AddressAllocator small, AddressAllocator large) {
            super(SegregatedAllocator.this, small, large);
        }

        @Override
        boolean isFirst(long address, long byteSize) {
            return isSmall(byteSize);
        }

        private AddressAllocator sideFor(long byteSize) {
            lifecycle.requireOpen();
            return side(isSmall(byteSize));
        }

        @Override
        public long allocateAddress(long byteSize, long byteAlignment) {
            return sideFor(byteSize).allocateAddress(byteSize, byteAlignment);
        }

        @Override
        public long tryAllocateAddress(long byteSize, long byteAlignment) {
            return sideFor(byteSize).tryAllocateAddress(byteSize, byteAlignment);
        }
    }
}
