package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Refusal;
import dev.ashlar.api.Resizable;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Charges what each block takes to a {@link QuotaLedger}. Its promises: {@link Allocators#limited}.
 *
 * <p>A view of a limited view asks the same upstream as that does, so that a block is charged once to each limit,
 * however many views it passes.
 */
final class LimitedAllocator implements Allocator {

    private final Allocator upstream;
    final QuotaLedger ledger;
    final ChargeCheck charges;
    private final ViewLifecycle lifecycle;
    private final Runnable onClose;

    private LimitedAllocator(
            Allocator upstream, QuotaLedger ledger, ChargeCheck charges, ViewLifecycle lifecycle, Runnable onClose) {
        this.upstream = upstream;
        this.ledger = ledger;
        this.charges = charges;
        this.lifecycle = lifecycle;
        this.onClose = onClose;
    }

    static LimitedAllocator of(Allocator upstream, Limit limit) {
        LimitedAllocator outer = upstream instanceof LimitedAllocator limited ? limited : null;
        Allocator source = outer == null ? upstream : outer.upstream;
        QuotaLedger ledger = new QuotaLedger(limit, outer == null ? null : outer.ledger);
        Optional<Owner> owner = outer == null ? upstream.as(Owner.class) : outer.charges.owner();
        ViewLifecycle lifecycle = outer == null ? ViewLifecycle.shared() : outer.lifecycle.inner();
        return new LimitedAllocator(source, ledger, new ChargeCheck(owner, ledger), lifecycle, ledger::reportLive);
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        return served(byteSize, byteAlignment, () -> upstream.allocate(byteSize, byteAlignment));
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment, AllocationHints hints) {
        Objects.requireNonNull(hints, "hints");
        return served(byteSize, byteAlignment, () -> upstream.allocate(byteSize, byteAlignment, hints));
    }

    @Override
    public MemorySegment allocateZeroed(long byteSize, long byteAlignment) {
        return served(byteSize, byteAlignment, () -> upstream.allocateZeroed(byteSize, byteAlignment));
    }

    private MemorySegment served(long byteSize, long byteAlignment, Supplier<MemorySegment> request) {
        requireUsable(byteSize, byteAlignment);
        reserve(byteSize);
        MemorySegment block = ledger.ask(byteSize, request);
        Limit refusing = charge(block, byteSize);
        if (refusing != null) {
            throw refused(refusing, byteSize);
        }
        return block;
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        requireUsable(byteSize, byteAlignment);
        if (ledger.reserve(byteSize) != null) {
            return null;
        }
        MemorySegment block =
                ledger.<@Nullable MemorySegment>ask(byteSize, () -> upstream.tryAllocate(byteSize, byteAlignment));
        return block != null && charge(block, byteSize) == null ? block : null;
    }

    /** Charges a block with what it takes. Null; or the limit that has no room for that, and the block is freed. */
    private @Nullable Limit charge(MemorySegment block, long reserved) {
        Limit refusing = ledger.charge(reserved, 1, charges.chargeOf(block));
        if (refusing != null) {
            upstream.free(block);
            ledger.release(reserved);
        }
        return refusing;
    }

    @Override
    public List<MemorySegment> allocateAll(long byteSize, long byteAlignment, int count) {
        requireUsable(byteSize, byteAlignment);
        if (count < 0) {
            throw new IllegalArgumentException("count is " + count + ", must be 0 or more");
        }
        boolean representable = count == 0 || byteSize <= Long.MAX_VALUE / count;
        long total = representable ? byteSize * count : Long.MAX_VALUE;
        return servedBatch(total, count, () -> upstream.allocateAll(byteSize, byteAlignment, count));
    }

    @Override
    public List<MemorySegment> allocateAll(long[] byteSizes, long byteAlignment) {
        requireUsable(0, byteAlignment);
        long sum = 0;
        for (long byteSize : byteSizes) {
            Allocator.requireValid(byteSize, byteAlignment);
            sum = byteSize <= Long.MAX_VALUE - sum ? sum + byteSize : Long.MAX_VALUE;
        }
        return servedBatch(sum, byteSizes.length, () -> upstream.allocateAll(byteSizes, byteAlignment));
    }

    private List<MemorySegment> servedBatch(long total, int count, Supplier<List<MemorySegment>> request) {
        reserve(total);
        List<MemorySegment> blocks = ledger.ask(total, request);
        Limit refusing = ledger.charge(total, count, charges.chargeOf(blocks));
        if (refusing != null) {
            upstream.freeAll(blocks);
            ledger.release(total);
            throw refused(refusing, total);
        }
        return blocks;
    }

    @Override
    public MemorySegment resize(MemorySegment block, long byteSize, long byteAlignment) {
        requireUsable(byteSize, byteAlignment);
        long before = charges.chargeOf(block);
        charges.refuse(block, before);
        long reserved = Math.max(0, byteSize - before);
        reserve(reserved);
        MemorySegment resized = ledger.ask(reserved, () -> upstream.resize(block, byteSize, byteAlignment));
        long after = charges.chargeOf(resized);
        long more = byteSize - block.byteSize();
        ledger.chargeResized(reserved, before, after, more, resized.address() != block.address());
        return resized;
    }

    @Override
    public void free(MemorySegment block) {
        lifecycle.requireOpenToFrees();
        long charge = charges.chargeOf(block);
        charges.refuse(block, charge);
        ledger.discharge(charge, block.byteSize(), 1, () -> upstream.free(block));
    }

    @Override
    public void freeAll(Collection<MemorySegment> blocks) {
        lifecycle.requireOpenToFrees();
        long charge = charges.chargeOf(blocks);
        charges.refuse(blocks, charge);
        long requested = blocks.stream().mapToLong(MemorySegment::byteSize).sum();
        ledger.discharge(charge, requested, blocks.size(), () -> upstream.freeAll(blocks));
    }

    /** Reserves bytes, or throws. */
    void reserve(long bytes) {
        Limit refusing = ledger.reserve(bytes);
        if (refusing != null) {
            throw refused(refusing, bytes);
        }
    }

    static AllocationException refused(Limit refusing, long bytes) {
        return new AllocationException(refusing.refusal(Refusal.Unit.BLOCKS, bytes, bytes));
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
    public <T> Optional<T> as(Class<T> capability) {
        Optional<?> found = Optional.empty();
        if (capability.isInstance(this)) {
            found = Optional.of(this);
        } else if (capability == Limit.class) {
            found = Optional.of(ledger.limit);
        } else if (capability == AddressAllocator.class) {
            found = upstream.as(AddressAllocator.class).map(addresses -> new LimitedAddresses(this, addresses));
        } else if (capability == Confinable.class) {
            found = upstream.as(Confinable.class).map(views -> (Confinable) () -> confined(views));
        } else if (capability == Owner.class) {
            found = charges.owner(); // also for a confined view, whose blocks are those of the whole
        } else if (capability == Inspectable.class) {
            found = upstream.as(Inspectable.class).map(lifecycle::inspectable);
        } else if (capability == Resizable.class) {
            found = upstream.as(Resizable.class).map(lifecycle::resizable);
        }
        return found.map(capability::cast);
    }

    private Allocator confined(Confinable views) {
        lifecycle.requireOpen();
        Allocator view = views.confined();
        return new LimitedAllocator(view, ledger, charges, lifecycle.confined(), view::close);
    }

    @Override
    public void close() {
        if (lifecycle.close()) {
            onClose.run();
        }
    }

    @Override
    public String toString() {
        return "limited view of " + upstream + ", " + ledger.limit;
    }

    /** Lets a free of a block of a size through by rules 2, 5 and 9. */
    void requireFreeable(long byteSize) {
        lifecycle.requireOpenToFrees();
        Allocator.requireValid(byteSize, 1);
    }

    /** Lets a request through by rules 2, 5 and 9. */
    void requireUsable(long byteSize, long byteAlignment) {
        lifecycle.requireOpen();
        Allocator.requireValid(byteSize, byteAlignment);
    }
}
