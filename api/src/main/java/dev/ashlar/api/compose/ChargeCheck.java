package dev.ashlar.api.compose;

import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Owner;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Refuses blocks that are live upstream but were not charged to a ledger: those of another view of the same upstream.
 * Costs a volatile read while all is well.
 *
 * <p>It sees a block only if it is larger than all that is charged, which is enough to keep the ledger from going
 * below zero. To see every such block each would need an entry of its own.
 */
record ChargeCheck(Optional<Owner> owner, QuotaLedger ledger) {

    void refuse(MemorySegment block) {
        if (block.byteSize() > ledger.usedBytes()) {
            refuseLive(List.of(block));
        }
    }

    void refuse(long address, long byteSize) {
        if (byteSize > ledger.usedBytes()) {
            refuseLive(List.of(MemorySegment.ofAddress(address)));
        }
    }

    void refuse(Collection<MemorySegment> blocks, long byteSize) {
        if (byteSize > ledger.usedBytes()) {
            refuseLive(blocks);
        }
    }

    /** Upstream says better what is wrong with blocks that are not live, or takes the blocks if it cannot tell. */
    private void refuseLive(Collection<MemorySegment> blocks) {
        boolean distinct =
                blocks.stream().mapToLong(MemorySegment::address).distinct().count() == blocks.size();
        if (distinct && owner.isPresent() && blocks.stream().allMatch(owner.get()::isLive)) {
            ledger.invalidFree();
            throw InvalidBlockException.foreign(blocks.iterator().next().address());
        }
    }
}
