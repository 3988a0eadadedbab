package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Refusal;
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
 * What a resize takes beyond the limit by rounding counts too, and is not told.
 *
 * <p>The order is the one in which a ledger never shows less than what is live: reserve, then ask upstream; let
 * upstream take a block back, then release. Releasing first would let another thread use the bytes of a block that
 * upstream then refuses to take.
 */
final class QuotaLedger {

    private final long limitBytes;
    private final AtomicLong usedBytes = new AtomicLong();

    /** How much more is charged for the live blocks than they were asked for with. */
    private final LongAdder roundingBytes = new LongAdder();

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
        return Math.min(usedBytes.get(), limitBytes);
    }

    /** Reserves bytes for a request, or counts the request as refused. */
    boolean tryReserve(long bytes) {
        long used = usedBytes.get();
        while (bytes <= Math.max(0, limitBytes - used)) { // never overflows, unlike used + bytes
            long witness = usedBytes.compareAndExchange(used, used + bytes);
            if (witness == used) {
                return true;
            }
            used = witness;
        }
        refused.increment();
        return false;
    }

    /** What is used, with what is beyond the limit. */
    long chargedBytes() {
        return usedBytes.get();
    }

    /** Whether bytes would fit now. */
    boolean hasRoom(long bytes) {
        return bytes <= Math.max(0, limitBytes - usedBytes.get());
    }

    /** Counts a request that a limit further up has no room for. */
    void refusedAbove() {
        refused.increment();
    }

    /** Why a request is refused that has no room here. */
    Refusal refusal(long bytes) {
        return Refusal.limitReached(bytes, usedBytes(), limitBytes);
    }

    /** Asks upstream for blocks whose bytes are reserved; a reservation ends when they are not served. */
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

    /** The same for an address, where {@link AddressAllocator#NULL} says that it is not served. */
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
        (why instanceof InvalidBlockException ? invalidFrees : refused).increment();
    }

    private void refuse(long reserved) {
        release(reserved);
        refused.increment();
    }

    /**
     * Charges blocks that upstream served with what they take.
     *
     * @param reserved the bytes reserved for them, which are what they were asked for with
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
        noteRounding(more);
        allocations.add(blocks);
        return true;
    }

    /** Charges bytes whether or not there is room: a resize that upstream has done cannot be undone. */
    void charge(long bytes) {
        usedBytes.addAndGet(bytes);
    }

    /** Notes how much more or less than the requested bytes is charged from now on. */
    void noteRounding(long more) {
        if (more != 0) {
            roundingBytes.add(more);
        }
    }

    /**
     * Lets upstream take blocks back, and then releases their bytes.
     *
     * @param charge what they count
     * @param requestedBytes what they were asked for with
     */
    void discharge(long charge, long requestedBytes, int blocks, Runnable upstream) {
        try {
            upstream.run();
        } catch (InvalidBlockException e) {
            invalidFree();
            throw e;
        }
        noteRounding(requestedBytes - charge);
        release(charge);
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
        long used = usedBytes();
        return upstream.toBuilder()
                .requestedBytes(Math.clamp(used - roundingBytes.sum(), 0, used))
                .liveBlocks(allocated - freed)
                .allocations(allocated)
                .misses(Math.min(upstream.misses(), allocated))
                .refused(refused.sum())
                .invalidFrees(invalidFrees.sum())
                .build();
    }

    /** Warns of blocks that outlive the view. */
    void reportLive() {
        AllocatorStats stats = stats(AllocatorStats.ZERO);
        if (stats.liveBlocks() > 0) {
            System.getLogger("dev.ashlar.leaks")
                    .log(
                            System.Logger.Level.WARNING,
                            "A limited view was closed with " + stats.liveBlocks() + " live blocks of "
                                    + stats.requestedBytes() + " bytes. They stay live upstream, and can still be"
                                    + " freed through the view.");
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
