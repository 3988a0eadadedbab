package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Evacuable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Owner;
import dev.ashlar.api.support.Holdable;
import dev.ashlar.api.support.Holds;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * The common part of allocators with two sides: everything but the choice of a side. Contract: {@link Allocators}.
 *
 * <p>A block is freed on the side that {@link #isFirst} returns. If that side refuses it, the other side is asked. So a
 * choice that is almost always right needs no check beforehand.
 */
abstract class CompositeAllocator implements Allocator {

    final Allocator first;
    final Allocator second;
    final Optional<Owner> firstOwner;
    final Optional<Owner> secondOwner;
    final ViewLifecycle lifecycle;
    final CompositeCounts counts;
    private final Runnable onClose;

    /** A composite that does not close its sides when it is closed. */
    CompositeAllocator(Allocator first, Allocator second) {
        this.first = first;
        this.second = second;
        this.firstOwner = first.as(Owner.class);
        this.secondOwner = second.as(Owner.class);
        this.lifecycle = ViewLifecycle.shared();
        this.counts = new CompositeCounts();
        this.onClose = () -> {};
    }

    /** A view of another composite, over two views that were made for it and are closed with it. */
    CompositeAllocator(Allocator first, Allocator second, CompositeAllocator whole) {
        this.first = first;
        this.second = second;
        this.firstOwner = whole.firstOwner; // the blocks of a view are those of its upstream
        this.secondOwner = whole.secondOwner;
        this.lifecycle = whole.lifecycle.confined();
        this.counts = whole.counts;
        this.onClose = () -> closeBoth(first, second);
    }

    /** Whether a block was allocated on the first side, as far as this is known without cost. */
    abstract boolean isFirst(MemorySegment block);

    /** The same composite over views of both sides. */
    abstract Allocator over(Allocator firstView, Allocator secondView);

    /** The same composite for raw addresses. */
    abstract AddressAllocator addresses(AddressAllocator firstAddresses, AddressAllocator secondAddresses);

    final Allocator side(boolean isFirst) {
        return isFirst ? first : second;
    }

    @Override
    public final void free(MemorySegment block) {
        lifecycle.requireOpenToFrees();
        if (tryFree(block.address(), block.byteSize())) {
            return;
        }
        boolean isFirst = isFirst(block);
        try {
            side(isFirst).free(block);
        } catch (InvalidBlockException e) {
            freeOnOther(e, () -> side(!isFirst).free(block));
        }
    }

    /** Frees a block if a side finds it by one look-up; false if it is not known where it lies. */
    boolean tryFree(long address, long byteSize) {
        return false;
    }

    /**
     * Frees a block on the other side, after one side has refused it. Counts a free that both refuse.
     *
     * @throws InvalidBlockException if both refuse it; thrown by the side that knows the block, if one does
     */
    final void freeOnOther(InvalidBlockException ofOne, Runnable other) {
        try {
            other.run();
        } catch (InvalidBlockException ofOther) {
            counts.invalidFree();
            throw ofOne.reason() == InvalidBlockException.Reason.FOREIGN ? ofOther : ofOne;
        }
    }

    @Override
    public final void freeAll(Collection<MemorySegment> blocks) {
        lifecycle.requireOpenToFrees();
        long inFirst = blocks.stream().filter(this::isFirst).count();
        if (inFirst > 0 && inFirst < blocks.size()) {
            Allocator.freeAll(this, blocks, _ -> counts.invalidFree());
            return;
        }
        try {
            side(inFirst > 0).freeAll(blocks);
        } catch (InvalidBlockException e) {
            if (Allocator.listedTwice(blocks) != null) {
                counts.invalidFree();
                throw e;
            }
            freeAllByBlock(blocks, e);
        }
    }

    /** Frees blocks one by one. Each refused free counts. */
    private void freeAllByBlock(Collection<MemorySegment> blocks, InvalidBlockException refusal) {
        try {
            Allocator.super.freeAll(blocks);
        } catch (InvalidBlockException e) {
            throw refusal.reason() == InvalidBlockException.Reason.FOREIGN ? e : refusal;
        }
    }

    @Override
    public final AllocatorStats stats() {
        return counts.in(first.stats().plus(second.stats()));
    }

    @Override
    public final long trim() {
        lifecycle.requireOpen();
        return first.trim() + second.trim();
    }

    @Override
    public final <T> Optional<T> as(Class<T> capability) {
        if (capability.isInstance(this)) {
            return Optional.of(capability.cast(this));
        }
        Optional<?> found = Optional.empty();
        if (capability == Owner.class) {
            found = firstOwner.flatMap(one -> secondOwner.map(other -> new EitherOwner(one, other)));
        } else if (capability == Inspectable.class) {
            found = ofBoth(Inspectable.class, lifecycle::inspectable);
        } else if (capability == Evacuable.class) {
            found = ofBoth(Evacuable.class, lifecycle::evacuable);
        } else if (capability == AddressAllocator.class) {
            found = ofBoth(AddressAllocator.class, this::addresses);
        } else if (capability == Confinable.class) {
            found = ofBoth(Confinable.class, (one, other) -> () -> confined(one, other));
        } else if (capability == Holdable.class) {
            found = ofBoth(Holdable.class, (one, other) -> new Holds(List.of(one, other)));
        } else if (capability == Hardened.class) {
            found = first.as(Hardened.class)
                    .map(one -> second.as(Hardened.class).map(one::and).orElse(one))
                    .or(() -> second.as(Hardened.class));
        }
        return found.map(capability::cast);
    }

    private <C> Optional<C> ofBoth(Class<C> capability, BiFunction<C, C, C> composition) {
        return first.as(capability).flatMap(one -> second.as(capability).map(other -> composition.apply(one, other)));
    }

    private Allocator confined(Confinable one, Confinable other) {
        lifecycle.requireOpen();
        Allocator firstView = one.confined();
        try {
            return over(firstView, other.confined());
        } catch (RuntimeException | Error e) {
            firstView.close();
            throw e;
        }
    }

    @Override
    public final boolean isClosed() {
        return lifecycle.isClosed() || first.isClosed() || second.isClosed();
    }

    @Override
    public final void close() {
        if (lifecycle.close()) {
            onClose.run();
        }
    }

    private static void closeBoth(Allocator first, Allocator second) {
        try {
            first.close();
        } finally {
            second.close();
        }
    }

    private record EitherOwner(Owner first, Owner second) implements Owner {
        @Override
        public boolean owns(long address) {
            return first.owns(address) || second.owns(address);
        }

        @Override
        public boolean isLive(long address) {
            return first.isLive(address) || second.isLive(address);
        }

        @Override
        public long allocatedSize(long address) {
            return (first.isLive(address) ? first : second).allocatedSize(address);
        }
    }
}
