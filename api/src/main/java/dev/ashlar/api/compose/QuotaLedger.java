package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Refusal;
import dev.ashlar.api.support.FailedFree;
import dev.ashlar.api.support.LeakReport;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Charges the blocks of a limited view to its limits, and counts what upstream serves. It counts for its own view, and
 * for the limited views that it is a view of, which have the same blocks. Charging and releasing cost what the limits
 * cost, and a few striped additions.
 *
 * <p>A limit never shows less than what is live. So bytes are reserved before upstream is asked, and released after
 * upstream took a block back. If they were released first, another thread could use the bytes of a block that upstream
 * then refuses to take.
 */
final class QuotaLedger {

    final Limit limit;

    /** The ledger of the view that this is a view of. */
    private final @Nullable QuotaLedger outer;

    /**
     * The limits that are charged: this limit, and those of the outer views that are not above it. One of each tree.
     */
    private final List<Limit> charged;

    /** What is charged for the live blocks. */
    private final LongAdder chargedBytes = new LongAdder();

    /** The charged bytes of the live blocks less their requested bytes. */
    private final LongAdder roundingBytes = new LongAdder();

    private final LongAdder allocations = new LongAdder();
    private final LongAdder frees = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder invalidFrees = new LongAdder();

    QuotaLedger(Limit limit, @Nullable QuotaLedger outer) {
        this.limit = limit;
        this.outer = outer;
        this.charged = outer == null ? List.of(limit) : charged(limit, outer.charged);
    }

    /**
     * The limits to charge, so that a block is charged once to each.
     *
     * @throws IllegalArgumentException if the limit and another count against a third, which would count blocks twice
     */
    private static List<Limit> charged(Limit limit, List<Limit> before) {
        List<Limit> all = new ArrayList<>(before);
        for (Limit other : before) {
            if (other.isWithin(limit)) {
                return all;
            }
            if (limit.isWithin(other)) {
                all.remove(other);
            } else if (limit.root() == other.root()) {
                throw new IllegalArgumentException(limit + " and " + other + ", which upstream keeps, are parts of "
                        + limit.root() + ", which would count blocks twice. Make one a child of the other.");
            }
        }
        all.add(limit);
        return List.copyOf(all);
    }

    /** Reserves bytes for a request, or counts the request as refused. */
    boolean tryReserve(long bytes) {
        Limit refusing = Limit.tryCharge(charged, bytes);
        if (refusing != null) {
            countRefusal(refusing);
        }
        return refusing == null;
    }

    /**
     * Why a limit refuses a request now, or null if all have room.
     *
     * @param requestedBytes requested bytes
     * @param charge what would be charged for them
     */
    @Nullable Refusal refusal(long requestedBytes, long charge) {
        for (Limit one : charged) {
            Limit refusing = one.refusing(charge);
            if (refusing != null) {
                return refusing.refusal(Refusal.Unit.BLOCKS, requestedBytes, charge);
            }
        }
        return null;
    }

    /** Counts a refusal by a limit here, and in the outer views that ask it too. */
    private void countRefusal(Limit refusing) {
        refused.increment();
        for (QuotaLedger at = outer; at != null; at = at.outer) {
            if (at.charges(refusing)) {
                at.refused.increment();
            }
        }
    }

    private boolean charges(Limit above) {
        return charged.stream().anyMatch(one -> one.isWithin(above));
    }

    /** Asks upstream for blocks whose bytes are reserved. The reservation ends if they are not served. */
    <B extends @Nullable Object> B ask(long reserved, Supplier<B> upstream) {
        B served;
        try {
            served = upstream.get();
        } catch (Throwable e) { // errors too: a reservation must not outlive its request
            notServed(reserved, e);
            throw e;
        }
        if (served == null) {
            refuse(reserved);
        }
        return served;
    }

    /** The same for an address; {@link AddressAllocator#NULL} means not served. */
    long askForAddress(long reserved, LongSupplier upstream) {
        long served;
        try {
            served = upstream.getAsLong();
        } catch (Throwable e) {
            notServed(reserved, e);
            throw e;
        }
        if (served == AddressAllocator.NULL) {
            refuse(reserved);
        }
        return served;
    }

    private void notServed(long reserved, Throwable why) {
        release(reserved);
        if (why instanceof InvalidBlockException) {
            invalidFree();
        } else {
            countRefusal();
        }
    }

    private void refuse(long reserved) {
        release(reserved);
        countRefusal();
    }

    /** Counts a request that upstream refused. */
    private void countRefusal() {
        each(ledger -> ledger.refused.increment());
    }

    /** Does something for this ledger and the outer ones. */
    private void each(Consumer<QuotaLedger> action) {
        for (QuotaLedger at = this; at != null; at = at.outer) {
            action.accept(at);
        }
    }

    /**
     * Charges blocks that upstream served with what they take.
     *
     * @param reserved the bytes reserved for them, which are the requested bytes
     * @return false if there is no room for the rounding; then the request counts as refused, and the reservation stays
     */
    boolean tryCharge(long reserved, int blocks, long charge) {
        long more = charge - reserved;
        if (more > 0 && !tryReserve(more)) {
            return false;
        }
        if (more < 0) {
            release(-more);
        }
        each(ledger -> {
            ledger.chargedBytes.add(charge);
            ledger.noteRounding(more);
            ledger.allocations.add(blocks);
        });
        return true;
    }

    /**
     * Charges a block that upstream has resized, whether or not there is room, because the resize cannot be undone.
     *
     * @param reserved the bytes reserved for it
     * @param before what it took
     * @param after what it takes
     * @param requested the requested bytes of the new size less those of the old one
     * @param moved whether it is another block now
     */
    void chargeResized(long reserved, long before, long after, long requested, boolean moved) {
        long more = after - before - reserved;
        if (more < 0) {
            release(-more);
        } else if (more > 0) {
            charged.forEach(one -> one.chargeAnyway(more));
        }
        each(ledger -> {
            ledger.chargedBytes.add(after - before);
            ledger.noteRounding(after - before - requested);
            if (moved) {
                ledger.allocations.increment();
                ledger.frees.increment();
            }
        });
    }

    /** Adds to the difference between charged and requested bytes. */
    private void noteRounding(long more) {
        if (more != 0) {
            roundingBytes.add(more);
        }
    }

    /**
     * Frees blocks upstream, and then releases their bytes.
     *
     * @param charge what they count
     * @param requestedBytes the requested bytes
     */
    void discharge(long charge, long requestedBytes, int blocks, Runnable upstream) {
        try {
            upstream.run();
        } catch (InvalidBlockException e) {
            invalidFree();
            throw e;
        } catch (RuntimeException | Error e) {
            if (!FailedFree.isRefused(e)) {
                discharged(charge, requestedBytes, blocks);
            }
            throw e;
        }
        discharged(charge, requestedBytes, blocks);
    }

    private void discharged(long charge, long requestedBytes, int blocks) {
        each(ledger -> {
            ledger.chargedBytes.add(-charge);
            ledger.noteRounding(requestedBytes - charge);
            ledger.frees.add(blocks);
        });
        release(charge);
    }

    /** Releases bytes. */
    void release(long bytes) {
        for (Limit one : charged) {
            one.discharge(bytes);
        }
    }

    /** A block was refused because it is not live here. */
    void invalidFree() {
        each(ledger -> ledger.invalidFrees.increment());
    }

    /** Whether the limit has charged at least this many bytes. */
    boolean hasCharged(long bytes) {
        return limit.hasCharged(bytes);
    }

    /**
     * The figures as {@link Allocators#limited} documents them.
     *
     * @param upstream the figures of upstream
     */
    AllocatorStats stats(AllocatorStats upstream) {
        long freed = frees.sum(); // before the allocations, so that live blocks are never negative
        long allocated = allocations.sum();
        long used = Math.max(0, chargedBytes.sum());
        return upstream.toBuilder()
                .requestedBytes(Math.clamp(used - roundingBytes.sum(), 0, used))
                .liveBlocks(allocated - freed)
                .allocations(allocated)
                .misses(Math.min(upstream.misses(), allocated))
                .refused(refused.sum())
                .invalidFrees(invalidFrees.sum())
                .build();
    }

    /** Warns of blocks that are still live when the view closes. */
    void reportLive() {
        String fate = "What is live stays live upstream, and can still be freed through the view.";
        LeakReport.closed("The view with the limit '" + limit.name() + "'", stats(AllocatorStats.ZERO), fate)
                .log();
    }

    /**
     * Checks what is written above, and that live blocks and used bytes agree. For use while no other thread uses the
     * view.
     */
    void checkInvariants() {
        AllocatorStats stats = stats(AllocatorStats.ZERO);
        boolean holds = stats.requestedBytes() >= 0
                && stats.requestedBytes() <= limit.limitBytes()
                && stats.liveBlocks() >= 0
                && (stats.liveBlocks() > 0 || stats.requestedBytes() == 0);
        if (!holds) {
            throw new AssertionError(limit + ", " + stats);
        }
    }
}
