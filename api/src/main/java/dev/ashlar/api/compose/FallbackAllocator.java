package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Refusal;
import dev.ashlar.api.support.TryFree;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Asks a second allocator for requests that the first cannot serve, or is not asked for. Contract: {@link
 * Allocators#fallback(Predicate, Allocator, Allocator)}.
 */
final class FallbackAllocator extends CompositeAllocator {

    private final Predicate<? super AllocationHints> asksFirst;

    FallbackAllocator(Predicate<? super AllocationHints> asksFirst, Allocator first, Allocator second) {
        super(first, second);
        this.asksFirst = asksFirst;
        if (firstOwner.isEmpty()) {
            throw new IllegalArgumentException("first is a " + first.getClass().getName()
                    + " without the capability Owner, must be an allocator with it: it decides where a block is freed."
                    + " Put an allocator that has it first, or use Allocators.segregated.");
        }
    }

    private FallbackAllocator(Allocator firstView, Allocator secondView, FallbackAllocator whole) {
        super(firstView, secondView, whole);
        this.asksFirst = whole.asksFirst;
    }

    @Override
    Allocator over(Allocator firstView, Allocator secondView) {
        return new FallbackAllocator(firstView, secondView, this);
    }

    /**
     * {@inheritDoc} A side may refuse an address in its memory that is no block of its own: then the other side may
     * have taken that memory from it, and decides.
     */
    @Override
    boolean tryFree(long address, long byteSize) {
        try {
            return tryFree(first, address, byteSize) || tryFree(second, address, byteSize);
        } catch (InvalidBlockException e) {
            return false; // the usual way says what is wrong
        }
    }

    private static boolean tryFree(Allocator side, long address, long byteSize) {
        return side instanceof TryFree some && some.tryFree(address, byteSize);
    }

    @Override
    boolean isFirst(MemorySegment block) {
        return firstOwner.orElseThrow().isLive(block);
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        lifecycle.requireOpen();
        MemorySegment block = asksFirst.test(AllocationHints.NONE) ? first.tryAllocate(byteSize, byteAlignment) : null;
        return block == null ? counts.counted(second.tryAllocate(byteSize, byteAlignment)) : block;
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment, AllocationHints hints) {
        Objects.requireNonNull(hints, "hints");
        return bySideOrNext(hints, side -> side.tryAllocate(byteSize, byteAlignment, hints));
    }

    @Override
    public @Nullable List<MemorySegment> tryAllocateAll(long byteSize, long byteAlignment, int count) {
        return bySideOrNext(AllocationHints.NONE, side -> side.tryAllocateAll(byteSize, byteAlignment, count));
    }

    /** Whole batches only: block by block, the limits would be checked for each block. */
    @Override
    public @Nullable List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
        return bySideOrNext(AllocationHints.NONE, side -> side.tryAllocateAll(byteSizes, byteAlignment));
    }

    private <B> @Nullable B bySideOrNext(AllocationHints hints, Function<Allocator, @Nullable B> request) {
        lifecycle.requireOpen();
        B served = asksFirst.test(hints) ? request.apply(first) : null;
        return served == null ? counts.counted(request.apply(second)) : served;
    }

    @Override
    public @Nullable MemorySegment tryResize(MemorySegment block, long byteSize, long byteAlignment) {
        lifecycle.requireOpen();
        try {
            return counts.counted(tryResizeOnEither(block, byteSize, byteAlignment));
        } catch (InvalidBlockException e) {
            counts.invalidFree();
            throw e;
        }
    }

    private @Nullable MemorySegment tryResizeOnEither(MemorySegment block, long byteSize, long byteAlignment) {
        boolean isFirst = isFirst(block);
        try {
            return tryResizeOn(isFirst, block, byteSize, byteAlignment);
        } catch (InvalidBlockException e) {
            Optional<Owner> other = isFirst ? secondOwner : firstOwner;
            if (other.isEmpty() || !other.get().isLive(block)) {
                if (other.isPresent() && e.reason() == InvalidBlockException.Reason.FOREIGN) {
                    side(!isFirst).free(block); // says what is wrong, if it is a part of a block there
                }
                throw e;
            }
            return tryResizeOn(!isFirst, block, byteSize, byteAlignment);
        }
    }

    private @Nullable MemorySegment tryResizeOn(
            boolean isFirst, MemorySegment block, long byteSize, long byteAlignment) {
        MemorySegment resized = side(isFirst).tryResize(block, byteSize, byteAlignment);
        return resized == null && (isFirst || asksFirst.test(AllocationHints.NONE))
                ? tryMove(block, byteSize, byteAlignment, isFirst)
                : resized;
    }

    private @Nullable MemorySegment tryMove(MemorySegment block, long byteSize, long byteAlignment, boolean isFirst) {
        Allocator from = side(isFirst);
        Allocator to = side(!isFirst);
        Optional<Owner> owner = isFirst ? firstOwner : secondOwner;
        owner.filter(one -> !one.isLive(block)).ifPresent(one -> from.free(block)); // says what is wrong
        MemorySegment moved = to.tryAllocate(byteSize, byteAlignment);
        if (moved == null) {
            return null;
        }
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
    public Refusal refusal(long byteSize, long byteAlignment) {
        return second.refusal(byteSize, byteAlignment);
    }

    @Override
    public Refusal refusal(MemorySegment block, long byteSize, long byteAlignment) {
        return isFirst(block)
                ? second.refusal(byteSize, byteAlignment) // it would move
                : second.refusal(block, byteSize, byteAlignment);
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment, int count) {
        return second.refusal(byteSize, byteAlignment, count);
    }

    @Override
    public Refusal refusal(long[] byteSizes, long byteAlignment) {
        return second.refusal(byteSizes, byteAlignment);
    }

    /** {@inheritDoc} The smaller size of the two sides, because either may serve the request. */
    @Override
    public long goodSize(long byteSize, long byteAlignment) {
        return Math.min(first.goodSize(byteSize, byteAlignment), second.goodSize(byteSize, byteAlignment));
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
            return firstOwner.orElseThrow().isLive(address);
        }

        @Override
        public long tryAllocateAddress(long byteSize, long byteAlignment) {
            lifecycle.requireOpen();
            long address =
                    asksFirst.test(AllocationHints.NONE) ? first.tryAllocateAddress(byteSize, byteAlignment) : NULL;
            if (address == NULL) {
                address = second.tryAllocateAddress(byteSize, byteAlignment);
            }
            if (address == NULL) {
                counts.refused();
            }
            return address;
        }
    }
}
