package dev.ashlar.lockfree.internal;

import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.MeteredSource;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory that an allocator has from its source, and what of it has no size class at the moment.
 *
 * <p>Concurrency: taking from the source and closing are done under a lock, which is the one wait there is; keeping and
 * reusing memory is lock-free. Every piece is in {@code all} until somebody closes it, and whoever removes it from there is
 * the one that does; so nothing is lost or closed twice when the allocator is closed while threads are at work.
 */
final class Memory {

    private static final Logger LOG = LoggerFactory.getLogger(LockFreeAllocator.class);

    private final MeteredSource source;
    private final ChunkTable chunks;
    private final Kept kept;
    private final long reserve;
    private final Object lock = new Object();
    private final Set<MemorySource.Chunk> all = ConcurrentHashMap.newKeySet();

    /** Pieces without a size class. */
    private final Queue<MemorySource.Chunk> unused = new ConcurrentLinkedQueue<>();

    /** Pieces that the source could not take back because a foreign call worked on them. */
    private final Queue<MemorySource.Chunk> unclosed = new ConcurrentLinkedQueue<>();

    /** Guarded by the lock. */
    private boolean closed;

    Memory(MeteredSource source, ChunkTable chunks, Kept kept, long reserve) {
        this.source = source;
        this.chunks = chunks;
        this.kept = kept;
        this.reserve = reserve;
    }

    /** What is done under the lock, before memory is taken, when the caller may have been waiting for it. */
    interface Retry {
        /** Whether there is no more need to take memory. */
        boolean isServed();
    }

    /**
     * Takes a piece from the source. Blocks on the source.
     *
     * @param wanted bytes
     * @param least bytes that would do if the source does not give what is wanted
     * @return it, or null if there is no memory, or the caller is served
     */
    MemorySource.@Nullable Chunk take(long wanted, long least, Retry retry) {
        synchronized (lock) {
            if (closed || retry.isServed()) {
                return null;
            }
            MemorySource.Chunk piece = source.take(wanted, Chunk.PAGE);
            if (piece == null && least < wanted) {
                piece = source.take(least, Chunk.PAGE);
            }
            if (piece != null) {
                chunks.cover(piece.memory().address(), piece.memory().byteSize());
                all.add(piece);
                LOG.debug("took a chunk, {} bytes are committed", source.committedBytes());
            }
            return piece;
        }
    }

    /**
     * Takes a piece that has no size class. Lock-free.
     *
     * @param least bytes
     * @return it, or null if none is large enough
     */
    @SuppressWarnings("ModifyCollectionInEnhancedForLoop") // a concurrent queue allows it
    MemorySource.@Nullable Chunk takeUnused(long least) {
        for (MemorySource.Chunk piece : unused) {
            long byteSize = piece.memory().byteSize();
            if (byteSize >= least && unused.remove(piece)) {
                kept.remove(byteSize);
                return piece;
            }
        }
        return null;
    }

    /** Keeps a piece that has no size class any more, or gives it back to the source, as the capacity allows. */
    void giveBack(MemorySource.Chunk piece) {
        if (kept.tryAdd(piece.memory().byteSize())) {
            unused.add(piece);
        } else if (source.committedBytes() <= reserve) {
            keep(piece);
        } else {
            close(piece);
        }
    }

    /** Keeps a piece whatever the capacity. */
    void keep(MemorySource.Chunk piece) {
        kept.add(piece.memory().byteSize());
        unused.add(piece);
    }

    /** Gives unused pieces back to the source until what is kept is within the capacity. */
    void closeWhatIsOver() {
        while (kept.isOver() && source.committedBytes() > reserve && closeOneUnused()) {}
    }

    /**
     * Gives unused pieces back to the source.
     *
     * @param least committed bytes to leave
     */
    void closeUnused(long least) {
        for (int i = unclosed.size(); i > 0; i--) {
            MemorySource.Chunk piece = unclosed.poll();
            if (piece != null) {
                close(piece);
            }
        }
        while (source.committedBytes() > least && closeOneUnused()) {}
    }

    private boolean closeOneUnused() {
        MemorySource.Chunk piece = unused.poll();
        if (piece != null) {
            kept.remove(piece.memory().byteSize());
            close(piece);
        }
        return piece != null;
    }

    private void close(MemorySource.Chunk piece) {
        if (!all.remove(piece)) {
            return;
        }
        long address = piece.memory().address();
        long byteSize = piece.memory().byteSize();
        try {
            piece.close();
        } catch (IllegalStateException e) {
            LOG.warn("A chunk cannot be given back now: a foreign call works on it", e);
            all.add(piece);
            unclosed.add(piece);
            return;
        }
        chunks.uncover(address, byteSize);
        LOG.debug("gave back a chunk, {} bytes are committed", source.committedBytes());
    }

    /** Gives everything back, used or not. For the end of the allocator. */
    void closeAll() {
        synchronized (lock) {
            closed = true;
        }
        List.copyOf(all).forEach(this::close);
    }

    /** Whether an address lies in memory that is held. Costs time in proportion to the pieces. */
    boolean holds(long address) {
        for (MemorySource.Chunk piece : all) {
            long start = piece.memory().address();
            if (Long.compareUnsigned(address - start, piece.memory().byteSize()) < 0) {
                return true;
            }
        }
        return false;
    }

    /** Calls back for each piece that has no size class. */
    void forEachUnused(Consumer<MemorySource.Chunk> visitor) {
        unused.forEach(visitor);
        unclosed.forEach(visitor);
    }

    long reserve() {
        return reserve;
    }
}
