package dev.ashlar.api.compose;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Owner;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;

/**
 * Finds what a block counts against a limit. Refuses blocks that are live upstream but were not charged to the ledger,
 * because they belong to another view of the same upstream.
 *
 * <p>A block counts the size that upstream knows. The size of the segment is used only where upstream does not know,
 * because a client may pass any size.
 *
 * <p>A block of another view is seen only if it is larger than all that is charged. That is enough to keep the ledger
 * from going below zero. To see every such block, each block would need an entry.
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

    /**
     * What the block of a request will count. It may count more if upstream, short of memory, serves a larger block.
     */
    long chargeOfRequest(Allocator upstream, long byteSize, long byteAlignment) {
        return owner.isPresent() ? upstream.goodSize(byteSize, byteAlignment) : byteSize;
    }

    /** Refuses a block at an address that counts more than is charged. */
    void refuse(long address, long charge) {
        if (!ledger.hasCharged(charge)) {
            refuseLive(new long[] {address});
        }
    }

    /** Refuses blocks that count more than is charged. */
    void refuse(Collection<MemorySegment> blocks, long charge) {
        if (!ledger.hasCharged(charge)) {
            refuseLive(blocks.stream().mapToLong(MemorySegment::address).toArray());
        }
    }

    /** Passes blocks that are not live on to upstream, which knows better what is wrong with them. */
    private void refuseLive(long[] addresses) {
        boolean distinct = Arrays.stream(addresses).distinct().count() == addresses.length;
        if (distinct && owner.isPresent() && Arrays.stream(addresses).allMatch(owner.get()::isLive)) {
            ledger.invalidFree();
            throw InvalidBlockException.otherView(addresses[0]);
        }
    }
}
