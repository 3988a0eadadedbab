package dev.ashlar.spi.support;

import dev.ashlar.api.Inspectable.Visitor;
import org.jspecify.annotations.Nullable;

/**
 * Shows a visitor every chunk, slab, live slot, and run of free bytes. Costs time in proportion to the slots; exact
 * when no thread allocates or frees.
 */
final class SlabInspection {

    private SlabInspection() {}

    static void inspect(Chunks chunks, Visitor visitor) {
        for (PageChunk chunk : chunks.all()) {
            visitor.chunk(chunk.address(), chunk.byteSize());
            inspect(chunk, chunks, visitor);
        }
    }

    private static void inspect(PageChunk chunk, Chunks chunks, Visitor visitor) {
        long end = chunk.address() + chunk.byteSize();
        long from = chunk.address();
        Slab slab = chunks.slabAt(from);
        for (long address = from + PageChunk.PAGE; address < end; address += PageChunk.PAGE) {
            Slab here = chunks.slabAt(address);
            if (here != slab) {
                inspect(from, address, slab, visitor);
                from = address;
                slab = here;
            }
        }
        inspect(from, end, slab, visitor);
    }

    private static void inspect(long from, long to, @Nullable Slab slab, Visitor visitor) {
        if (slab == null) {
            visitor.free(from, to - from);
            return;
        }
        visitor.slab(slab.address, slab.byteSize(), slab.slotSize, slab.liveSlots());
        long free = slab.address;
        for (int slot = 0; slot < slab.slots; slot++) {
            if (slab.isLive(slot)) {
                long address = slab.addressOf(slot);
                if (free < address) {
                    visitor.free(free, address - free);
                }
                visitor.live(address, slab.slotSize);
                free = address + slab.slotSize;
            }
        }
        long end = slab.addressOf(slab.slots); // bytes behind the last slot are not usable
        if (free < end) {
            visitor.free(free, end - free);
        }
    }
}
