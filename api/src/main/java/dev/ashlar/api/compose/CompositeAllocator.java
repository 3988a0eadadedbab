package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Confinable;
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
 * What allocators of two sides have in common: everything but the choice of a side. Its promises: {@link Allocators}.
 *
 * <p>A block is freed on the side that {@link #isFirst} tells. If that side refuses it the other one is asked, so that
 * a choice which is right almost always needs no check beforehand. The choice may be wrong for a moment also where it
 * rests on {@link Owner#owns}: a chunk that one side has just released may already have become memory of the other.
 */
abstract class CompositeAllocator implements Allocator {

    final Allocator first;
    final Allocator second;
    final Optional<Owner> firstOwner;
    final Optional<Owner> secondOwner;
    final ViewLifecycle lifecycle;
    final CompositeCounts counts;
    private final Runnable onClose;

    /** A composite of its own, which leaves both sides open when it is closed. */
    CompositeAllocator(Allocator first, Allocator second) {
        this.first = first;
        this.second = second;
        this.firstOwner = first.as(Owner.class);
        this.secondOwner = second.as(Owner.class);
        this.lifecycle = ViewLifecycle.shared();
        this.counts = new CompositeCounts();
        this.onClose = () -> {};
    }

    /** A view of another composite over two views made for it, which are closed with it. */
    CompositeAllocator(Allocator first, Allocator second, CompositeAllocator whole) {
        this.first = first;
        this.second = second;
        this.firstOwner = whole.firstOwner; // a view's blocks are blocks of what it is a view of
        this.secondOwner = whole.secondOwner;
        this.lifecycle = whole.lifecycle.confined();
        this.counts = whole.counts;
        this.onClose = () -> closeBoth(first, second);
    }

    /** Whether the first side is where a block was allocated, as far as can be told at no cost. */
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
        boolean isFirst = isFirst(block);
        free(() -> side(isFirst).free(block), () -> side(!isFirst).free(block));
    }

    /**
     * Frees a block on the one side, or on the other if that does not know it. Counts a free that both refuse.
     *
     * @throws InvalidBlockException of the two refusals the one that knows the block
     */
    final void free(Runnable one, Runnable other) {
        try {
            one.run();
        } catch (InvalidBlockException e) {
            try {
                other.run();
            } catch (InvalidBlockException ofOther) {
                counts.invalidFree();
                throw e.reason() == InvalidBlockException.Reason.FOREIGN ? ofOther : e;
            }
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

    /** Frees blocks one by one, each of which counts if it is refused. */
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
        } else if (capability == AddressAllocator.class) {
            found = ofBoth(AddressAllocator.class, this::addresses);
        } else if (capability == Confinable.class) {
            found = ofBoth(Confinable.class, (one, other) -> () -> confined(one, other));
        } else if (capability == Holdable.class) {
            found = ofBoth(Holdable.class, (one, other) -> new Holds(List.of(one, other)));
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
