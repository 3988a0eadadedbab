package dev.ashlar.slab.internal;

import dev.ashlar.spi.support.AddressMap;
import dev.ashlar.spi.support.Chunks;
import dev.ashlar.spi.support.MeteredSource;
import dev.ashlar.spi.support.SizeClasses;
import dev.ashlar.spi.support.UnitChunk;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * Where heaps get slabs from and give them back: empty slabs that are kept ready, and {@link Chunks chunks} of which new
 * ones are cut.
 *
 * <p>Sizes follow the load: {@link dev.ashlar.spi.support.SlabSizes} says how large a slab is, and {@link Chunks} how large a chunk.
 *
 * <p>Concurrency: taking and giving back a slab is lock-free, unless memory moves from or to the source.
 */
final class SlabSupply {

    /** Empty slabs of one class, which another cannot use, are at most this part of what is committed. */
    private static final int KEPT_SHARE = 32;

    /** Two stacks' references and a count of bytes, for each class number that there may be. */
    private static final long METADATA_OF_CLASS = 16;

    private final AddressMap<Slab> slabs;
    private volatile SizeClasses sizeClasses;
    private final MeteredSource source;
    private final Chunks<Slab> chunks;
    private final EmptySlabs empty;

    /** Slabs without an owner that have room, while memory is scarce. One may have an owner again. */
    private final SlabStacks withRoom;

    /** Bytes of all slabs of each class. */
    private final AtomicLongArray classBytes;

    SlabSupply(SizeClasses sizeClasses, MeteredSource source, long capacity, long reserve) {
        this.sizeClasses = sizeClasses;
        this.source = source;
        this.chunks = new Chunks<>(source, reserve);
        this.slabs = chunks.slabs();
        this.empty = new EmptySlabs(SizeClasses.MAX_CLASSES, capacity);
        this.withRoom = new SlabStacks(SizeClasses.MAX_CLASSES);
        this.classBytes = new AtomicLongArray(SizeClasses.MAX_CLASSES);
    }

    SizeClasses sizeClasses() {
        return sizeClasses;
    }

    /** Rounds new blocks up to other sizes; class numbers of all tables so far stay as they are. */
    synchronized void useSizeClasses(int... sizes) {
        sizeClasses = sizeClasses.replacedBy(sizes);
    }

    long capacity() {
        return empty.capacity();
    }

    /** The memory of which slabs are cut. */
    Chunks<Slab> chunks() {
        return chunks;
    }

    /** The slab that an address lies in, or null. */
    @Nullable Slab slabAt(long address) {
        return slabs.get(address);
    }

    /**
     * Takes an empty slab for a heap, without going upstream.
     *
     * @return a slab that the heap owns, or null if the chunks have no room for one that is large enough to be worth it
     */
    @Nullable Slab take(int sizeClass, Heap heap) {
        Slab slab = empty.take(sizeClass);
        if (slab == null) {
            int slotSize = sizeClasses.size(sizeClass);
            slab = chunks.cutUpTo(slotSize, classBytes.get(sizeClass), cutter(sizeClass, slotSize));
        }
        return owned(slab, heap);
    }

    /** Takes a slab of any size, or one that has some room, as a last resort. */
    @Nullable Slab takeAny(int sizeClass, Heap heap) {
        for (Slab slab = withRoom.pop(sizeClass); slab != null; slab = withRoom.pop(sizeClass)) {
            slab.unmarkShared();
            if (heap.claimWithRoom(slab)) {
                return slab;
            }
        }
        int slotSize = sizeClasses.size(sizeClass);
        return owned(chunks.cutSmallest(slotSize, cutter(sizeClass, slotSize)), heap);
    }

    /** Whether a slab that gets room should be {@linkplain #share shared} instead of kept by who frees. */
    boolean isScarce() {
        return chunks.areScarce();
    }

    /** Lets every thread find a slab that has room and no owner. */
    void share(Slab slab) {
        withRoom.push(slab);
    }

    private static @Nullable Slab owned(@Nullable Slab slab, Heap heap) {
        if (slab != null) {
            slab.passTo(heap);
        }
        return slab;
    }

    private Chunks.Cutter<Slab> cutter(int sizeClass, int slotSize) {
        return (chunk, first, units) -> {
            Slab slab = new Slab(chunk, first, units, sizeClass, slotSize);
            slabs.put(slab.address, slab.byteSize(), slab);
            classBytes.addAndGet(sizeClass, slab.byteSize());
            return slab;
        };
    }

    /** Takes back a slab without live blocks from its owner, to keep it ready or give its memory to the chunk. */
    void giveBack(Slab slab) {
        slab.passTo(Heap.NOBODY);
        if (!empty.keep(slab, source.committedBytes() / KEPT_SHARE)) {
            giveToChunk(slab);
        }
        dropWhatIsOver(); // the capacity may have been lowered meanwhile
    }

    private void giveToChunk(Slab slab) {
        slabs.remove(slab.address, slab.byteSize());
        classBytes.addAndGet(slab.sizeClass(), -slab.byteSize());
        chunks.giveBack(slab.chunk, slab.firstUnit(), slab.units, empty.keptBytes(), empty.capacity());
    }

    /**
     * Takes a chunk from the source that has room for a slab of a class.
     *
     * @param seen the chunks in which there was no room; if there are others now, nothing is taken
     * @return what it took, or null if it got nothing
     */
    Chunks.@Nullable Growth grow(int sizeClass, UnitChunk[] seen) {
        return chunks.grow(sizeClasses.size(sizeClass), seen);
    }

    /** The size of the smallest chunk in which a slab of a class has room. */
    long smallestChunkFor(int sizeClass) {
        return Chunks.smallestFor(sizeClasses.size(sizeClass));
    }

    /** Changes how many bytes are kept ready, and gives back what is over. */
    void setCapacity(long capacity) {
        empty.setCapacity(capacity);
        dropWhatIsOver();
        chunks.closeWhatIsOver(empty.keptBytes(), capacity);
    }

    private void dropWhatIsOver() {
        for (Slab slab = over(); slab != null; slab = over()) {
            giveToChunk(slab);
        }
    }

    private @Nullable Slab over() {
        return empty.isOver() ? empty.takeAny() : null;
    }

    /** Gives the slabs that are kept ready to their chunks, where slabs of any class can be cut from them. */
    boolean dissolveEmptySlabs() {
        boolean any = false;
        for (Slab slab = empty.takeAny(); slab != null; slab = empty.takeAny()) {
            giveToChunk(slab);
            any = true;
        }
        return any;
    }

    /** Gives every unused chunk back to the source, beyond the reserve. */
    void trim() {
        dissolveEmptySlabs();
        chunks.trim();
    }

    /** What chunks, slabs and the address map take on the heap. */
    long metadataBytes() {
        long[] bytes = {
            chunks.metadataBytes() + sizeClasses.metadataBytes() + METADATA_OF_CLASS * SizeClasses.MAX_CLASSES
        };
        chunks.forEachSlab(slab -> bytes[0] += slab.metadataBytes());
        return bytes[0];
    }
}
