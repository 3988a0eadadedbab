package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Refusal;
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
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        return counts.counted(sideFor(byteSize).tryAllocate(byteSize, byteAlignment));
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment, AllocationHints hints) {
        return counts.counted(sideFor(byteSize).tryAllocate(byteSize, byteAlignment, hints));
    }

    @Override
    public @Nullable List<MemorySegment> tryAllocateAll(long byteSize, long byteAlignment, int count) {
        return counts.counted(sideFor(byteSize).tryAllocateAll(byteSize, byteAlignment, count));
    }

    @Override
    public @Nullable List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
        lifecycle.requireOpen();
        return counts.counted(tryAllocateOnBoth(byteSizes, byteAlignment));
    }

    private @Nullable List<MemorySegment> tryAllocateOnBoth(long[] byteSizes, long byteAlignment) {
        long[] small = smallOf(byteSizes);
        if (small.length == byteSizes.length) {
            return first.tryAllocateAll(byteSizes, byteAlignment);
        }
        if (small.length == 0) {
            return second.tryAllocateAll(byteSizes, byteAlignment);
        }
        List<MemorySegment> smallBlocks = first.tryAllocateAll(small, byteAlignment);
        if (smallBlocks == null) {
            return null;
        }
        List<MemorySegment> largeBlocks = null;
        try {
            largeBlocks = second.tryAllocateAll(largeOf(byteSizes), byteAlignment);
        } finally {
            if (largeBlocks == null) {
                first.freeAll(smallBlocks);
            }
        }
        return largeBlocks == null ? null : inOrder(byteSizes, smallBlocks, largeBlocks);
    }

    private long[] smallOf(long[] byteSizes) {
        return Arrays.stream(byteSizes).filter(this::isSmall).toArray();
    }

    private long[] largeOf(long[] byteSizes) {
        return Arrays.stream(byteSizes).filter(size -> !isSmall(size)).toArray();
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment) {
        return side(isSmall(byteSize)).refusal(byteSize, byteAlignment);
    }

    /** {@inheritDoc} A block that crosses the border is a new one on the other side. */
    @Override
    public Refusal refusal(MemorySegment block, long byteSize, long byteAlignment) {
        return isFirst(block) == isSmall(byteSize)
                ? side(isSmall(byteSize)).refusal(block, byteSize, byteAlignment)
                : refusal(byteSize, byteAlignment);
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment, int count) {
        return side(isSmall(byteSize)).refusal(byteSize, byteAlignment, count);
    }

    /** {@inheritDoc} Of a batch of both kinds it is the small side's, if that lacks room for its part. */
    @Override
    public Refusal refusal(long[] byteSizes, long byteAlignment) {
        long[] small = smallOf(byteSizes);
        if (small.length == byteSizes.length) {
            return first.refusal(byteSizes, byteAlignment);
        }
        Refusal ofSmall = first.refusal(small, byteAlignment);
        return small.length > 0 && lacks(ofSmall) ? ofSmall : second.refusal(largeOf(byteSizes), byteAlignment);
    }

    private static boolean lacks(Refusal refusal) {
        return switch (refusal.reason()) {
            case TOO_LARGE -> true;
            case LIMIT -> refusal.requestedBytes() > refusal.limitBytes() - refusal.usedBytes();
            case SOURCE -> false;
        };
    }

    /** {@inheritDoc} A small block stays on its side. */
    @Override
    public long goodSize(long byteSize, long byteAlignment) {
        boolean isSmall = isSmall(byteSize);
        long goodSize = side(isSmall).goodSize(byteSize, byteAlignment);
        return isSmall ? Math.min(goodSize, largestSmall) : goodSize;
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
    public @Nullable MemorySegment tryResize(MemorySegment block, long byteSize, long byteAlignment) {
        Allocator side = sideFor(byteSize);
        if (isFirst(block) == isSmall(byteSize)) {
            try {
                return counts.counted(side.tryResize(block, byteSize, byteAlignment));
            } catch (InvalidBlockException e) {
                if (e.reason() != InvalidBlockException.Reason.FOREIGN) {
                    counts.invalidFree();
                    throw e;
                }
            }
        }
        return super.tryResize(block, byteSize, byteAlignment);
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

        @Override
        public long tryAllocateAddress(long byteSize, long byteAlignment) {
            lifecycle.requireOpen();
            long address = side(isSmall(byteSize)).tryAllocateAddress(byteSize, byteAlignment);
            if (address == NULL) {
                counts.refused();
            }
            return address;
        }
    }
}
