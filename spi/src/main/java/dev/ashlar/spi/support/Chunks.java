package dev.ashlar.spi.support;

import dev.ashlar.spi.MemorySource;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The chunks of an allocator, and how much memory without live blocks it retains.
 *
 * <h2>Design</h2>
 *
 * <p>A new chunk takes 1/64 of the committed bytes, within bounds, so a small heap takes little memory in advance. That
 * includes the padding that the source adds to align the chunk, so chunks can fill a limit exactly. Chunks are searched
 * oldest first, so old chunks stay full, and young ones drain and are returned to the source.
 *
 * <p>Two things are retained: unused chunks here, and empty slabs, which {@link SlabStore} counts by {@link
 * #retainSlab}. The retained bytes bound both together. While they are not 0, one unused chunk is always kept. So a
 * load that varies around a boundary does not take and return a chunk over and over.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Taking and returning pages is lock-free. Only {@link #grow} and closing a chunk take a lock, because they move
 * memory from and to the source. The lock covers only the list of chunks and the source. A chunk is retired before it
 * is closed. Then no page can be taken from it, and an old list of chunks in another thread does no harm. A thread that
 * returns pages does not close a chunk, because it may hold a heap that others could use meanwhile. It only notes that
 * a chunk may be closed, and calls {@link #closeExcess} when it holds no heap.
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
    private final AddressMap<Slab> slabs = new AddressMap<>(PageChunk.PAGE);
    private final Object lock = new Object();
    private final AtomicLong slabBytes = new AtomicLong();
    private volatile long retained;

    /** Oldest first. Replaced under the lock, never changed. */
    private volatile PageChunk[] all = {};

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
        this.source = source;
        this.retained = retained;
        this.reserve = reserve;
    }

    /** All chunks, oldest first. Not to be changed. */
    PageChunk[] all() {
        return all;
    }

    /** The map from an address to its slab. All pages of chunks are covered. */
    AddressMap<Slab> slabs() {
        return slabs;
    }

    /** Whether an address lies in a chunk, whether or not in a slab. Costs time in proportion to the chunks. */
    boolean hold(long address) {
        for (PageChunk chunk : all) {
            if (Long.compareUnsigned(address - chunk.address(), chunk.byteSize()) < 0) {
                return true;
            }
        }
        return false;
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
            hasExcess = true;
        }
    }

    /** Whether {@link #closeExcess} may have something to do. */
    boolean hasExcess() {
        return hasExcess;
    }

    /** Gives unused chunks that need not be retained back to the source. Waits for the source if there are any. */
    void closeExcess() {
        hasExcess = false;
        for (PageChunk chunk : all) {
            if (chunk.runs().isUnused() && !mayStay(chunk)) {
                close(chunk);
            }
        }
    }

    /** Whether a chunk without slabs is retained for the next ones. */
    private boolean mayStay(PageChunk unused) {
        long unusedBytes = unusedBytes();
        return unusedBytes + slabBytes.get() <= retained
                || (unusedBytes <= unused.takenBytes() && retained > 0)
                || source.committedBytes() - unused.takenBytes() < reserve;
    }

    private long unusedBytes() {
        long bytes = 0;
        for (PageChunk chunk : all) {
            if (chunk.runs().isUnused()) {
                bytes += chunk.takenBytes();
            }
        }
        return bytes;
    }

    /**
     * Takes a chunk from the source that has room for a slab of a class. Waits for the source.
     *
     * @param slotSize bytes of a slot
     * @param seen {@link #all()} when there was no room; if the chunks have changed since, nothing is taken
     * @param requestedBytes the requested bytes of the block for which the chunk is taken
     */
    Growth grow(int slotSize, PageChunk[] seen, long requestedBytes) {
        synchronized (lock) {
            if (all != seen) {
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
        slabs.cover(chunk.address(), chunk.byteSize());
        PageChunk[] more = Arrays.copyOf(all, all.length + 1);
        more[all.length] = chunk;
        all = more;
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
                long taken = Math.max(SMALLEST, Math.min(LARGEST, Long.highestOneBit(left)));
                if (!add(sizeTaking(taken, PageChunk.PAGE), 0)) {
                    return false;
                }
                left -= taken;
            }
            return true;
        }
    }

    private void close(PageChunk chunk) {
        try {
            if (!chunk.closeIfUnused()) {
                return;
            }
        } catch (IllegalStateException e) {
            LOG.warn("A chunk cannot be given back now: a foreign call works on it", e);
            return; // it is tried again with the next chunk that is unused, and at a trim
        }
        synchronized (lock) {
            remove(chunk);
        }
        LOG.debug("gave back a chunk of {} bytes, {} are committed", chunk.byteSize(), source.committedBytes());
    }

    /** Under the lock. */
    private void remove(PageChunk chunk) {
        slabs.uncover(chunk.address(), chunk.byteSize());
        all = Arrays.stream(all).filter(other -> other != chunk).toArray(PageChunk[]::new);
    }

    /** Gives every unused chunk back to the source, beyond the reserve. Waits for the source. */
    void trim() {
        for (PageChunk chunk : all) {
            if (source.committedBytes() - chunk.takenBytes() >= reserve) {
                close(chunk);
            }
        }
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
            Closing.each(List.of(all), chunk -> {
                chunk.close();
                remove(chunk);
            });
        }
    }

    /** The heap memory of chunks and the address map, without the slabs. */
    long metadataBytes() {
        long bytes = slabs.metadataBytes();
        for (PageChunk chunk : all) {
            bytes += chunk.metadataBytes();
        }
        return bytes;
    }
}
