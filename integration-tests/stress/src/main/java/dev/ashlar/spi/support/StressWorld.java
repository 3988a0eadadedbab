package dev.ashlar.spi.support;

import dev.ashlar.spi.MemorySource;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.function.Function;

/**
 * A store with one full slab, which fills its only chunk. No thread writes to the memory.
 */
final class StressWorld {

    private static final int CHUNK = 64 * 1024;

    private static final MemorySegment MEMORY = MemorySegment.ofArray(new long[CHUNK / Long.BYTES]);

    private record Memory(MemorySegment memory) implements MemorySource.Chunk {
        @Override
        public void close() {}
    }

    private static final class OneChunk implements MemorySource {
        @Override
        public String name() {
            return "array";
        }

        @Override
        public Chunk take(long byteSize, long byteAlignment) {
            return new Memory(MEMORY);
        }
    }

    final Chunks chunks;
    final SlabStore store;
    final SlabHeap heap;
    final Slab slab;

    /**
     * A store whose slab has one or two slots, all live.
     *
     * @param factory makes the slab
     * @param slots 1 or 2
     */
    StressWorld(Function<Slab.Place, Slab> factory, int slots) {
        MeteredSource source = new MeteredSource(new OneChunk(), CHUNK, () -> 0);
        chunks = new Chunks(source, 0, 0);
        chunks.preallocate(CHUNK);
        store = new SlabStore(factory, SizeClasses.of(PageChunk.PAGE / slots), source, chunks, CHUNK);
        heap = new SlabHeap(store, null);
        slab = Objects.requireNonNull(store.take(0, heap));
        for (int slot = 0; slot < slots; slot++) {
            if (slab.take() != slot) {
                throw new IllegalStateException("fewer slots");
            }
        }
        chunks.all().get(0).runs().take(CHUNK / PageChunk.PAGE - 1);
    }

    /** Releases a slot as the allocator does for a thread that does not own the slab; 1 if it was live. */
    int free(int slot) {
        Slab.Release release = slab.releaseFromOutside(slot);
        if (release == Slab.Release.REFUSED) {
            return 0;
        }
        if (slab.owner() == null) {
            if (release == Slab.Release.PERHAPS_EMPTY) {
                store.settle(slab);
            } else {
                SlabList.noteRoom(slab);
            }
        }
        return 1;
    }

    /** Takes a slot of the slab for another heap, if it is found; 1 if so. */
    int takeWithRoom() {
        SlabHeap other = new SlabHeap(store, null);
        Slab found = store.take(0, other);
        return found == slab && found.owner() == other && found.collect() > 0 && found.take() >= 0 ? 1 : 0;
    }

    /** 1 if the slab has no owner and is empty, or has room and is not found. */
    int isLost() {
        return slab.owner() == null
                        && (slab.isEmpty() || (slab.hasRoom() && store.take(0, new SlabHeap(store, null)) != slab))
                ? 1
                : 0;
    }
}
