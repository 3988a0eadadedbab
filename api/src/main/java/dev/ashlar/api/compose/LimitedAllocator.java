package dev.ashlar.api.compose;

import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Refusal;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Charges what each block takes to a {@link QuotaLedger}. Contract: {@link Allocators#limited}.
 *
 * <p>A view of a limited view has the same upstream as that view. So a block is charged once to each limit, however
 * many views it passes.
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
        if (!ledger.tryReserve(byteSize)) {
            return null;
        }
        MemorySegment block = ledger.ask(byteSize, request);
        return block != null && isCharged(block, byteSize) ? block : null;
    }

    /** Charges a block with what it takes. If there is no room for that, the block is freed. */
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
        if (!ledger.tryReserve(total)) {
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
        if (!ledger.tryReserve(reserved)) {
            return null;
        }
        MemorySegment resized =
                ledger.<@Nullable MemorySegment>ask(reserved, () -> upstream.tryResize(block, byteSize, byteAlignment));
        if (resized == null) {
            return null;
        }
        long after = charges.chargeOf(resized);
        long more = byteSize - block.byteSize();
        ledger.chargeResized(reserved, before, after, more, resized.address() != block.address());
        return resized;
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        long charge = charges.chargeOfRequest(upstream, byteSize, byteAlignment);
        Refusal own = ledger.refusal(byteSize, charge);
        return own == null ? upstream.refusal(byteSize, byteAlignment) : own;
    }

    @Override
    public Refusal refusal(MemorySegment block, long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        long more = Math.max(0, byteSize - charges.chargeOf(block));
        Refusal own = ledger.refusal(more, more);
        return own == null ? upstream.refusal(block, byteSize, byteAlignment) : own;
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment, int count) {
        Allocator.requireValid(byteSize, byteAlignment, count);
        long charge = product(charges.chargeOfRequest(upstream, byteSize, byteAlignment), count);
        Refusal own = ledger.refusal(product(byteSize, count), charge);
        return own == null ? upstream.refusal(byteSize, byteAlignment, count) : own;
    }

    @Override
    public Refusal refusal(long[] byteSizes, long byteAlignment) {
        Allocator.requireValid(byteSizes, byteAlignment);
        long[] charged = Arrays.stream(byteSizes)
                .map(byteSize -> charges.chargeOfRequest(upstream, byteSize, byteAlignment))
                .toArray();
        Refusal own = ledger.refusal(Allocator.sum(byteSizes), Allocator.sum(charged));
        return own == null ? upstream.refusal(byteSizes, byteAlignment) : own;
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
        if (capability == Limit.class) {
            return Optional.of(capability.cast(ledger.limit));
        }
        return capability == Owner.class
                ? charges.owner().map(capability::cast) // for a confined view too: the blocks are the whole's
                : lifecycle.capability(
                        capability,
                        this,
                        upstream,
                        addresses -> new LimitedAddresses(this, addresses),
                        view -> new LimitedAllocator(view, ledger, charges, lifecycle.confined(), view::close));
    }

    @Override
    public boolean isClosed() {
        return lifecycle.isClosed() || upstream.isClosed();
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

    /** Checks a free of a block of a size by rules 2, 5 and 9. */
    void requireFreeable(long byteSize) {
        lifecycle.requireOpenToFrees();
        Allocator.requireValid(byteSize, 1);
    }

    /** Checks a request by rules 2, 5 and 9. */
    void requireUsable(long byteSize, long byteAlignment) {
        lifecycle.requireOpen();
        Allocator.requireValid(byteSize, byteAlignment);
    }
}
