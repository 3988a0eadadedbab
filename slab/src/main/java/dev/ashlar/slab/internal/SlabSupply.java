package dev.ashlar.slab.internal;

import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.AddressMap;
import dev.ashlar.spi.support.MeteredSource;
import dev.ashlar.spi.support.SizeClasses;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where heaps get slabs from and give them back: empty slabs that are kept ready, and chunks of which new ones are cut.
 *
 * <h2>Design</h2>
 *
 * <p>Sizes follow the load, because what suits a gigabyte wastes a quarter of a small heap. A new slab has room for a
 * quarter of what its class holds already, and a new chunk for a sixteenth of what is committed, within bounds. So what is
 * taken ahead stays a small share of what is live, and so does the bookkeeping for it.
 *
 * <p>Chunks are searched oldest first: old chunks stay full, young ones drain and go back to the source. One unused chunk
 * is kept in any case while the capacity is not 0, so that a load that swings around a border does not take and return it
 * over and over.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Taking and giving back a slab is lock-free. Only {@link #grow} and closing a chunk, which move memory from and to the
 * source, take a lock, and only around the list of chunks and the source. A chunk is retired before it is closed: then no
 * slab is cut from it, and a list of chunks that somebody still looks at does no harm.
 */
final class SlabSupply {

    private static final Logger LOG = LoggerFactory.getLogger(SlabSupply.class);

    private static final long SMALLEST_CHUNK = 64 * 1024;
    private static final long LARGEST_CHUNK = 4 * 1024 * 1024;

    /** A chunk is this part of what is committed: taken ahead at most, half of it on average. */
    private static final int CHUNK_SHARE = 16;

    /** A slab is this part of what its class holds. */
    private static final int SLAB_SHARE = 4;

    /** Empty slabs of one class, which another cannot use, are at most this part of what is committed. */
    private static final int KEPT_SHARE = 32;

    /** The first slab of a class may be a single unit; more of them would be mostly bookkeeping. */
    private static final long SMALL_SLAB = 16 * 1024;

    /** Slabs need not be larger than this, or than 8 slots, to make cutting one rare. */
    private static final long LARGEST_SLAB = 64 * 1024;

    private static final int MANY_SLOTS = 8;

    /** Two stacks' references and a count of bytes, for each class number that there may be. */
    private static final long METADATA_OF_CLASS = 16;

    private volatile SizeClasses sizeClasses;
    private final MeteredSource source;
    private final long reserve;
    private final EmptySlabs empty;

    /** Slabs without an owner that have room, while memory is scarce. One may have an owner again. */
    private final SlabStacks withRoom;

    private final Object lock = new Object();
    private final AddressMap<Slab> slabs = new AddressMap<>(SlabChunk.PAGE);

    /** Bytes of all slabs of each class. */
    private final AtomicLongArray classBytes;

    /** Oldest first. Replaced under the lock, never changed. */
    private volatile SlabChunk[] chunks = {};

    /**
     * The source gave less than wanted when it was asked last, or has not as much left: what one thread frees must be within
     * reach of all.
     */
    private volatile boolean scarce;

    SlabSupply(SizeClasses sizeClasses, MeteredSource source, long capacity, long reserve) {
        this.sizeClasses = sizeClasses;
        this.source = source;
        this.reserve = reserve;
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

    /** The slab that an address lies in, or null. */
    @Nullable Slab slabAt(long address) {
        return slabs.get(address);
    }

    /** Whether an address lies in a chunk, whether or not in a slab. Costs time in proportion to the chunks. */
    boolean isInChunk(long address) {
        for (SlabChunk chunk : chunks) {
            if (Long.compareUnsigned(address - chunk.address(), chunk.byteSize()) < 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * Takes an empty slab for a heap, without going upstream.
     *
     * @return a slab that the heap owns, or null if the chunks have no room for one that is large enough to be worth it
     */
    @Nullable Slab take(int sizeClass, Heap heap) {
        Slab slab = empty.take(sizeClass);
        if (slab == null) {
            long wanted = wantedFor(sizeClass);
            slab = cut(sizeClass, wanted);
            // What is left between other slabs is used up before more memory is taken.
            for (long less = wanted / 2; slab == null && less >= SMALL_SLAB; less /= 2) {
                slab = cut(sizeClass, less);
            }
        }
        return owned(slab, heap);
    }

    /** How large a new slab of a class should be: a share of what it holds, and while that is little as much again. */
    private long wantedFor(int sizeClass) {
        long held = classBytes.get(sizeClass);
        return Math.min(
                largestFor(sizeClasses.size(sizeClass)), Math.max(held / SLAB_SHARE, Math.min(held, SMALL_SLAB)));
    }

    private static long largestFor(int slotSize) {
        return Math.max(LARGEST_SLAB, (long) MANY_SLOTS * slotSize);
    }

    /** Takes a slab of any size, or one that has some room, as a last resort. */
    @Nullable Slab takeAny(int sizeClass, Heap heap) {
        for (Slab slab = withRoom.pop(sizeClass); slab != null; slab = withRoom.pop(sizeClass)) {
            slab.unmarkShared();
            if (heap.claimWithRoom(slab)) {
                return slab;
            }
        }
        return owned(cut(sizeClass, 0), heap);
    }

    /** Whether a slab that gets room should be {@linkplain #share shared} instead of kept by who frees. */
    boolean isScarce() {
        return scarce;
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

    private @Nullable Slab cut(int sizeClass, long wanted) {
        int slotSize = sizeClasses.size(sizeClass);
        for (SlabChunk chunk : chunks) {
            int units = unitsFor(slotSize, wanted, chunk.unitSize());
            int first = chunk.units().take(units);
            if (first >= 0) {
                Slab slab = new Slab(chunk, first, units, sizeClass, slotSize);
                slabs.put(slab.address, slab.byteSize(), slab);
                classBytes.addAndGet(sizeClass, slab.byteSize());
                return slab;
            }
        }
        return null;
    }

    /**
     * How many units a slab has: room for what is wanted, and a few slots more where that makes the rest behind the last
     * slot smaller. The rest weighs heavier than the slots, because they may be needed and it never is.
     */
    static int unitsFor(int slotSize, long wanted, long unitSize) {
        long largest = Math.min(largestFor(slotSize), UnitSet.MAX_UNITS * unitSize);
        long least = Math.max(1, Math.min(wanted, largest) / slotSize);
        long best = Long.MAX_VALUE;
        long bestUnits = 0;
        for (long slots = least; slots < least + MANY_SLOTS; slots++) {
            long units = (slots * slotSize + unitSize - 1) / unitSize;
            long fitting = units * unitSize / slotSize;
            long rest = units * unitSize - fitting * slotSize;
            long cost = rest * MANY_SLOTS + (fitting - least) * slotSize;
            if (cost < best && units <= UnitSet.MAX_UNITS) {
                best = cost;
                bestUnits = units;
            }
        }
        return (int) bestUnits;
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
        SlabChunk chunk = slab.chunk;
        slabs.remove(slab.address, slab.byteSize());
        classBytes.addAndGet(slab.sizeClass, -slab.byteSize());
        if (chunk.units().give(slab.firstUnit, slab.units) && !mayStay(chunk)) {
            close(chunk);
        }
    }

    /** Whether a chunk without slabs is kept for the next ones. */
    private boolean mayStay(SlabChunk unused) {
        long unusedBytes = 0;
        for (SlabChunk chunk : chunks) {
            if (chunk.units().isUnused()) {
                unusedBytes += chunk.byteSize();
            }
        }
        long capacity = empty.capacity();
        return unusedBytes + empty.keptBytes() <= capacity
                || (unusedBytes <= unused.byteSize() && capacity > 0)
                || source.committedBytes() <= reserve;
    }

    /**
     * Takes a chunk from the source that has room for a slab of a class.
     *
     * @param seen the {@link #chunks()} in which there was no room; if there are others now, nothing is taken
     * @return what it took, or null if it got nothing
     */
    @Nullable Growth grow(int sizeClass, SlabChunk[] seen) {
        synchronized (lock) {
            if (chunks != seen) {
                return Growth.BY_OTHERS;
            }
            long least = smallestChunkFor(sizeClass);
            long share = source.committedBytes() / CHUNK_SHARE / SMALLEST_CHUNK * SMALLEST_CHUNK;
            long wanted = Math.max(least, Math.min(LARGEST_CHUNK, share));
            boolean addedAll = add(wanted);
            scarce = !addedAll || source.limitBytes() - source.committedBytes() < wanted;
            return addedAll || add(least) ? Growth.DONE : null;
        }
    }

    /** What came of {@link #grow}. */
    enum Growth {
        /** A chunk was taken from the source. */
        DONE,
        /** Another thread had taken one meanwhile. */
        BY_OTHERS
    }

    /** The size of the smallest chunk in which a slab of a class has room. */
    long smallestChunkFor(int sizeClass) {
        return Math.max(SMALLEST_CHUNK, sizeClasses.size(sizeClass));
    }

    private boolean add(long byteSize) {
        MemorySource.Chunk memory = source.take(byteSize, SlabChunk.PAGE);
        if (memory == null) {
            return false;
        }
        SlabChunk chunk = new SlabChunk(memory);
        slabs.cover(chunk.address(), chunk.byteSize());
        SlabChunk[] more = Arrays.copyOf(chunks, chunks.length + 1);
        more[chunks.length] = chunk;
        chunks = more;
        LOG.debug("took a chunk of {} bytes, {} are committed", byteSize, source.committedBytes());
        return true;
    }

    /** Takes chunks from the source ahead. */
    boolean preallocate(long byteSize) {
        synchronized (lock) {
            long left = byteSize;
            while (left > 0) {
                long chunk = Math.max(SMALLEST_CHUNK, Math.min(LARGEST_CHUNK, Long.highestOneBit(left)));
                if (!add(chunk)) {
                    return false;
                }
                left -= chunk;
            }
            return true;
        }
    }

    private void close(SlabChunk chunk) {
        if (chunk.closeIfUnused()) {
            synchronized (lock) {
                slabs.uncover(chunk.address(), chunk.byteSize());
                List<SlabChunk> others = new ArrayList<>(List.of(chunks));
                others.remove(chunk);
                chunks = others.toArray(SlabChunk[]::new);
            }
            LOG.debug("gave back a chunk of {} bytes, {} are committed", chunk.byteSize(), source.committedBytes());
        }
    }

    /** Changes how many bytes are kept ready, and gives back what is over. */
    void setCapacity(long capacity) {
        empty.setCapacity(capacity);
        dropWhatIsOver();
        for (SlabChunk chunk : chunks) {
            if (chunk.units().isUnused() && !mayStay(chunk)) {
                close(chunk);
            }
        }
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
        for (SlabChunk chunk : chunks) {
            if (source.committedBytes() > reserve) {
                close(chunk);
            }
        }
    }

    /** Gives every chunk back, used or not. For the end of the allocator. */
    void closeAll() {
        synchronized (lock) {
            SlabChunk[] all = chunks;
            chunks = new SlabChunk[0];
            for (SlabChunk chunk : all) {
                chunk.close();
            }
        }
    }

    SlabChunk[] chunks() {
        return chunks;
    }

    /** Calls back for each slab of a chunk, in order of address. */
    void forEachSlab(SlabChunk chunk, Consumer<Slab> visitor) {
        long end = chunk.address() + chunk.byteSize();
        long address = chunk.address();
        while (address < end) {
            Slab slab = slabs.get(address);
            if (slab != null) {
                visitor.accept(slab);
            }
            address += slab == null ? chunk.unitSize() : slab.byteSize();
        }
    }

    /** What chunks, slabs and the address map take on the heap. */
    long metadataBytes() {
        long[] bytes = {
            slabs.metadataBytes() + sizeClasses.metadataBytes() + METADATA_OF_CLASS * SizeClasses.MAX_CLASSES
        };
        for (SlabChunk chunk : chunks) {
            bytes[0] += SlabChunk.METADATA_BYTES;
            forEachSlab(chunk, slab -> bytes[0] += slab.metadataBytes());
        }
        return bytes[0];
    }
}
