package dev.ashlar.adaptive.internal;

import static dev.ashlar.adaptive.internal.SharedSource.GRANULE;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Refusal;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.Closing;
import dev.ashlar.spi.support.MeteredSource;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Memory that stays committed and belongs to no sub-allocator. It is preallocated memory, until a trim, and memory that
 * came back while no more than the reserve was committed. Chunks for any sub-allocator are cut from it, first fit,
 * before the source is asked. So it can serve blocks of every size.
 *
 * <p>Concurrency: cutting and returning take a lock. The source is called under it only to return idle memory. If
 * nothing is kept, the lock is not taken.
 */
final class Reserve {

    private static final Logger LOG = LoggerFactory.getLogger(Reserve.class);

    /** The size of a preallocated piece: small, so that a live block does not hold much other memory. */
    private static final long LARGEST = 4 * 1024 * 1024;

    private static final long SMALLEST = 64 * 1024;

    private final MeteredSource source;
    private final long reserveBytes;

    /** The pieces with their free parts. Guarded by this. */
    private final List<Piece> pieces = new ArrayList<>();

    /** Committed bytes that stay: the reserve, and until the first trim the preallocated bytes. */
    private volatile long keptBytes;

    /** Bytes on their way to the source, which still counts them as committed. Guarded by this. */
    private long leavingBytes;

    /**
     * A reserve with its preallocated memory.
     *
     * @param reserveBytes committed bytes that are never returned while the allocator is open
     * @param preallocateBytes the bytes to take now; a rest that is too small for a chunk is not taken
     * @throws AllocationException if the source does not give as much
     */
    Reserve(MeteredSource source, long reserveBytes, long preallocateBytes) {
        this.source = source;
        this.reserveBytes = reserveBytes;
        this.keptBytes = Math.max(reserveBytes, preallocateBytes);
        long left = preallocateBytes;
        for (long byteSize = nextSize(left); byteSize > 0; byteSize = nextSize(left)) {
            MemorySource.Chunk chunk = source.take(byteSize, GRANULE);
            if (chunk == null) {
                Refusal refusal = source.refusal(preallocateBytes, 1, left);
                close();
                throw new AllocationException(refusal);
            }
            pieces.add(new Piece(chunk));
            left -= chunk.takenBytes();
        }
    }

    /** The size of the next piece to take in advance; 0 or less if too little is left for one. */
    private long nextSize(long left) {
        long room = source.limitBytes() - source.committedBytes();
        return left <= 0 ? 0 : source.sizeTaking(Math.min(Math.clamp(left, SMALLEST, LARGEST), room), GRANULE);
    }

    /** A chunk cut from the kept memory, or null if nothing fits. Closing it returns it here. */
    MemorySource.@Nullable Chunk cut(long byteSize, long byteAlignment) {
        if (keptBytes == 0) {
            return null;
        }
        synchronized (this) {
            for (Piece piece : pieces) {
                MemorySource.Chunk cut = piece.cut(this, byteSize, byteAlignment);
                if (cut != null) {
                    return cut;
                }
            }
            return null;
        }
    }

    /** Keeps a returned chunk, or returns it upstream if enough is committed without it. */
    void takeBack(MemorySource.Chunk chunk) {
        long takenBytes = chunk.takenBytes();
        if (keptBytes == 0 || chunk instanceof Cut) {
            chunk.close();
            return;
        }
        synchronized (this) {
            if (source.committedBytes() - leavingBytes - takenBytes < keptBytes) {
                pieces.add(new Piece(chunk));
                return;
            }
            leavingBytes += takenBytes;
        }
        try {
            chunk.close();
        } finally {
            synchronized (this) {
                leavingBytes -= takenBytes;
            }
        }
    }

    /** Committed bytes that stay whether or not they are used. */
    long keptBytes() {
        return keptBytes;
    }

    /** Gives idle pieces back upstream, beyond the reserve. */
    void trim() {
        keptBytes = reserveBytes;
        giveBack(reserveBytes);
    }

    /**
     * Gives idle pieces back upstream.
     *
     * @param least committed bytes to leave
     * @return whether there was one
     */
    synchronized boolean giveBack(long least) {
        boolean any = false;
        for (Iterator<Piece> all = pieces.iterator(); all.hasNext(); ) {
            Piece piece = all.next();
            if (piece.used.isEmpty() && source.committedBytes() - leavingBytes - piece.chunk.takenBytes() >= least) {
                try {
                    piece.chunk.close();
                    all.remove();
                    any = true;
                } catch (RuntimeException e) {
                    LOG.debug("a chunk of the reserve cannot be returned yet", e);
                }
            }
        }
        return any;
    }

    /** Returns all memory upstream that can be returned, used or not, and keeps nothing from now on. */
    synchronized void close() {
        keptBytes = 0;
        Closing.each(pieces, piece -> {
            piece.chunk.close();
            pieces.remove(piece);
        });
    }

    /**
     * A chunk from the source that is kept. Guarded by the reserve.
     *
     * @param used which granules are in use; the last one may be incomplete
     */
    private record Piece(MemorySource.Chunk chunk, MemorySegment memory, BitSet used) {

        Piece(MemorySource.Chunk chunk) {
            this(chunk, chunk.memory(), new BitSet());
        }

        long byteSize() {
            return memory.byteSize();
        }

        @Nullable Cut cut(Reserve reserve, long byteSize, long byteAlignment) {
            int end = 0;
            for (int free = 0; (long) free * GRANULE < byteSize(); free = used.nextClearBit(end)) {
                long address = memory.address() + (long) free * GRANULE;
                int start = free + (int) ((-address & (byteAlignment - 1)) / GRANULE);
                end = used.nextSetBit(free);
                long room = (end < 0 ? byteSize() : (long) end * GRANULE) - (long) start * GRANULE;
                if (byteSize <= room) {
                    used.set(start, start + granules(byteSize));
                    return new Cut(reserve, this, start, memory.asSlice((long) start * GRANULE, byteSize));
                } else if (end < 0) {
                    return null;
                }
            }
            return null;
        }

        private static int granules(long byteSize) {
            return (int) ((byteSize + GRANULE - 1) / GRANULE);
        }
    }

    /** A chunk that is a part of a piece. */
    private record Cut(Reserve reserve, Piece piece, int start, MemorySegment memory) implements MemorySource.Chunk {

        /** {@inheritDoc} Whole granules of the piece; the last one may be incomplete. */
        @Override
        public long takenBytes() {
            long granules = (long) Piece.granules(memory.byteSize()) * GRANULE;
            return Math.min(granules, piece.byteSize() - (long) start * GRANULE);
        }

        @Override
        public void close() {
            synchronized (reserve) {
                piece.used.clear(start, start + Piece.granules(memory.byteSize()));
                reserve.giveBack(reserve.keptBytes);
            }
        }
    }
}
