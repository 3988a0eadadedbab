package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.InvalidBlockException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Holds how much of a limit is used, and counts what upstream serves. Charging and releasing cost one compare-and-set
 * and one striped addition each.
 *
 * <p>Invariant: {@code 0 <= usedBytes <= limitBytes} at every moment, because a reservation is made in one step and
 * only where it fits. Used are the live blocks, and the reservations of requests that upstream has not answered yet.
 *
 * <p>The order is the one in which a ledger never shows less than what is live: reserve, then ask upstream; let
 * upstream take a block back, then release. Releasing first would let another thread use the bytes of a block that
 * upstream then refuses to take.
 */
final class QuotaLedger {

    private static final long RESERVED = -1;

    private final long limitBytes;
    private final AtomicLong usedBytes = new AtomicLong();
    private final LongAdder allocations = new LongAdder();
    private final LongAdder frees = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder invalidFrees = new LongAdder();

    QuotaLedger(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    long limitBytes() {
        return limitBytes;
    }

    long usedBytes() {
        return usedBytes.get();
    }

    /** Reserves bytes for a request, or counts the request as refused. */
    boolean tryReserve(long bytes) {
        return reservedOrUsed(bytes) == RESERVED;
    }

    /**
     * Reserves bytes for a request, or counts the request as refused.
     *
     * @throws AllocationException if they do not fit
     */
    void reserve(long bytes) {
        long used = reservedOrUsed(bytes);
        if (used != RESERVED) {
            throw AllocationException.limitReached(bytes, used, limitBytes);
        }
    }

    /** Reserves, or tells what was used at the moment of the refusal, so that the message fits the decision. */
    private long reservedOrUsed(long bytes) {
        long used = usedBytes.get();
        while (bytes <= limitBytes - used) { // never overflows, unlike used + bytes
            long witness = usedBytes.compareAndExchange(used, used + bytes);
            if (witness == used) {
                return RESERVED;
            }
            used = witness;
        }
        refused.increment();
        return used;
    }

    /** Asks upstream for blocks whose bytes are reserved; a reservation ends when they are not served. */
    <B extends @Nullable Object> B charge(long reserved, int blocks, Supplier<B> upstream) {
        B served;
        try {
            served = upstream.get();
        } catch (Throwable e) { // errors too: a reservation must not outlive its request
            notServed(reserved, e);
            throw e;
        }
        settle(reserved, blocks, served != null);
        return served;
    }

    /** The same for an address, where {@link AddressAllocator#NULL} says that it is not served. */
    long chargeAddress(long reserved, LongSupplier upstream) {
        long served;
        try {
            served = upstream.getAsLong();
        } catch (Throwable e) {
            notServed(reserved, e);
            throw e;
        }
        settle(reserved, 1, served != AddressAllocator.NULL);
        return served;
    }

    private void notServed(long reserved, Throwable why) {
        release(reserved);
        (why instanceof InvalidBlockException ? invalidFrees : refused).increment();
    }

    private void settle(long reserved, int blocks, boolean served) {
        if (served) {
            allocations.add(blocks);
        } else {
            release(reserved);
            refused.increment();
        }
    }

    /** Lets upstream take blocks back, and then releases their bytes. */
    void discharge(long bytes, int blocks, Runnable upstream) {
        try {
            upstream.run();
        } catch (InvalidBlockException e) {
            invalidFree();
            throw e;
        }
        release(bytes);
        frees.add(blocks);
    }

    /** Gives back bytes; stops at 0, so that a sibling's block freed here by mistake makes no room beyond the limit. */
    void release(long bytes) {
        usedBytes.accumulateAndGet(bytes, (used, released) -> Math.max(0, used - released));
    }

    /** A resize handed out another block for the one passed in. */
    void moved() {
        allocations.increment();
        frees.increment();
    }

    /** A block was refused because it is not live here. */
    void invalidFree() {
        invalidFrees.increment();
    }

    /**
     * The figures as {@link Allocators#limited} documents them.
     *
     * @param upstream the figures of upstream
     */
    AllocatorStats stats(AllocatorStats upstream) {
        long freed = frees.sum(); // before the allocations, so that live blocks are never negative
        long allocated = allocations.sum();
        return new AllocatorStats(
                usedBytes.get(),
                upstream.allocatedBytes(),
                upstream.committedBytes(),
                upstream.reservedBytes(),
                upstream.metadataBytes(),
                allocated - freed,
                allocated,
                Math.min(upstream.misses(), allocated),
                upstream.upstreamCalls(),
                refused.sum(),
                invalidFrees.sum(),
                upstream.peakCommittedBytes(),
                upstream.requestedAtPeakBytes());
    }

    /** Warns of blocks that outlive the view. */
    void reportLive() {
        AllocatorStats stats = stats(AllocatorStats.ZERO);
        if (stats.liveBlocks() > 0) {
            System.getLogger(Allocators.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            "A limited view was closed with " + stats.liveBlocks() + " live blocks of "
                                    + stats.requestedBytes() + " bytes. They stay live upstream: free them there, or"
                                    + " before closing.");
        }
    }

    /** Checks what is written above, and that live blocks and used bytes agree; for when no other thread works. */
    void checkInvariants() {
        AllocatorStats stats = stats(AllocatorStats.ZERO);
        boolean holds = stats.requestedBytes() >= 0
                && stats.requestedBytes() <= limitBytes
                && stats.liveBlocks() >= 0
                && (stats.liveBlocks() > 0 || stats.requestedBytes() == 0);
        if (!holds) {
            throw new AssertionError("limit " + limitBytes + ", " + stats);
        }
    }
}
