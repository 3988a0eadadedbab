package dev.ashlar.spi.support;

import dev.ashlar.api.Evacuable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Chunks whose slabs serve no blocks while their blocks are moved out.
 *
 * <p>A chosen slab is owned by a heap that no thread allocates with. So no thread finds it, and blocks in it are
 * released from outside. No slab is cut from a chosen chunk. A thread that was cutting one just then keeps it: that
 * slab is not chosen, and its chunk stays.
 */
final class SlabEvacuation implements Evacuable.Evacuation {

    private final SlabStore store;
    private final Chunks chunks;
    private final SlabHeap owner;
    private final BooleanSupplier isOpen;
    private final List<PageChunk> chosen = new ArrayList<>();
    private final List<Slab> slabs = new ArrayList<>();
    private final long byteSize;
    private final long liveBytes;
    private boolean ended;

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
        Sparsest<PageChunk> sparsest = new Sparsest<>();
        for (PageChunk chunk : chunks.all()) {
            long live = 0;
            for (Slab slab : slabsOf(chunk)) {
                live += liveBytes(slab);
            }
            sparsest.add(chunk, chunk.byteSize(), live);
        }
        long[] bytes = sparsest.choose(mostLive, budgetBytes, this::tryChoose);
        byteSize = bytes[0];
        liveBytes = bytes[1];
    }

    private List<Slab> slabsOf(PageChunk chunk) {
        List<Slab> found = new ArrayList<>();
        long end = chunk.address() + chunk.byteSize();
        for (long address = chunk.address(); address < end; ) {
            Slab slab = chunks.slabs().get(address);
            if (slab == null) {
                address += PageChunk.PAGE;
            } else {
                found.add(slab);
                address = slab.address + slab.byteSize();
            }
        }
        return found;
    }

    private static long liveBytes(Slab slab) {
        int live = 0;
        for (int slot = 0; slot < slab.slots; slot++) {
            live += slab.isLive(slot) ? 1 : 0;
        }
        return (long) live * slab.slotSize;
    }

    /** Takes a chunk and its slabs out of service; false if a heap owns one of them. */
    private boolean tryChoose(PageChunk chunk) {
        chunk.closeToSlabs(true);
        int before = slabs.size();
        boolean isWhole = true;
        for (Slab slab : slabsOf(chunk)) {
            isWhole &= slab.claim(owner);
            if (!isWhole) {
                break;
            }
            slabs.add(slab);
        }
        if (isWhole) {
            chosen.add(chunk);
        } else {
            List<Slab> claimed = slabs.subList(before, slabs.size());
            claimed.forEach(store::disown);
            claimed.clear();
            reopen(chunk);
        }
        return isWhole;
    }

    private void reopen(PageChunk chunk) {
        chunk.closeToSlabs(false);
        chunks.noteRoom(chunk);
    }

    @Override
    public boolean contains(long address) {
        Slab slab = chunks.slabs().get(address);
        return slab != null && slab.owner() == owner;
    }

    @Override
    public long byteSize() {
        return byteSize;
    }

    @Override
    public long liveBytes() {
        return liveBytes;
    }

    @Override
    public synchronized void close() {
        if (ended) {
            return;
        }
        ended = true;
        if (isOpen.getAsBoolean()) {
            slabs.forEach(store::evict);
            chosen.forEach(this::reopen);
            chunks.closeExcess();
        }
    }
}
