package dev.ashlar.api.compose;

import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Owner;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
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
        return chargeOf(block, block.byteSize());
    }

    /** What a live block at an address counts. */
    long chargeOf(long address, long byteSize) {
        return chargeOf(MemorySegment.ofAddress(address), byteSize);
    }

    private long chargeOf(MemorySegment block, long byteSize) {
        long allocated = owner.isPresent() ? owner.get().allocatedSize(block) : InvalidBlockException.UNKNOWN_SIZE;
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

    /** Refuses a block that counts more than is charged. */
    void refuse(MemorySegment block, long charge) {
        if (!ledger.hasCharged(charge)) {
            refuseLive(List.of(block));
        }
    }

    /** Refuses a block at an address that counts more than is charged. */
    void refuse(long address, long charge) {
        if (!ledger.hasCharged(charge)) {
            refuseLive(List.of(MemorySegment.ofAddress(address)));
        }
    }

    /** Refuses blocks that count more than is charged. */
    void refuse(Collection<MemorySegment> blocks, long charge) {
        if (!ledger.hasCharged(charge)) {
            refuseLive(blocks);
        }
    }

    /** Upstream says better what is wrong with blocks that are not live, or takes the blocks if it cannot tell. */
    private void refuseLive(Collection<MemorySegment> blocks) {
        boolean distinct =
                blocks.stream().mapToLong(MemorySegment::address).distinct().count() == blocks.size();
        if (distinct && owner.isPresent() && blocks.stream().allMatch(owner.get()::isLive)) {
            ledger.invalidFree();
            throw InvalidBlockException.otherView(blocks.iterator().next().address());
        }
    }
}
