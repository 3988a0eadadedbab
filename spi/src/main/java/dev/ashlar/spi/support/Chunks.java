package dev.ashlar.spi.support;

import dev.ashlar.spi.MemorySource;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The chunks of an allocator, and how much memory without live blocks it retains.
 *
 * <h2>Design</h2>
 *
 * <p>A new chunk takes 1/64 of the committed bytes, within bounds, so a small heap takes little memory in advance. That
 * includes the padding that the source adds to align the chunk, so chunks can fill a limit exactly. Chunks are searched
 * oldest first, so old chunks stay full, and young ones drain and are returned to the source. A {@link RoomTable} has
 * the chunks, so searching, taking and returning one costs time logarithmic in their number, amortised.
 *
 * <p>Two things are retained: unused chunks here, and empty slabs, which {@link SlabStore} counts by {@link
 * #retainSlab}. The retained bytes bound both together. While they are not 0, one unused chunk is always kept. So a
 * load that varies around a boundary does not take and return a chunk over and over. Unused chunks are in a queue,
 * which is looked through when one more becomes unused. It is as long as the retained bytes allow.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Taking and returning pages is lock-free. Only {@link #grow} and closing a chunk take a lock, because they move
 * memory from and to the source. The lock covers only the list of chunks and the source. A chunk is retired before it
 * is closed. Then no page can be taken from it, and an old table of chunks in another thread does no harm. A thread
 * that returns pages does not close a chunk, because it may hold a heap that others could use meanwhile. It only notes
 * that a chunk may be closed, and calls {@link #closeExcess} when it holds no heap.
 */
final class Chunks {

    private static final Logger LOG = LoggerFactory.getLogger(Chunks.class);

    private static final long SMALLEST = 64 * 1024;

    /**
     * Up to this size a chunk may be half of what is committed: smaller chunks need more bookkeeping.
     */
    private static final long SMALL = 256 * 1024;

    private static final long LARGEST = 4 * 1024 * 1024;

    /** A chunk is this part of what is committed. On average half of it is unused. */
    private static final int SHARE = 64;

    /** Retained empty slabs are at most this part of what is committed, because only their class can use them. */
    private static final int SLAB_SHARE = 32;

    /**
     * This much may always be retained as empty slabs: in a small heap most of the work would be cutting slabs again.
     */
    private static final long FEW_SLABS = 64 * 1024;

    /** The result of {@link #grow}. */
    enum Growth {
        /** A chunk was taken from the source. */
        DONE,
        /** Another thread has taken one meanwhile. */
        BY_OTHERS,
        /** The source has no more memory, or the limit is reached. */
        NONE
    }

    private final MeteredSource source;
    private final long reserve;
    private final AddressMap<Extent> map;
    private final Queue<PageChunk> unused = new ConcurrentLinkedQueue<>();
    private final Object lock = new Object();
    private final AtomicLong slabBytes = new AtomicLong();
    private volatile long retained;

    /** Changed under the lock. */
    private volatile RoomTable<PageChunk> table;

    /** How often a chunk was added or removed. */
    private final AtomicInteger changes = new AtomicInteger();

    /** Set if an unused chunk may be more than is to be retained. */
    private volatile boolean hasExcess;

    /** Guarded by the lock. */
    private boolean closed;

    /**
     * No chunks yet.
     *
     * @param source where they come from
     * @param retained bytes without live blocks that are retained
     * @param reserve committed bytes that are kept while the allocator is open
     */
    Chunks(MeteredSource source, long retained, long reserve) {
        this(source, retained, reserve, RoomTree::new);
    }

    /** For tests, which count what is looked at in the trees. */
    Chunks(MeteredSource source, long retained, long reserve, IntFunction<RoomTree> trees) {
        this.source = source;
        this.retained = retained;
        this.reserve = reserve;
        map = source.map(PageChunk.PAGE);
        table = new RoomTable<>(trees);
    }

    /** All chunks, oldest first. Costs time in proportion to them. */
    List<PageChunk> all() {
        return table.members();
    }

    /** Changes whenever a chunk is added or removed. */
    int changes() {
        return changes.get();
    }

    /**
     * Takes pages for a slab from the oldest chunk that has them. Lock-free.
     *
     * @param pages how many, 1 to {@link PageRuns#LONGEST}
     * @param sizeClass the slab's size class
     * @param slotSize the size of its slots
     * @return where the slab is, or null if no chunk has room
     */
    Slab.@Nullable Place take(int pages, int sizeClass, int slotSize) {
        RoomTable<PageChunk> in = table;
        for (int place = in.next(0, pages); place >= 0; place = in.next(place + 1, pages)) {
            PageChunk chunk = in.at(place);
            int first = chunk == null ? -1 : chunk.take(pages);
            if (chunk != null) {
                in.noteRoom(chunk); // a run that was taken in part and given up again
            }
            if (chunk != null && first >= 0) {
                return new Slab.Place(chunk, first, pages, sizeClass, slotSize);
            }
            in.noteNoRoom(place);
        }
        return null;
    }

    /** Notes that slabs may be cut from a chunk again. */
    void noteRoom(PageChunk chunk) {
        table.noteRoom(chunk);
    }

    /** The map from an address to its slab, or to its chunk where no slab lies. It may have other allocators' too. */
    AddressMap<Extent> map() {
        return map;
    }

    /** The slab of one of these chunks in which an address lies, or null. */
    @Nullable Slab slabAt(long address) {
        return map.get(address) instanceof Slab slab && slab.chunk().isOf(this) ? slab : null;
    }

    /** Whether an address lies in a chunk, whether or not in a slab. One look-up. */
    boolean hold(long address) {
        Extent found = map.get(address);
        Extent chunk = found instanceof Slab slab ? slab.chunk() : found;
        return chunk instanceof PageChunk one && one.isOf(this);
    }

    /** Bytes without live blocks that may be retained. */
    long retainedBytes() {
        return retained;
    }

    /** Changes how many bytes may be retained. Empty slabs that are too many are evicted by the caller. */
    void setRetained(long retained) {
        this.retained = retained;
        hasExcess = true;
    }

    /** Counts an empty slab as retained; false if that would be too many bytes. */
    boolean retainSlab(long byteSize) {
        long most = Math.min(retained, Math.max(FEW_SLABS, source.committedBytes() / SLAB_SHARE));
        if (slabBytes.addAndGet(byteSize) > most) {
            slabBytes.addAndGet(-byteSize);
            return false;
        }
        return true;
    }

    /** An empty slab that was retained is used or evicted. */
    void unretainSlab(long byteSize) {
        slabBytes.addAndGet(-byteSize);
    }

    /** Whether empty slabs are retained. */
    boolean retainsSlabs() {
        return slabBytes.get() > 0;
    }

    /** Gives pages of a chunk back. Lock-free. */
    void give(PageChunk chunk, int firstPage, int pages) {
        if (chunk.runs().give(firstPage, pages)) {
            listAsUnused(chunk);
            hasExcess = true;
        }
        table.noteRoom(chunk);
    }

    private void listAsUnused(PageChunk chunk) {
        if (chunk.enqueue()) {
            unused.add(chunk);
        }
    }

    /** Whether {@link #closeExcess} may have something to do. */
    boolean hasExcess() {
        return hasExcess;
    }

    /** Gives unused chunks that need not be retained back to the source. Waits for the source if there are any. */
    void closeExcess() {
        hasExcess = false;
        List<PageChunk> found = takeUnused();
        long unusedBytes = found.stream().mapToLong(PageChunk::takenBytes).sum();
        for (PageChunk chunk : found) {
            if (!mayStay(chunk, unusedBytes)) {
                unusedBytes -= chunk.takenBytes();
                close(chunk);
            } else {
                listAsUnused(chunk);
            }
        }
    }

    /** Empties the queue of unused chunks, and drops those that are used again. */
    private List<PageChunk> takeUnused() {
        List<PageChunk> found = new ArrayList<>();
        for (PageChunk chunk = unused.poll(); chunk != null; chunk = unused.poll()) {
            chunk.dequeue();
            if (chunk.runs().isUnused()) {
                found.add(chunk);
            }
        }
        return found;
    }

    /** Whether a chunk without slabs is retained for the next ones. */
    private boolean mayStay(PageChunk chunk, long unusedBytes) {
        return unusedBytes + slabBytes.get() <= retained
                || (unusedBytes <= chunk.takenBytes() && retained > 0)
                || source.committedBytes() - chunk.takenBytes() < reserve;
    }

    /**
     * Takes a chunk from the source that has room for a slab of a class. Waits for the source.
     *
     * @param slotSize bytes of a slot
     * @param seen {@link #changes()} when there was no room; if the chunks have changed since, nothing is taken
     * @param requestedBytes the requested bytes of the block for which the chunk is taken
     */
    Growth grow(int slotSize, int seen, long requestedBytes) {
        synchronized (lock) {
            if (changes.get() != seen) {
                return Growth.BY_OTHERS;
            }
            long wanted = Math.max(SMALLEST, share(source.committedBytes()));
            return add(sizeTaking(wanted, slotSize), requestedBytes) || add(smallestSize(slotSize), requestedBytes)
                    ? Growth.DONE
                    : Growth.NONE;
        }
    }

    /** How much a new chunk should take. */
    private static long share(long committed) {
        long share = Math.max(committed / SHARE, Math.min(committed / 2, SMALL));
        return Math.min(LARGEST, share / SMALLEST * SMALLEST);
    }

    /**
     * The size of a chunk that takes some bytes. It takes more if a slab of one slot has no room otherwise, or if much
     * more than the source adds would be left behind the last slot: 3 slots of 64 KiB in what could hold nearly 4.
     */
    private long sizeTaking(long takenBytes, int slotSize) {
        long slab = slabOfOne(slotSize);
        long size = pagesTaking(takenBytes);
        boolean wastes = size % slab - takenBytes % slab > 2 * (takenBytes - size);
        return Math.max(slab, wastes ? takenBytes : size);
    }

    /** The size of the smallest chunk in which a slab of a class has room. */
    private long smallestSize(int slotSize) {
        return Math.max(slabOfOne(slotSize), pagesTaking(SMALLEST));
    }

    private static long slabOfOne(int slotSize) {
        return (long) SlabSizes.leastPages(slotSize) * PageChunk.PAGE;
    }

    /** Whole pages that take no more than some bytes. */
    private long pagesTaking(long takenBytes) {
        return source.sizeTaking(takenBytes, PageChunk.PAGE) & -PageChunk.PAGE;
    }

    /** The bytes that the smallest chunk takes that has room for a slab of a class. */
    long smallestFor(int slotSize) {
        return source.takenBytes(smallestSize(slotSize), PageChunk.PAGE);
    }

    private boolean add(long byteSize, long requestedBytes) {
        MemorySource.Chunk memory = closed ? null : source.take(byteSize, PageChunk.PAGE, requestedBytes);
        if (memory == null) {
            return false;
        }
        PageChunk chunk = new PageChunk(memory);
        chunk.register(this);
        table = table.with(chunk);
        listAsUnused(chunk);
        changes.getAndIncrement();
        LOG.debug("took a chunk of {} bytes, {} are committed", byteSize, source.committedBytes());
        return true;
    }

    /**
     * Takes chunks from the source in advance. Waits for the source.
     *
     * @param byteSize bytes that all of them take together
     * @return false if the source does not give as much
     */
    boolean preallocate(long byteSize) {
        synchronized (lock) {
            long left = byteSize;
            while (left > 0) {
                long room = source.limitBytes() - source.committedBytes();
                long taken = Math.min(room, Math.max(SMALLEST, Math.min(LARGEST, Long.highestOneBit(left))));
                if (taken < PageChunk.PAGE || pagesTaking(taken) <= 0) {
                    return left < byteSize; // the limit has no room for another page
                }
                if (!add(sizeTaking(taken, PageChunk.PAGE), 0)) {
                    return false;
                }
                left -= taken;
            }
            return true;
        }
    }

    /** Returns whether the chunk has gone back to the source. */
    private boolean close(PageChunk chunk) {
        try {
            if (!chunk.closeIfUnused(map)) {
                return false;
            }
        } catch (IllegalStateException e) {
            listAsUnused(chunk);
            table.noteRoom(chunk);
            LOG.warn("A chunk cannot be given back now: a foreign call works on it", e);
            return false; // it is tried again when another chunk is unused, and at a trim
        }
        synchronized (lock) {
            remove(chunk);
        }
        LOG.debug("gave back a chunk of {} bytes, {} are committed", chunk.byteSize(), source.committedBytes());
        return true;
    }

    /** Under the lock. */
    private void remove(PageChunk chunk) {
        map.uncover(chunk.address(), chunk.byteSize());
        table.remove(chunk);
        changes.getAndIncrement();
    }

    /** Gives unused chunks back to the source, beyond the reserve; false if there are none. Waits for the source. */
    boolean trim() {
        boolean any = false;
        for (PageChunk chunk : takeUnused()) {
            if (source.committedBytes() - chunk.takenBytes() >= reserve) {
                any |= close(chunk);
            } else {
                listAsUnused(chunk);
            }
        }
        return any;
    }

    /**
     * Gives every chunk back, used or not, and takes no more. For the close of the allocator.
     *
     * @throws IllegalStateException if a foreign call works on a chunk. All others are returned, and a later call tries
     *     the rest
     */
    void closeAll() {
        synchronized (lock) {
            closed = true;
            Closing.each(all(), chunk -> {
                chunk.unregister(map);
                chunk.close();
                remove(chunk);
            });
        }
    }

    /** The heap memory of chunks and of a map of their own, without the slabs. */
    long metadataBytes() {
        RoomTable<PageChunk> in = table;
        long bytes = (source.isMapShared() ? 0 : map.metadataBytes()) + in.metadataBytes();
        for (PageChunk chunk : in.members()) {
            bytes += chunk.metadataBytes();
        }
        return bytes;
    }
}
