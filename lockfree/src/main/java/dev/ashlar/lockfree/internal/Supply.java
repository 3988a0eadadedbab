package dev.ashlar.lockfree.internal;

import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.MeteredSource;
import dev.ashlar.spi.support.SizeClasses;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where threads get rounds from and give them back to beyond their own magazines: the depot of each size class, the chunks
 * behind it, and the memory behind these.
 *
 * <h2>Design</h2>
 *
 * <p>A chunk has slots of one class. Its size follows the load: room for a quarter of what its class holds, within bounds.
 * When its last slot comes in, the chunk is retired, and its memory is kept for any class or goes back to the source. So a
 * chunk goes upstream as soon as no slot of it is live or in a magazine; what that costs is a CAS and an addition for each
 * round that goes to a chunk, and nothing for those that stay in magazines.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Lock-free, but for {@link #grow} where it asks the source, and for giving memory back to the source.
 */
final class Supply {

    /** A class that has few blocks should not hold much; smaller than this a chunk would be mostly bookkeeping. */
    private static final long SMALLEST_CHUNK = 16 * 1024;

    /** One round keeps its chunk from going back, so a chunk is small beside a heap that needs many. */
    static final long LARGEST_CHUNK = 1024 * 1024;

    /** A thread may look at all slots of a chunk to find one that is in. */
    private static final int MOST_SLOTS = 16 * 1024;

    /** A chunk is this part of what its class holds. */
    private static final int CHUNK_SHARE = 4;

    /** Memory is not scarce any more when this part of what was committed then has gone back to the source. */
    private static final int ENOUGH_LEFT = 8;

    /** Pieces that are taken ahead: they serve any class, and so should not be large. */
    private static final long AHEAD = 64 * 1024;

    private final SizeClasses sizeClasses;
    private final MeteredSource source;
    private final int magazineRounds;
    private final Kept kept;
    private final Magazines magazines = new Magazines();
    private final ChunkTable chunks = new ChunkTable();
    private final Memory memory;
    private final AtomicReferenceArray<@Nullable Depot> depots;

    /** Bytes of all chunks of each class. */
    private final AtomicLongArray classBytes;

    private final LongAdder misses = new LongAdder();

    /** The source gave nothing a short while ago: what one thread frees must be within reach of all. */
    private volatile boolean scarce;

    /** Committed bytes when the source gave nothing. */
    private volatile long committedWhenRefused;

    Supply(SizeClasses sizeClasses, MeteredSource source, int magazineRounds, long capacity, long reserve) {
        this.sizeClasses = sizeClasses;
        this.source = source;
        this.magazineRounds = magazineRounds;
        kept = new Kept(capacity);
        memory = new Memory(source, chunks, kept, reserve);
        depots = new AtomicReferenceArray<>(sizeClasses.count());
        classBytes = new AtomicLongArray(sizeClasses.count());
    }

    SizeClasses sizeClasses() {
        return sizeClasses;
    }

    ChunkTable chunks() {
        return chunks;
    }

    Memory memory() {
        return memory;
    }

    long capacity() {
        return kept.capacity();
    }

    /** Requests that had to go to the source. */
    long misses() {
        return misses.sum();
    }

    boolean isScarce() {
        return scarce;
    }

    /** The depot of a class. */
    Depot depot(int sizeClass) {
        Depot depot = depots.get(sizeClass);
        if (depot == null) {
            int slotSize = sizeClasses.size(sizeClass);
            MagazineSize size = MagazineSize.of(magazineRounds, slotSize);
            depots.compareAndSet(sizeClass, null, new Depot(slotSize, size, kept, magazines, chunks));
            return depot(sizeClass);
        }
        return depot;
    }

    private void forEachDepot(Consumer<Depot> action) {
        for (int sizeClass = 0; sizeClass < depots.length(); sizeClass++) {
            Depot depot = depots.get(sizeClass);
            if (depot != null) {
                action.accept(depot);
            }
        }
    }

    /**
     * Makes a chunk of unused memory, or of memory from the source.
     *
     * @return a chunk with slots in that the caller holds, or null if there is none to be had
     */
    @Nullable Chunk grow(int sizeClass) {
        long least = smallestChunkFor(sizeClass);
        MemorySource.Chunk piece = memory.takeUnused(least);
        if (piece != null) {
            return cut(piece, sizeClass);
        }
        @Nullable Chunk[] byOthers = new @Nullable Chunk[1];
        piece = memory.take(suitable(sizeClass), least, () -> {
            byOthers[0] = depot(sizeClass).takeChunk();
            return byOthers[0] != null;
        });
        if (piece == null) {
            if (byOthers[0] == null) {
                committedWhenRefused = source.committedBytes();
                scarce = true;
            }
            return byOthers[0];
        }
        scarce = scarce && isAboutWhereRefused(source.committedBytes());
        misses.increment();
        return cut(piece, sizeClass);
    }

    /** Whether the source gives only what came back to it since it gave nothing. */
    private boolean isAboutWhereRefused(long committed) {
        long refusedAt = committedWhenRefused;
        return committed <= refusedAt && committed > refusedAt - refusedAt / ENOUGH_LEFT;
    }

    private long suitable(int sizeClass) {
        long slotSize = sizeClasses.size(sizeClass);
        long wanted = Math.clamp(classBytes.get(sizeClass) / CHUNK_SHARE, SMALLEST_CHUNK, LARGEST_CHUNK);
        return wholePages(Math.clamp(wanted / slotSize, 1, MOST_SLOTS) * slotSize);
    }

    private static long wholePages(long byteSize) {
        return (byteSize + Chunk.PAGE - 1) & -Chunk.PAGE;
    }

    /** The size of the smallest chunk of a class. */
    long smallestChunkFor(int sizeClass) {
        return wholePages(sizeClasses.size(sizeClass));
    }

    private Chunk cut(MemorySource.Chunk piece, int sizeClass) {
        Chunk chunk = new Chunk(piece, chunks.newIndex(), sizeClass, sizeClasses.size(sizeClass));
        classBytes.addAndGet(sizeClass, chunk.byteSize());
        chunks.add(chunk);
        return chunk;
    }

    /** Takes memory from the source ahead. */
    boolean preallocate(long byteSize) {
        for (long left = byteSize; left > 0; left -= AHEAD) {
            long size = wholePages(Math.min(AHEAD, left));
            MemorySource.Chunk piece = memory.take(size, size, () -> false);
            if (piece == null) {
                return false;
            }
            memory.keep(piece);
        }
        return true;
    }

    /** Stops holding a chunk: it goes to the depot if it has a slot in, and away if it has all. For its holder. */
    void letGo(Chunk chunk) {
        dissolveIfWhole(chunk); // also one of which nothing was ever taken
        if (chunk.isRetired()) {
            chunks.recycle(chunk.index);
        } else if (!chunk.letGo()) {
            depot(chunk.sizeClass).keepChunk(chunk);
        }
    }

    /** Puts a cached slot into its chunk. */
    void giveBack(Chunk chunk, int slot) {
        chunk.markIn(slot);
        putIn(chunk, 1);
    }

    /** Empties a magazine into the chunks of its rounds. */
    void empty(Magazine magazine) {
        Chunk last = null;
        int marked = 0;
        while (!magazine.isEmpty()) {
            long round = magazine.take();
            Chunk chunk = chunks.of(round);
            if (chunk != last && last != null) { // neighbours are counted at once
                putIn(last, marked);
                marked = 0;
            }
            chunk.markIn(Chunk.slotOf(round));
            marked++;
            last = chunk;
        }
        if (last != null) {
            putIn(last, marked);
        }
    }

    private void putIn(Chunk chunk, int count) {
        int outcome = chunk.putIn(count);
        if ((outcome & SlotSet.NOW_HELD) != 0) {
            letGo(chunk);
        } else if ((outcome & SlotSet.WHOLE) != 0) {
            dissolveIfWhole(chunk);
        }
    }

    private void dissolveIfWhole(Chunk chunk) {
        if (chunk.retire()) {
            classBytes.addAndGet(chunk.sizeClass, -chunk.byteSize());
            chunks.remove(chunk);
            memory.giveBack(chunk.source());
        }
    }

    /** Takes an empty magazine for one that is full, or partly. */
    Magazine exchangeForEmpty(int sizeClass, Magazine magazine) {
        Depot depot = depot(sizeClass);
        if (!magazine.isEmpty()) {
            if (depot.keepFull(magazine)) {
                return depot.takeEmpty();
            }
            empty(magazine);
        }
        if (magazine.size() == depot.rounds()) {
            return magazine;
        }
        depot.keepEmpty(magazine);
        return depot.takeEmpty();
    }

    /** Takes over the magazines of a thread that has ended. */
    void handBack(int sizeClass, Magazine magazine) {
        Depot depot = depot(sizeClass);
        if (!magazine.isEmpty()) {
            if (depot.keepFull(magazine)) {
                return;
            }
            empty(magazine);
        }
        depot.keepEmpty(magazine);
    }

    /** Empties what depots keep into the chunks. */
    private void drain(Depot depot) {
        for (Magazine magazine = depot.takeFull(); magazine != null; magazine = depot.takeFull()) {
            empty(magazine);
            depot.keepEmpty(magazine);
        }
    }

    /** Changes how many bytes are kept ready, and gives back what is over. */
    void setCapacity(long capacity) {
        kept.setCapacity(capacity);
        memory.closeWhatIsOver();
        forEachDepot(depot -> {
            if (kept.isOver()) {
                drain(depot);
            }
        });
        memory.closeWhatIsOver();
    }

    /**
     * Gives all memory back to the source that is in no chunk with a slot live or in a thread's magazine.
     *
     * @param least committed bytes to leave
     */
    void trim(long least) {
        forEachDepot(depot -> {
            drain(depot);
            depot.forgetRetired();
            depot.dropEmpty();
        });
        memory.closeUnused(least);
    }

    long committedBytes() {
        return source.committedBytes();
    }

    /** What depots, magazines, chunks and tables take on the heap. */
    long metadataBytes() {
        long[] bytes = {
            magazines.metadataBytes() + chunks.metadataBytes() + sizeClasses.metadataBytes() + 12L * sizeClasses.count()
        };
        forEachDepot(depot -> bytes[0] += Depot.metadataBytes());
        return bytes[0];
    }
}
