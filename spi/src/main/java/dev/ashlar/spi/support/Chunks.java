package dev.ashlar.spi.support;

import dev.ashlar.api.Inspectable.Visitor;
import dev.ashlar.spi.MemorySource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The chunks that an allocator has from its source, in which it cuts slabs: runs of units.
 *
 * <h2>Design</h2>
 *
 * <p>A new chunk is a 32nd of what is committed, within bounds: so what is taken ahead stays small in a small heap.
 * Chunks are searched oldest first: old chunks stay full, young ones drain and go back to the source. One unused chunk is
 * kept in any case while the capacity is not 0, so that a load that swings around a border does not take and return it over
 * and over.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Cutting a slab and giving one back is lock-free. Only {@link #grow} and closing a chunk, which move memory from and to
 * the source, take a lock, and only around the list of chunks and the source. A chunk is retired before it is closed: then no
 * slab is cut from it, and a list of chunks that somebody still looks at does no harm.
 *
 * @param <S> slabs
 */
public final class Chunks<S> {

    private static final Logger LOG = LoggerFactory.getLogger(Chunks.class);

    private static final long SMALLEST = 64 * 1024;

    /** Half as much as is committed may be taken ahead while that is no more than this: smaller chunks take more bookkeeping. */
    private static final long SMALL = 128 * 1024;

    private static final long LARGEST = 4 * 1024 * 1024;

    /** A chunk is this part of what is committed: taken ahead at most, half of it on average. */
    private static final int SHARE = 32;

    private final MeteredSource source;
    private final long reserve;
    private final AddressMap<S> slabs = new AddressMap<>(UnitChunk.PAGE);
    private final Object lock = new Object();

    /** Oldest first. Replaced under the lock, never changed. */
    private volatile UnitChunk[] all = {};

    /** The source gave less than wanted when it was asked last, or has not as much left. */
    private volatile boolean scarce;

    /** Guarded by the lock. */
    private boolean closed;

    /** What makes a slab of a run of units. */
    public interface Cutter<S> {
        /**
         * Makes a slab.
         *
         * @param chunk the chunk it lies in
         * @param firstUnit its first unit
         * @param units how many it has
         */
        S cut(UnitChunk chunk, int firstUnit, int units);
    }

    /** What came of {@link #grow}. */
    public enum Growth {
        /** A chunk was taken from the source. */
        DONE,
        /** Another thread had taken one meanwhile. */
        BY_OTHERS
    }

    /**
     * No chunks yet.
     *
     * @param source where they come from
     * @param reserve committed bytes that are not given back while the allocator is open
     */
    public Chunks(MeteredSource source, long reserve) {
        this.source = source;
        this.reserve = reserve;
    }

    /** All chunks, oldest first, as {@link #grow} wants to see them. Not to be changed. */
    public UnitChunk[] all() {
        return all;
    }

    /** Which slab lies at an address: whoever cuts one puts it there, and takes it away before it gives it back. */
    public AddressMap<S> slabs() {
        return slabs;
    }

    /** Whether an address lies in a chunk, whether or not in a slab. Costs time in proportion to the chunks. */
    public boolean hold(long address) {
        for (UnitChunk chunk : all) {
            if (Long.compareUnsigned(address - chunk.address(), chunk.byteSize()) < 0) {
                return true;
            }
        }
        return false;
    }

    /** Whether what one thread frees must be within reach of all, because there may be no more from the source. */
    public boolean areScarce() {
        return scarce;
    }

    /**
     * Cuts a slab of the size that suits, or a smaller one that is still worth it: what is left between other slabs is used
     * up before more memory is taken. Lock-free; costs time in proportion to the chunks.
     *
     * @param slotSize bytes of a slot
     * @param held bytes of all slabs of the class
     * @param cutter makes it
     * @return it, or null if no chunk has room for it
     */
    public @Nullable S cutUpTo(int slotSize, long held, Cutter<S> cutter) {
        return SlabCutting.upTo(all, slotSize, held, cutter);
    }

    /**
     * Cuts a slab of as few units as hold one slot, as a last resort: where a slab was given back, there is room for it.
     * Lock-free.
     *
     * @param slotSize bytes of a slot
     * @param cutter makes it
     * @return it, or null if no chunk has room for it
     */
    public @Nullable S cutSmallest(int slotSize, Cutter<S> cutter) {
        return SlabCutting.smallest(all, slotSize, cutter);
    }

    /**
     * Gives the units of a slab back, and the chunk to the source if it is unused then and need not be kept. Lock-free but
     * for that.
     *
     * @param chunk where the slab lies
     * @param firstUnit its first unit
     * @param units how many it has
     * @param kept bytes that are kept ready elsewhere
     * @param capacity bytes that may be kept ready
     */
    public void giveBack(UnitChunk chunk, int firstUnit, int units, long kept, long capacity) {
        if (chunk.units().give(firstUnit, units) && !mayStay(chunk, kept, capacity)) {
            close(chunk);
        }
    }

    /** Whether a chunk without slabs is kept for the next ones. */
    private boolean mayStay(UnitChunk unused, long kept, long capacity) {
        long unusedBytes = unusedBytes();
        return unusedBytes + kept <= capacity
                || (unusedBytes <= unused.byteSize() && capacity > 0)
                || source.committedBytes() <= reserve;
    }

    private long unusedBytes() {
        long bytes = 0;
        for (UnitChunk chunk : all) {
            if (chunk.units().isUnused()) {
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
     * @return what it took, or null if it got nothing
     */
    public @Nullable Growth grow(int slotSize, UnitChunk[] seen) {
        synchronized (lock) {
            if (all != seen) {
                return Growth.BY_OTHERS;
            }
            long least = smallestFor(slotSize);
            long wanted = Math.max(least, share(source.committedBytes()));
            boolean addedAll = add(wanted);
            scarce = !addedAll || source.limitBytes() - source.committedBytes() < wanted;
            return addedAll || add(least) ? Growth.DONE : null;
        }
    }

    /** How large a new chunk should be. */
    private static long share(long committed) {
        long share = Math.max(committed / SHARE, Math.min(committed / 2, SMALL));
        return Math.min(LARGEST, share / SMALLEST * SMALLEST);
    }

    /**
     * The size of the smallest chunk in which a slab of a class has room.
     *
     * @param slotSize bytes of a slot
     */
    public static long smallestFor(int slotSize) {
        return Math.max(SMALLEST, slotSize);
    }

    private boolean add(long byteSize) {
        MemorySource.Chunk memory = closed ? null : source.take(byteSize, UnitChunk.PAGE);
        if (memory == null) {
            return false;
        }
        UnitChunk chunk = new UnitChunk(memory);
        slabs.cover(chunk.address(), chunk.byteSize());
        UnitChunk[] more = Arrays.copyOf(all, all.length + 1);
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
    public boolean preallocate(long byteSize) {
        synchronized (lock) {
            long left = byteSize;
            while (left > 0) {
                long chunk = Math.max(SMALLEST, Math.min(LARGEST, Long.highestOneBit(left)));
                if (!add(chunk)) {
                    return false;
                }
                left -= chunk;
            }
            return true;
        }
    }

    private void close(UnitChunk chunk) {
        if (chunk.closeIfUnused()) {
            synchronized (lock) {
                slabs.uncover(chunk.address(), chunk.byteSize());
                List<UnitChunk> others = new ArrayList<>(List.of(all));
                others.remove(chunk);
                all = others.toArray(UnitChunk[]::new);
            }
            LOG.debug("gave back a chunk of {} bytes, {} are committed", chunk.byteSize(), source.committedBytes());
        }
    }

    /**
     * Gives unused chunks back to the source that need not be kept. Blocks on the source.
     *
     * @param kept bytes that are kept ready elsewhere
     * @param capacity bytes that may be kept ready
     */
    public void closeWhatIsOver(long kept, long capacity) {
        for (UnitChunk chunk : all) {
            if (chunk.units().isUnused() && !mayStay(chunk, kept, capacity)) {
                close(chunk);
            }
        }
    }

    /** Gives every unused chunk back to the source, beyond the reserve. Blocks on the source. */
    public void trim() {
        trim(reserve);
    }

    /**
     * Gives every unused chunk back to the source.
     *
     * @param least committed bytes to leave
     */
    public void trim(long least) {
        for (UnitChunk chunk : all) {
            if (source.committedBytes() > least) {
                close(chunk);
            }
        }
    }

    /** Gives every chunk back, used or not, and takes no more. For the end of the allocator. */
    public void closeAll() {
        synchronized (lock) {
            closed = true;
            UnitChunk[] last = all;
            all = new UnitChunk[0];
            for (UnitChunk chunk : last) {
                chunk.close();
            }
        }
    }

    /**
     * Calls back for each slab, in order of address within a chunk, and tells a visitor of what lies between them.
     *
     * @param visitor is told of each chunk and of each run of units without a slab
     * @param inspector is told of each slab
     */
    public void inspect(Visitor visitor, Consumer<S> inspector) {
        for (UnitChunk chunk : all) {
            SlabWalk.inspect(chunk, slabs, visitor, inspector);
        }
    }

    /**
     * Calls back for each slab. Costs time in proportion to the units; exact when no thread cuts slabs or gives them back.
     *
     * @param visitor is told of each
     */
    public void forEachSlab(Consumer<S> visitor) {
        for (UnitChunk chunk : all) {
            SlabWalk.forEach(chunk, slabs, visitor);
        }
    }

    /** What chunks and the map of addresses take on the heap, without the slabs. */
    public long metadataBytes() {
        return slabs.metadataBytes() + (long) UnitChunk.METADATA_BYTES * all.length;
    }
}
