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
        for (SlabChunk chunk : supply.chunks()) {
            supply.forEachSlab(chunk, slab -> {
                int live = slab.live();
                bytesAndBlocks[0] += (long) live * slab.slotSize;
                bytesAndBlocks[1] += live;
            });
        }
        return new SlabTotals(bytesAndBlocks[0], bytesAndBlocks[1], supply.metadataBytes());
    }

    /** Tells a visitor of every chunk, slab, live slot, free slot and free run of units. */
    static void inspect(SlabSupply supply, Visitor visitor) {
        for (SlabChunk chunk : supply.chunks()) {
            visitor.chunk(chunk.address(), chunk.byteSize());
            long[] end = {chunk.address()};
            supply.forEachSlab(chunk, slab -> {
                tellFree(end[0], slab.address, visitor);
                inspect(slab, visitor);
                end[0] = slab.address + slab.byteSize();
            });
            tellFree(end[0], chunk.address() + chunk.byteSize(), visitor);
        }
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

    private static void tellFree(long from, long to, Visitor visitor) {
        if (from < to) {
            visitor.free(from, to - from);
        }
    }
}
