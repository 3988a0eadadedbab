package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Quota;
import dev.ashlar.api.Resizable;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Charges the requested bytes of each block to an {@link QuotaLedger}. Its promises: {@link Allocators#limited}. */
final class LimitedAllocator implements Allocator, Quota {

    private final Allocator upstream;
    final QuotaLedger ledger;
    final ChargeCheck chargeCheck;
    private final ViewLifecycle lifecycle;
    private final Runnable onClose;

    LimitedAllocator(Allocator upstream, QuotaLedger ledger) {
        this.upstream = upstream;
        this.ledger = ledger;
        this.chargeCheck = new ChargeCheck(upstream.as(Owner.class), ledger);
        this.lifecycle = ViewLifecycle.shared();
        this.onClose = ledger::reportLive;
    }

    /** A view of another limited view, over a view made for it, which is closed with it. */
    private LimitedAllocator(Allocator upstreamView, LimitedAllocator whole) {
        this.upstream = upstreamView;
        this.ledger = whole.ledger;
        this.chargeCheck = whole.chargeCheck;
        this.lifecycle = whole.lifecycle.confined();
        this.onClose = upstreamView::close;
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        requireUsable(byteSize, byteAlignment);
        ledger.reserve(byteSize);
        return ledger.charge(byteSize, 1, () -> upstream.allocate(byteSize, byteAlignment));
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment, AllocationHints hints) {
        requireUsable(byteSize, byteAlignment);
        ledger.reserve(byteSize);
        return ledger.charge(byteSize, 1, () -> upstream.allocate(byteSize, byteAlignment, hints));
    }

    @Override
    public MemorySegment allocateZeroed(long byteSize, long byteAlignment) {
        requireUsable(byteSize, byteAlignment);
        ledger.reserve(byteSize);
        return ledger.charge(byteSize, 1, () -> upstream.allocateZeroed(byteSize, byteAlignment));
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        requireUsable(byteSize, byteAlignment);
        return ledger.tryReserve(byteSize)
                ? ledger.<@Nullable MemorySegment>charge(
                        byteSize, 1, () -> upstream.tryAllocate(byteSize, byteAlignment))
                : null;
    }

    @Override
    public List<MemorySegment> allocateAll(long byteSize, long byteAlignment, int count) {
        requireUsable(byteSize, byteAlignment);
        if (count < 0) {
            throw new IllegalArgumentException("count is " + count + ", must be 0 or more");
        }
        boolean representable = count == 0 || byteSize <= Long.MAX_VALUE / count;
        long total = representable ? byteSize * count : Long.MAX_VALUE;
        ledger.reserve(total);
        return ledger.charge(total, count, () -> upstream.allocateAll(byteSize, byteAlignment, count));
    }

    @Override
    public List<MemorySegment> allocateAll(long[] byteSizes, long byteAlignment) {
        requireUsable(0, byteAlignment);
        long sum = 0;
        for (long byteSize : byteSizes) {
            Allocator.requireValid(byteSize, byteAlignment);
            sum = byteSize <= Long.MAX_VALUE - sum ? sum + byteSize : Long.MAX_VALUE;
        }
        long total = sum;
        ledger.reserve(total);
        return ledger.charge(total, byteSizes.length, () -> upstream.allocateAll(byteSizes, byteAlignment));
    }

    @Override
    public MemorySegment resize(MemorySegment block, long byteSize, long byteAlignment) {
        requireUsable(byteSize, byteAlignment);
        chargeCheck.refuse(block);
        long growth = byteSize - block.byteSize();
        long reserved = Math.max(0, growth);
        ledger.reserve(reserved);
        MemorySegment resized = ledger.charge(reserved, 0, () -> upstream.resize(block, byteSize, byteAlignment));
        if (growth < 0) {
            ledger.release(-growth);
        }
        if (resized.address() != block.address()) {
            ledger.moved();
        }
        return resized;
    }

    @Override
    public void free(MemorySegment block) {
        lifecycle.requireOpen();
        chargeCheck.refuse(block);
        ledger.discharge(block.byteSize(), 1, () -> upstream.free(block));
    }

    @Override
    public void freeAll(Collection<MemorySegment> blocks) {
        lifecycle.requireOpen();
        long total = blocks.stream().mapToLong(MemorySegment::byteSize).sum();
        chargeCheck.refuse(blocks, total);
        ledger.discharge(total, blocks.size(), () -> upstream.freeAll(blocks));
    }

    @Override
    public AllocatorStats stats() {
        return ledger.stats(upstream.stats());
    }

    @Override
    public long trim() {
        lifecycle.requireOpen();
        return upstream.trim();
    }

    @Override
    public long limitBytes() {
        return ledger.limitBytes();
    }

    @Override
    public long usedBytes() {
        return ledger.usedBytes();
    }

    @Override
    public <T> Optional<T> as(Class<T> capability) {
        if (capability.isInstance(this)) {
            return Optional.of(capability.cast(this));
        }
        Optional<?> found = Optional.empty();
        if (capability == AddressAllocator.class) {
            found = upstream.as(AddressAllocator.class).map(addresses -> new LimitedAddresses(this, addresses));
        } else if (capability == Confinable.class) {
            found = upstream.as(Confinable.class).map(views -> (Confinable) () -> confined(views));
        } else if (capability == Owner.class) {
            found = chargeCheck.owner(); // also for a confined view, whose blocks are those of the whole
        } else if (capability == Inspectable.class) {
            found = upstream.as(Inspectable.class).map(lifecycle::inspectable);
        } else if (capability == Resizable.class) {
            found = upstream.as(Resizable.class).map(lifecycle::resizable);
        }
        return found.map(capability::cast);
    }

    private Allocator confined(Confinable views) {
        lifecycle.requireOpen();
        return new LimitedAllocator(views.confined(), this);
    }

    @Override
    public void close() {
        if (lifecycle.close()) {
            onClose.run();
        }
    }

    /** Lets a request through by rules 2, 5 and 9. */
    void requireUsable(long byteSize, long byteAlignment) {
        lifecycle.requireOpen();
        Allocator.requireValid(byteSize, byteAlignment);
    }
}
