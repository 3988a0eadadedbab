package dev.ashlar.spi.support;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The slabs of all classes. It cuts them from {@link Chunks}, keeps slabs without an owner where any thread finds them,
 * and retires empty ones.
 *
 * <p>The slabs of a class are in a few shards. A heap has one shard, to which the slabs go that are cut for it, and
 * looks there first. So threads that use their own blocks meet seldom: their frees note room in their own shard, and
 * find it there again. A heap looks into the other shards before it cuts a slab, so no room is lost to it.
 *
 * <p>A slab without live blocks and without an owner is retained for its class, as far as the retained bytes allow.
 * Otherwise its pages go back to the chunk at once, and slabs of any class can be cut from them.
 *
 * <p>Concurrency: lock-free; for any thread.
 */
final class SlabStore {

    /** The free bytes of all heaps may be this part of what is committed, beyond what each heap may always have. */
    private static final int ACTIVE_SHARE = 32;

    /**
     * Shards of a class, a power of two. With two for each processor, two threads that run at the same time seldom have
     * the same one.
     */
    private static final int SHARDS =
            Integer.highestOneBit(Math.clamp(4L * Runtime.getRuntime().availableProcessors() - 1, 1, 16));

    /** An array with a reference to the list of each class. */
    static final long METADATA_OF_SHARD = 32 + 4 * SizeClasses.MAX_CLASSES;

    private final Function<Slab.Place, Slab> factory;
    private final Slab none;
    private final MeteredSource source;
    private final Chunks chunks;
    private final AddressMap<Extent> map;
    private final long threadBytes;
    private volatile SizeClasses sizeClasses;

    private volatile long mostFree;

    /** The lists of each shard, by class number; made when they are first used, as each list is. */
    private final AtomicReferenceArray<@Nullable AtomicReferenceArray<@Nullable SlabList>> shards =
            new AtomicReferenceArray<>(SHARDS);

    /** How often a heap has got a shard. */
    private final AtomicInteger shardsGiven = new AtomicInteger();

    /** The number of heaps. */
    private final AtomicInteger heaps = new AtomicInteger();

    /**
     * A store without slabs.
     *
     * @param threadBytes bytes that may always be free in the slabs of a heap
     */
    SlabStore(
            Function<Slab.Place, Slab> factory,
            SizeClasses sizeClasses,
            MeteredSource source,
            Chunks chunks,
            long threadBytes) {
        this.factory = factory;
        this.none = factory.apply(Slab.Place.NONE);
        this.sizeClasses = sizeClasses;
        this.source = source;
        this.chunks = chunks;
        this.map = chunks.map();
        this.threadBytes = threadBytes;
        this.mostFree = threadBytes;
    }

    /** The slab without slots, which a heap uses until it has an active slab. */
    Slab none() {
        return none;
    }

    SizeClasses sizeClasses() {
        return sizeClasses;
    }

    /** Rounds new blocks up to other sizes. The class numbers of all former tables stay the same. */
    synchronized void useSizeClasses(int... sizes) {
        sizeClasses = sizeClasses.replacedBy(sizes);
    }

    /** How many bytes may be free in the slabs of a heap. */
    long mostFree() {
        return mostFree;
    }

    /** Adapts {@link #mostFree} to the bytes that are committed now. */
    void adapt() {
        mostFree = threadBytes + source.committedBytes() / ACTIVE_SHARE / Math.max(1, heaps.get());
    }

    /** A heap was added, or with -1 removed. */
    void countHeaps(int change) {
        heaps.addAndGet(change);
        adapt();
    }

    /** A shard for a new heap: the next one in turn. */
    int nextShard() {
        return shardsGiven.getAndIncrement() & (SHARDS - 1);
    }

    private @Nullable SlabList listOrNull(int sizeClass, int shard) {
        AtomicReferenceArray<@Nullable SlabList> lists = shards.get(shard & (SHARDS - 1));
        return lists == null ? null : lists.get(sizeClass);
    }

    private SlabList list(int sizeClass, int shard) {
        AtomicReferenceArray<@Nullable SlabList> lists = shards.get(shard);
        if (lists == null) {
            shards.compareAndSet(shard, null, new AtomicReferenceArray<>(SizeClasses.MAX_CLASSES));
            return list(sizeClass, shard);
        }
        SlabList list = lists.get(sizeClass);
        if (list == null) {
            lists.compareAndSet(sizeClass, null, new SlabList());
            return list(sizeClass, shard);
        }
        return list;
    }

    private List<SlabList> allLists() {
        List<SlabList> all = new ArrayList<>();
        for (int shard = 0; shard < SHARDS; shard++) {
            for (int sizeClass = 0; sizeClass < SizeClasses.MAX_CLASSES && shards.get(shard) != null; sizeClass++) {
                SlabList list = listOrNull(sizeClass, shard);
                if (list != null) {
                    all.add(list);
                }
            }
        }
        return all;
    }

    /** Bytes of all slabs of a class. */
    private long byteSize(int sizeClass) {
        long bytes = 0;
        for (int shard = 0; shard < SHARDS; shard++) {
            SlabList list = listOrNull(sizeClass, shard);
            bytes += list == null ? 0 : list.byteSize();
        }
        return bytes;
    }

    /**
     * Takes a slab for a heap without going upstream: a slab with room, then a retained empty one, then a new one. The
     * heap's own shard comes first, then the others. The slab of a shard that got room last is taken last. If another
     * thread is freeing its blocks just now, both threads would write to the same cache line.
     *
     * @return a slab that the heap owns, or null if the chunks have no room for one of a reasonable size
     */
    @Nullable Slab take(int sizeClass, SlabHeap heap) {
        for (int i = 0; i < SHARDS; i++) {
            SlabList list = listOrNull(sizeClass, heap.shard + i);
            Slab slab = list == null ? null : take(list, heap);
            if (slab != null) {
                return slab;
            }
        }
        return cut(sizeClass, heap);
    }

    private @Nullable Slab take(SlabList list, SlabHeap heap) {
        Slab slab = list.takeWithRoom(heap, false);
        if (slab != null) {
            return slab;
        }
        slab = list.takeRetained(heap);
        if (slab != null) {
            chunks.unretainSlab(slab.byteSize());
            return slab;
        }
        return list.takeWithRoom(heap, true);
    }

    /** Cuts a slab of the size for its class, or the largest reasonable one that fits between others. */
    private @Nullable Slab cut(int sizeClass, SlabHeap heap) {
        int slotSize = sizeClasses.size(sizeClass);
        long held = byteSize(sizeClass);
        int pages = SlabSizes.pages(slotSize, held, source.committedBytes(), mostFree());
        Slab slab = cut(sizeClass, slotSize, pages, heap);
        int least = SlabSizes.leastPagesInHole(slotSize, pages);
        for (int fewer = pages - 1; slab == null && fewer >= least; fewer--) {
            if (SlabSizes.fill(fewer, slotSize)) {
                slab = cut(sizeClass, slotSize, fewer, heap);
            }
        }
        return slab;
    }

    /** Cuts a slab of the fewest pages that hold one slot. */
    @Nullable Slab cutSmallest(int sizeClass, SlabHeap heap) {
        int slotSize = sizeClasses.size(sizeClass);
        return cut(sizeClass, slotSize, SlabSizes.leastPages(slotSize), heap);
    }

    private @Nullable Slab cut(int sizeClass, int slotSize, int pages, SlabHeap heap) {
        Slab.Place place = chunks.take(pages, sizeClass, slotSize);
        if (place == null) {
            return null;
        }
        Slab slab = factory.apply(place);
        slab.claim(heap);
        list(sizeClass, heap.shard).add(slab);
        map.put(slab.address, slab.byteSize(), slab);
        return slab;
    }

    /**
     * A slab of another class in which a request fits, for a request that would be refused otherwise.
     *
     * @return a slab with room that the heap owns and must disown, or null
     */
    @Nullable Slab takeLarger(long byteSize, long byteAlignment, SlabHeap heap) {
        SizeClasses classes = sizeClasses;
        int tried = 0;
        while (true) {
            int closest = -1;
            for (int i = 0; i < classes.count(); i++) {
                int slotSize = classes.size(i);
                if (slotSize >= byteSize
                        && slotSize > tried
                        && slotSize % byteAlignment == 0
                        && byteSize(i) > 0
                        && (closest < 0 || slotSize < classes.size(closest))) {
                    closest = i;
                }
            }
            if (closest < 0) {
                return null;
            }
            for (int shard = 0; shard < SHARDS; shard++) {
                SlabList list = listOrNull(closest, shard);
                Slab slab = list == null ? null : takeWithRoom(list, heap);
                if (slab != null) {
                    return slab;
                }
            }
            tried = classes.size(closest);
        }
    }

    private @Nullable Slab takeWithRoom(SlabList list, SlabHeap heap) {
        for (Slab slab = list.takeWithRoom(heap, true); slab != null; slab = list.takeWithRoom(heap, true)) {
            if (slab.collect() > 0) {
                return slab;
            }
            disown(slab);
        }
        return null;
    }

    /** Ends a heap's ownership of a slab. Others find the slab then if it has room. For the owner. */
    void disown(Slab slab) {
        slab.disown();
        settle(slab);
    }

    /**
     * Puts a slab without an owner into its list, or retains or retires it. For a thread that released a slot of it, or
     * disowned it.
     */
    void settle(Slab slab) {
        if (slab.hasRoom()) {
            if (slab.isEmpty()) {
                retire(slab);
            } else {
                SlabList.noteRoom(slab);
            }
        }
    }

    /** Retires or retains a slab that was seen to be empty and without an owner. */
    private void retire(Slab slab) {
        if (!slab.claim(SlabHeap.RETIRED)) {
            return; // the thread that claimed it will do this
        }
        if (!slab.isEmpty()) { // the slab was used meanwhile
            disown(slab);
        } else if (chunks.retainSlab(slab.byteSize())) {
            slab.retain();
            SlabList.noteRetained(slab);
        } else {
            dissolve(slab);
        }
    }

    /** Ends a heap's ownership of a slab, and retires it at once if it is empty. For the owner. */
    void evict(Slab slab) {
        if (slab.isEmpty()) {
            dissolve(slab); // the owner stays, so nobody claims it
        } else {
            disown(slab);
        }
    }

    /** Gives the pages of a retired slab back to their chunk. */
    private void dissolve(Slab slab) {
        map.put(slab.address, slab.byteSize(), slab.chunk());
        SlabList.remove(slab);
        chunks.give(slab.chunk(), slab.firstPage(), slab.pages);
    }

    /** Gives the pages of all retained slabs back to their chunks; false if there was none. */
    boolean dissolveRetained() {
        if (!chunks.retainsSlabs()) {
            return false;
        }
        boolean any = false;
        for (SlabList list : allLists()) {
            for (Slab slab = list.takeRetained(SlabHeap.RETIRED);
                    slab != null;
                    slab = list.takeRetained(SlabHeap.RETIRED)) {
                chunks.unretainSlab(slab.byteSize());
                dissolve(slab);
                any = true;
            }
        }
        return any;
    }

    /** Heap memory of slabs, their lists, chunks and the address map. Costs time in proportion to the slabs. */
    long metadataBytes() {
        long bytes = chunks.metadataBytes() + sizeClasses.metadataBytes();
        for (int shard = 0; shard < SHARDS; shard++) {
            bytes += shards.get(shard) == null ? 0 : METADATA_OF_SHARD;
        }
        for (SlabList list : allLists()) {
            bytes += list.metadataBytes();
        }
        return bytes;
    }
}
