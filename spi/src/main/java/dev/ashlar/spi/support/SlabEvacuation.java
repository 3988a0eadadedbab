package dev.ashlar.spi.support;

import dev.ashlar.api.Evacuable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Chunks whose slabs serve no blocks while their blocks are moved out.
 *
 * <p>A chosen slab is owned by a heap that no thread allocates with. So no thread finds it, and blocks in it are
 * released from outside. No slab is cut from a chosen chunk. A thread that was cutting one just then keeps it: that
 * slab is not chosen, and its chunk stays.
 */
final class SlabEvacuation extends SparsestFirst<PageChunk> {

    private final SlabStore store;
    private final Chunks chunks;
    private final SlabHeap owner;
    private final BooleanSupplier isOpen;

    /** The slabs of the chunks that were taken. */
    private final Map<PageChunk, List<Slab>> slabs = new HashMap<>();

    /**
     * Chooses chunks, as {@link Evacuable#evacuate} says.
     *
     * @param isOpen whether the allocator is open
     */
    SlabEvacuation(SlabStore store, Chunks chunks, BooleanSupplier isOpen, double mostLive, long budgetBytes) {
        this.store = store;
        this.chunks = chunks;
        this.isOpen = isOpen;
        owner = new SlabHeap(store, null);
        List<Candidate<PageChunk>> candidates = new ArrayList<>();
        for (PageChunk chunk : chunks.all()) {
            long live = slabsOf(chunk).stream()
                    .mapToLong(slab -> (long) slab.liveSlots() * slab.slotSize)
                    .sum();
            candidates.add(new Candidate<>(chunk, chunk.byteSize(), live));
        }
        choose(candidates, mostLive, budgetBytes);
    }

    private List<Slab> slabsOf(PageChunk chunk) {
        List<Slab> found = new ArrayList<>();
        long end = chunk.address() + chunk.byteSize();
        for (long address = chunk.address(); address < end; ) {
            Slab slab = chunks.slabAt(address);
            if (slab == null) {
                address += PageChunk.PAGE;
            } else {
                found.add(slab);
                address = slab.address + slab.byteSize();
            }
        }
        return found;
    }

    /** {@inheritDoc} It cannot be done while a heap owns a slab of the chunk, or another evacuation has the chunk. */
    @Override
    protected boolean tryTake(PageChunk chunk) {
        if (!chunk.tryCloseToSlabs()) {
            return false;
        }
        List<Slab> claimed = new ArrayList<>();
        slabs.put(chunk, claimed);
        for (Slab slab : slabsOf(chunk)) {
            if (!slab.claim(owner)) {
                putBack(chunk);
                return false;
            }
            claimed.add(slab);
        }
        return true;
    }

    /** {@inheritDoc} Slabs that are empty now are retired. */
    @Override
    protected void putBack(PageChunk chunk) {
        List<Slab> claimed = slabs.remove(chunk);
        if (claimed != null && isOpen.getAsBoolean()) {
            claimed.forEach(store::evict);
            chunk.openToSlabs();
            chunks.noteRoom(chunk);
        }
    }

    @Override
    public boolean contains(long address) {
        Slab slab = chunks.slabAt(address);
        return slab != null && slab.owner() == owner;
    }

    @Override
    public void close() {
        super.close();
        if (isOpen.getAsBoolean()) {
            chunks.closeExcess();
        }
    }
}
