package dev.ashlar.slab.internal;

import dev.ashlar.api.Inspectable.Visitor;

/**
 * What a walk over all slabs finds. It takes time in proportion to the slabs, 64 slots at a step, and reads what owners
 * write at the same time: exact when they are quiet.
 *
 * @param allocatedBytes bytes of live slots
 * @param liveBlocks live slots
 * @param metadataBytes what slabs, chunks and the address map take
 */
record SlabTotals(long allocatedBytes, long liveBlocks, long metadataBytes) {

    static SlabTotals of(SlabSupply supply) {
        long[] bytesAndBlocks = new long[2];
        supply.chunks().forEachSlab(slab -> {
            int live = slab.live();
            bytesAndBlocks[0] += (long) live * slab.slotSize;
            bytesAndBlocks[1] += live;
        });
        return new SlabTotals(bytesAndBlocks[0], bytesAndBlocks[1], supply.metadataBytes());
    }

    /** Tells a visitor of every chunk, slab, live slot, free slot and free run of units. */
    static void inspect(SlabSupply supply, Visitor visitor) {
        supply.chunks().inspect(visitor, slab -> inspect(slab, visitor));
    }

    private static void inspect(Slab slab, Visitor visitor) {
        visitor.slab(slab.address, slab.byteSize(), slab.slotSize, slab.live());
        for (int slot = 0; slot < slab.slots(); slot++) {
            if (slab.isLive(slot)) {
                visitor.live(slab.addressOf(slot), slab.slotSize);
            } else {
                visitor.free(slab.addressOf(slot), slab.slotSize);
            }
        }
    }
}
