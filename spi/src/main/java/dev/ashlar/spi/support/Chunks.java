package dev.ashlar.spi.support;

import dev.ashlar.spi.MemorySource;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The chunks that an allocator has from its source, and how much memory without live blocks it retains.
 *
 * <h2>Design</h2>
 *
 * <p>A new chunk is a 32nd of what is committed, within bounds: so what is taken ahead stays small in a small heap.
 * Chunks are searched oldest first: old chunks stay full, young ones drain and go back to the source.
 *
 * <p>Two things are retained for later: unused chunks here, and empty slabs, which {@link SlabStore} counts by {@link
 * #retainSlab}. Together they are bounded by the retained bytes. One unused chunk is kept in any case while these are
 * not 0, so that a load that swings around a border does not take and return it over and over.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Taking pages and giving them back is lock-free. Only {@link #grow} and closing a chunk, which move memory from and
 * to the source, take a lock, and only around the list of chunks and the source. A chunk is retired before it is
 * closed: then no page is taken from it, and a list of chunks that another thread still looks at does no harm. A thread
 * that gives pages back does not close a chunk, it only notes that one may be closed: the thread may hold a heap that
 * others could use meanwhile, and calls {@link #closeExcess} when it does not any more.
 */
final class Chunks {

    private static final Logger LOG = LoggerFactory.getLogger(Chunks.class);

    private static final long SMALLEST = 64 * 1024;

    /**
     * Half as much as is committed may be taken ahead while that is no more than this: smaller chunks take more
     * bookkeeping.
     */
    private static final long SMALL = 256 * 1024;

    private static final long LARGEST = 4 * 1024 * 1024;

    /** A chunk is this part of what is committed: taken ahead at most, half of it on average. */
    private static final int SHARE = 64;

    /** Empty slabs, which only their class can use, are at most this part of what is committed. */
    private static final int SLAB_SHARE = 32;

    /** So much of them may be retained in any case: in a small heap cutting slabs anew would be most of the work. */
    private static final long FEW_SLABS = 64 * 1024;

    /** What came of {@link #grow}. */
    enum Growth {
        /** A chunk was taken from the source. */
        DONE,
        /** Another thread had taken one meanwhile. */
        BY_OTHERS,
        /** The source has no more, or the limit is reached. */
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

    /** A chunk is unused, and it may be more than is to be retained. */
    private volatile boolean hasExcess;

    /** Guarded by the lock. */
    private boolean closed;

    /**
     * No chunks yet.
     *
     * @param source where they come from
     * @param retained bytes without live blocks that are retained
     * @param reserve committed bytes that are not given back while the allocator is open
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

    /** Which slab lies at an address. Pages of chunks are covered. */
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

    /** Counts an empty slab as retained; false if that would be too much. */
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

    /** Gives unused chunks back to the source that need not be retained. Blocks on the source if there are any. */
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
                || (unusedBytes <= unused.byteSize() && retained > 0)
                || source.committedBytes() - unused.byteSize() < reserve;
    }

    private long unusedBytes() {
        long bytes = 0;
        for (PageChunk chunk : all) {
            if (chunk.runs().isUnused()) {
                bytes += chunk.byteSize();
            }
        }
        return bytes;
    }

    /**
     * Takes a chunk from the source that has room for a slab of a class. Blocks on the source.
     *
     * @param slotSize bytes of a slot
     * @param seen {@link #all()} as it was when there was no room; if there are others now, nothing is taken
     * @param requestedBytes what the block was asked for with for which the chunk is taken
     */
    Growth grow(int slotSize, PageChunk[] seen, long requestedBytes) {
        synchronized (lock) {
            if (all != seen) {
                return Growth.BY_OTHERS;
            }
            long least = smallestFor(slotSize);
            long wanted = Math.max(least, share(source.committedBytes()));
            return add(wanted, requestedBytes) || add(least, requestedBytes) ? Growth.DONE : Growth.NONE;
        }
    }

    /** How large a new chunk should be. */
    private static long share(long committed) {
        long share = Math.max(committed / SHARE, Math.min(committed / 2, SMALL));
        return Math.min(LARGEST, share / SMALLEST * SMALLEST);
    }

    /** The size of the smallest chunk in which a slab of a class has room. */
    static long smallestFor(int slotSize) {
        return Math.max(SMALLEST, slotSize);
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
     * Takes chunks from the source ahead. Blocks on the source.
     *
     * @param byteSize bytes of all of them together
     * @return false if the source does not give as much
     */
    boolean preallocate(long byteSize) {
        synchronized (lock) {
            long left = byteSize;
            while (left > 0) {
                long chunk = Math.max(SMALLEST, Math.min(LARGEST, Long.highestOneBit(left)));
                if (!add(chunk, 0)) {
                    return false;
                }
                left -= chunk;
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

    /** Gives every unused chunk back to the source, beyond the reserve. Blocks on the source. */
    void trim() {
        for (PageChunk chunk : all) {
            if (source.committedBytes() - chunk.byteSize() >= reserve) {
                close(chunk);
            }
        }
    }

    /**
     * Gives every chunk back, used or not, and takes no more. For the end of the allocator.
     *
     * @throws IllegalStateException if a foreign call works on a chunk. All others are given back; a later call tries
     *     what is left
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

    /** What chunks and the map of addresses take on the heap, without the slabs. */
    long metadataBytes() {
        long bytes = slabs.metadataBytes();
        for (PageChunk chunk : all) {
            bytes += chunk.metadataBytes();
        }
        return bytes;
    }
}
