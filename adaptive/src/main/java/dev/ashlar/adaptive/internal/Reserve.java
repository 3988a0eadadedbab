package dev.ashlar.adaptive.internal;

import static dev.ashlar.adaptive.internal.SharedSource.GRANULE;

import dev.ashlar.api.AllocationException;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.Closing;
import dev.ashlar.spi.support.MeteredSource;
import dev.ashlar.spi.support.RoomTable;
import dev.ashlar.spi.support.RoomTree;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Iterator;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Memory that stays committed and belongs to no sub-allocator. It is preallocated memory, until a trim, and memory that
 * came back while no more than the reserve was committed. Chunks for any sub-allocator are cut from it, from the oldest
 * piece with room, before the source is asked. So it can serve blocks of every size.
 *
 * <p>Cost: a piece with room is found in steps logarithmic in the number of pieces. A piece that can be returned is the
 * smallest idle one.
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

    /** The pieces. Guarded by this, as all below that is not volatile. */
    private RoomTable<Piece> pieces;

    /** The pieces of which nothing is in use, by the bytes that they take. */
    private final NavigableSet<Piece> idle =
            new TreeSet<>(Comparator.comparingLong(Piece::takenBytes).thenComparingLong(Piece::address));

    /** Committed bytes that stay: the reserve, and until the first trim the preallocated bytes. */
    private volatile long keptBytes;

    /** Bytes on their way to the source, which still counts them as committed. */
    private long leavingBytes;

    /**
     * A reserve with its preallocated memory.
     *
     * @param reserveBytes committed bytes that are never returned while the allocator is open
     * @param preallocateBytes the bytes to take now; a rest that is too small for a chunk is not taken
     * @throws AllocationException if the source does not give as much
     */
    Reserve(MeteredSource source, long reserveBytes, long preallocateBytes) {
        this(source, reserveBytes, preallocateBytes, RoomTree::new);
    }

    /** The same for tests that count what is looked at in its trees. */
    Reserve(MeteredSource source, long reserveBytes, long preallocateBytes, IntFunction<RoomTree> trees) {
        this.source = source;
        this.pieces = new RoomTable<>(trees);
        this.reserveBytes = reserveBytes;
        this.keptBytes = Math.max(reserveBytes, preallocateBytes);
        try {
            take(preallocateBytes);
        } catch (RuntimeException | Error e) {
            Closing.after(e, this::close);
            throw e;
        }
    }

    private void take(long preallocateBytes) {
        long left = preallocateBytes;
        for (long byteSize = nextSize(left); byteSize > 0; byteSize = nextSize(left)) {
            MemorySource.Chunk chunk = source.take(byteSize, GRANULE);
            if (chunk == null) {
                throw new AllocationException(source.refusal(preallocateBytes, 1, left));
            }
            add(new Piece(chunk));
            left -= chunk.takenBytes();
        }
    }

    /** The size of the next piece to take in advance; 0 or less if too little is left for one. */
    private long nextSize(long left) {
        long room = source.limitBytes() - source.committedBytes();
        return left <= 0 ? 0 : source.sizeTaking(Math.min(Math.clamp(left, SMALLEST, LARGEST), room), GRANULE);
    }

    private synchronized void add(Piece piece) {
        pieces = pieces.with(piece);
        idle.add(piece);
    }

    /** A chunk cut from the kept memory, or null if nothing fits. Closing it returns it here. */
    MemorySource.@Nullable Chunk cut(long byteSize, long byteAlignment) {
        if (keptBytes == 0) {
            return null;
        }
        synchronized (this) {
            int length = granules(byteSize);
            for (int place = pieces.next(0, length); place >= 0; place = pieces.next(place + 1, length)) {
                Piece piece = Objects.requireNonNull(pieces.at(place), "a place with room has a piece");
                int start = piece.take(byteSize, byteAlignment);
                if (start >= 0) {
                    idle.remove(piece);
                    return new Cut(this, piece, start, piece.memory.asSlice((long) start * GRANULE, byteSize));
                }
                pieces.noteNoRoom(place);
            }
            return null;
        }
    }

    private synchronized void takeBack(Piece piece, int start, int length) {
        piece.free(start, length);
        pieces.noteRoom(piece);
        if (piece.used.isEmpty()) {
            idle.add(piece);
        }
        giveBack(keptBytes);
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
                add(new Piece(chunk));
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
        for (Iterator<Piece> smallest = idle.iterator(); smallest.hasNext(); ) {
            Piece piece = smallest.next();
            if (source.committedBytes() - leavingBytes - piece.takenBytes() < least) {
                break;
            }
            try {
                piece.chunk.close();
                smallest.remove();
                pieces.remove(piece);
                any = true;
            } catch (RuntimeException e) {
                LOG.debug("a chunk of the reserve cannot be returned yet", e);
            }
        }
        return any;
    }

    /** Returns all memory upstream that can be returned, used or not, and keeps nothing from now on. */
    synchronized void close() {
        keptBytes = 0;
        Closing.each(pieces.members(), piece -> {
            piece.chunk.close();
            pieces.remove(piece);
            idle.remove(piece);
        });
    }

    private static int granules(long byteSize) {
        return (int) Math.min(Integer.MAX_VALUE, (byteSize + GRANULE - 1) / GRANULE);
    }

    /** A chunk from the source that is kept. Guarded by the reserve. */
    private static final class Piece extends RoomTable.Member {

        private final MemorySource.Chunk chunk;
        private final MemorySegment memory;

        /** Which granules are in use; the last granule may be incomplete. */
        private final BitSet used = new BitSet();

        /** No run of free granules is longer. */
        private int longest;

        Piece(MemorySource.Chunk chunk) {
            this.chunk = chunk;
            memory = chunk.memory();
            longest = granules(memory.byteSize());
        }

        long takenBytes() {
            return chunk.takenBytes();
        }

        long address() {
            return memory.address();
        }

        @Override
        protected int room() {
            return longest;
        }

        /** Takes the first run that is long enough; returns its first granule, or -1. */
        int take(long byteSize, long byteAlignment) {
            int seen = 0;
            for (int free = used.nextClearBit(0); (long) free * GRANULE < memory.byteSize(); ) {
                int end = used.nextSetBit(free);
                long endByte = end < 0 ? memory.byteSize() : (long) end * GRANULE;
                long address = memory.address() + (long) free * GRANULE;
                int start = free + (int) ((-address & (byteAlignment - 1)) / GRANULE);
                if (byteSize <= endByte - (long) start * GRANULE) {
                    used.set(start, start + granules(byteSize));
                    return start;
                }
                seen = Math.max(seen, granules(endByte) - free);
                if (end < 0) {
                    break;
                }
                free = used.nextClearBit(end);
            }
            longest = seen; // all runs were looked at
            return -1;
        }

        void free(int start, int length) {
            used.clear(start, start + length);
            int end = used.nextSetBit(start);
            int run = (end < 0 ? granules(memory.byteSize()) : end) - (used.previousSetBit(start) + 1);
            longest = Math.max(longest, run);
        }
    }

    /** A chunk that is a part of a piece. */
    private record Cut(Reserve reserve, Piece piece, int start, MemorySegment memory) implements MemorySource.Chunk {

        /** {@inheritDoc} Whole granules of the piece; the last one may be incomplete. */
        @Override
        public long takenBytes() {
            long bytes = (long) granules(memory.byteSize()) * GRANULE;
            return Math.min(bytes, piece.memory.byteSize() - (long) start * GRANULE);
        }

        @Override
        public void close() {
            reserve.takeBack(piece, start, granules(memory.byteSize()));
        }
    }
}
