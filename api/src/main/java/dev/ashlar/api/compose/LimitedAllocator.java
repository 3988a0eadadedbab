package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Quota;
import dev.ashlar.api.Retention;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Charges what each block takes to a {@link QuotaLedger}. Its promises: {@link Allocators#limited}. */
final class LimitedAllocator implements Allocator, Quota {

    private final Allocator upstream;

    /** Upstream, if that is a limit too. */
    private final @Nullable LimitedAllocator outer;

    final QuotaLedger ledger;
    final ChargeCheck charges;
    private final ViewLifecycle lifecycle;
    private final Runnable onClose;

    LimitedAllocator(Allocator upstream, QuotaLedger ledger) {
        this.upstream = upstream;
        this.outer = upstream instanceof LimitedAllocator limited ? limited : null;
        this.ledger = ledger;
        this.charges = new ChargeCheck(upstream.as(Owner.class), ledger);
        this.lifecycle = ViewLifecycle.shared();
        this.onClose = ledger::reportLive;
    }

    /** A view of another limited view, over a view made for it, which is closed with it. */
    private LimitedAllocator(Allocator upstreamView, LimitedAllocator whole) {
        this.upstream = upstreamView;
        this.outer = upstreamView instanceof LimitedAllocator limited ? limited : null;
        this.ledger = whole.ledger;
        this.charges = whole.charges;
        this.lifecycle = whole.lifecycle.confined();
        this.onClose = upstreamView::close;
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
        if (!isCharged(block, byteSize)) {
            throw ledger.refusal(byteSize);
        }
        return block;
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        requireUsable(byteSize, byteAlignment);
        if (!tryReserve(byteSize)) {
            return null;
        }
        MemorySegment block =
                ledger.<@Nullable MemorySegment>ask(byteSize, () -> upstream.tryAllocate(byteSize, byteAlignment));
        return block != null && isCharged(block, byteSize) ? block : null;
    }

    /** Charges a block with what it takes; if there is no room for that, it goes back. */
    private boolean isCharged(MemorySegment block, long reserved) {
        if (ledger.tryCharge(reserved, 1, charges.chargeOf(block))) {
            return true;
        }
        upstream.free(block);
        ledger.release(reserved);
        return false;
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
        if (!ledger.tryCharge(total, count, charges.chargeOf(blocks))) {
            upstream.freeAll(blocks);
            ledger.release(total);
            throw ledger.refusal(total);
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
        long more = after - before - reserved;
        if (more < 0) {
            ledger.release(-more);
        } else if (more > 0) {
            ledger.charge(more);
        }
        ledger.noteRounding(after - byteSize - (before - block.byteSize()));
        if (resized.address() != block.address()) {
            ledger.moved();
        }
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

    /** Reserves bytes here, or throws. */
    void reserve(long bytes) {
        if (isHopeless(bytes)) {
            throw refusing(bytes).refusal(bytes);
        }
        ledger.reserve(bytes);
    }

    /** Reserves bytes here, or counts the request as refused. */
    boolean tryReserve(long bytes) {
        if (isHopeless(bytes)) {
            QuotaLedger _ = refusing(bytes); // no exception is made that is not thrown
            return false;
        }
        return ledger.tryReserve(bytes);
    }

    /** Whether a limit further up refuses, which is asked first: a reservation here would refuse others meanwhile. */
    private boolean isHopeless(long bytes) {
        return outer != null && !outer.hasRoom(bytes);
    }

    private boolean hasRoom(long bytes) {
        return ledger.hasRoom(bytes) && (outer == null || outer.hasRoom(bytes));
    }

    /** Counts a refusal here and in each limit up to the one that refuses, which is returned. */
    private QuotaLedger refusing(long bytes) {
        ledger.refusedAbove();
        return outer == null || !ledger.hasRoom(bytes) ? ledger : outer.refusing(bytes);
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
            found = charges.owner(); // also for a confined view, whose blocks are those of the whole
        } else if (capability == Inspectable.class) {
            found = upstream.as(Inspectable.class).map(lifecycle::inspectable);
        } else if (capability == Retention.class) {
            found = upstream.as(Retention.class).map(lifecycle::retention);
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
