package dev.ashlar.api.compose;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Owner;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;

/**
 * Tells what a block counts against a limit, and refuses blocks that are live upstream but were not charged to the
 * ledger: those of another view of the same upstream.
 *
 * <p>What a block counts is what upstream says that it takes. The size of the segment, which a client may make up, is
 * used only where upstream does not know.
 *
 * <p>A foreign block is seen only if it is larger than all that is charged, which is enough to keep the ledger from
 * going below zero. To see every such block each would need an entry of its own.
 */
record ChargeCheck(Optional<Owner> owner, QuotaLedger ledger) {

    /** What a live block counts. */
    long chargeOf(MemorySegment block) {
        return chargeOf(block.address(), block.byteSize());
    }

    /** What a live block at an address counts. */
    long chargeOf(long address, long byteSize) {
        long allocated = owner.isPresent() ? owner.get().allocatedSize(address) : InvalidBlockException.UNKNOWN_SIZE;
        return allocated == InvalidBlockException.UNKNOWN_SIZE ? byteSize : allocated;
    }

    /** What blocks count together. */
    long chargeOf(Collection<MemorySegment> blocks) {
        long sum = 0;
        for (MemorySegment block : blocks) {
            sum += chargeOf(block);
        }
        return sum;
    }

    /** What a block of a request will count; it may be more where memory is so short that upstream gives any. */
    long chargeOfRequest(Allocator upstream, long byteSize, long byteAlignment) {
        return owner.isPresent() ? upstream.goodSize(byteSize, byteAlignment) : byteSize;
    }

    /** Refuses a block at an address that counts more than is charged. */
    void refuse(long address, long charge) {
        if (charge > ledger.chargedBytes()) {
            refuseLive(new long[] {address});
        }
    }

    /** Refuses blocks that count more than is charged. */
    void refuse(Collection<MemorySegment> blocks, long charge) {
        if (charge > ledger.chargedBytes()) {
            refuseLive(blocks.stream().mapToLong(MemorySegment::address).toArray());
        }
    }

    /** Upstream says better what is wrong with blocks that are not live, or takes the blocks if it cannot tell. */
    private void refuseLive(long[] addresses) {
        boolean distinct = Arrays.stream(addresses).distinct().count() == addresses.length;
        if (distinct && owner.isPresent() && Arrays.stream(addresses).allMatch(owner.get()::isLive)) {
            ledger.invalidFree();
            throw InvalidBlockException.otherView(addresses[0]);
        }
    }
}
