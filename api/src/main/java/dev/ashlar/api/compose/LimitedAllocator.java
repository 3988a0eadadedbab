package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Quota;
import dev.ashlar.api.Refusal;
import dev.ashlar.api.Retention;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
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
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        return served(byteSize, byteAlignment, () -> upstream.tryAllocate(byteSize, byteAlignment));
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment, AllocationHints hints) {
        Objects.requireNonNull(hints, "hints");
        return served(byteSize, byteAlignment, () -> upstream.tryAllocate(byteSize, byteAlignment, hints));
    }

    private @Nullable MemorySegment served(
            long byteSize, long byteAlignment, Supplier<@Nullable MemorySegment> request) {
        requireUsable(byteSize, byteAlignment);
        if (!tryReserve(byteSize)) {
            return null;
        }
        MemorySegment block = ledger.ask(byteSize, request);
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
    public @Nullable List<MemorySegment> tryAllocateAll(long byteSize, long byteAlignment, int count) {
        lifecycle.requireOpen();
        Allocator.requireValid(byteSize, byteAlignment, count);
        return servedBatch(
                product(byteSize, count), count, () -> upstream.tryAllocateAll(byteSize, byteAlignment, count));
    }

    private static long product(long byteSize, int count) {
        return count == 0 || byteSize <= Long.MAX_VALUE / count ? byteSize * count : Long.MAX_VALUE;
    }

    @Override
    public @Nullable List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
        lifecycle.requireOpen();
        Allocator.requireValid(byteSizes, byteAlignment);
        return servedBatch(
                Allocator.sum(byteSizes), byteSizes.length, () -> upstream.tryAllocateAll(byteSizes, byteAlignment));
    }

    private @Nullable List<MemorySegment> servedBatch(
            long total, int count, Supplier<@Nullable List<MemorySegment>> request) {
        if (!tryReserve(total)) {
            return null;
        }
        List<MemorySegment> blocks = ledger.ask(total, request);
        if (blocks == null || ledger.tryCharge(total, count, charges.chargeOf(blocks))) {
            return blocks;
        }
        upstream.freeAll(blocks);
        ledger.release(total);
        return null;
    }

    @Override
    public @Nullable MemorySegment tryResize(MemorySegment block, long byteSize, long byteAlignment) {
        requireUsable(byteSize, byteAlignment);
        long before = charges.chargeOf(block);
        charges.refuse(block.address(), before);
        long reserved = Math.max(0, byteSize - before);
        if (!tryReserve(reserved)) {
            return null;
        }
        MemorySegment resized =
                ledger.<@Nullable MemorySegment>ask(reserved, () -> upstream.tryResize(block, byteSize, byteAlignment));
        if (resized == null) {
            return null;
        }
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
    public Refusal refusal(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        return ledger.hasRoom(charges.chargeOfRequest(upstream, byteSize, byteAlignment))
                ? upstream.refusal(byteSize, byteAlignment)
                : ledger.refusal(byteSize);
    }

    @Override
    public Refusal refusal(MemorySegment block, long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        long more = Math.max(0, byteSize - charges.chargeOf(block));
        return ledger.hasRoom(more) ? upstream.refusal(block, byteSize, byteAlignment) : ledger.refusal(more);
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment, int count) {
        Allocator.requireValid(byteSize, byteAlignment, count);
        return ledger.hasRoom(product(charges.chargeOfRequest(upstream, byteSize, byteAlignment), count))
                ? upstream.refusal(byteSize, byteAlignment, count)
                : ledger.refusal(product(byteSize, count));
    }

    @Override
    public Refusal refusal(long[] byteSizes, long byteAlignment) {
        Allocator.requireValid(byteSizes, byteAlignment);
        long[] charged = Arrays.stream(byteSizes)
                .map(byteSize -> charges.chargeOfRequest(upstream, byteSize, byteAlignment))
                .toArray();
        return ledger.hasRoom(Allocator.sum(charged))
                ? upstream.refusal(byteSizes, byteAlignment)
                : ledger.refusal(Allocator.sum(byteSizes));
    }

    @Override
    public long goodSize(long byteSize, long byteAlignment) {
        return upstream.goodSize(byteSize, byteAlignment);
    }

    @Override
    public void free(MemorySegment block) {
        lifecycle.requireOpenToFrees();
        long charge = charges.chargeOf(block);
        charges.refuse(block.address(), charge);
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

    /** Reserves bytes here, or counts the request as refused. */
    boolean tryReserve(long bytes) {
        if (isHopeless(bytes)) {
            countRefusal(bytes);
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

    /** Counts a refusal here and in each limit up to the one that refuses. */
    private void countRefusal(long bytes) {
        ledger.refusedAbove();
        if (outer != null && ledger.hasRoom(bytes)) {
            outer.countRefusal(bytes);
        }
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
