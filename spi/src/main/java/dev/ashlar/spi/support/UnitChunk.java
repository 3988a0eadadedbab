package dev.ashlar.spi.support;

import dev.ashlar.spi.MemorySource;
import java.lang.foreign.MemorySegment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Memory from the source, cut into units of which slabs are made: a {@link UnitSet} bound to memory.
 *
 * <p>A chunk has up to 64 units of at least a page. So a small chunk has units of a page, and slabs that fit a small heap;
 * a chunk of 4 MiB, which only a large heap has, has units of 64 KiB.
 *
 * <p>Safe for use by many threads: units are taken and given back lock-free, and closing takes a lock.
 */
public final class UnitChunk {

    private static final Logger LOG = LoggerFactory.getLogger(UnitChunk.class);

    /** The smallest unit, and what chunks are aligned to: a page, which is also the largest alignment of a block. */
    public static final int PAGE = 4096;

    /**
     * A chunk and its unit set (80 bytes), and what the source keeps of it: two handles, a segment, an arena with its
     * session and list of resources (220). Estimated for compressed references.
     */
    public static final int METADATA_BYTES = 300;

    private final MemorySource.Chunk chunk;
    private final MemorySegment memory;
    private final UnitSet units;
    private final long address;
    private final long byteSize;
    private final long unitSize;
    private volatile boolean retired;

    /** Guarded by this. */
    private boolean closed;

    /**
     * A chunk with all units free.
     *
     * @param chunk memory from the source, whole pages
     */
    public UnitChunk(MemorySource.Chunk chunk) {
        this.chunk = chunk;
        this.memory = chunk.memory();
        this.address = memory.address();
        this.byteSize = memory.byteSize();
        this.unitSize = unitSizeFor(byteSize);
        this.units = new UnitSet((int) (byteSize / unitSize));
    }

    /** The smallest number of pages that makes at most 64 units of a chunk. */
    private static long unitSizeFor(long byteSize) {
        long pages = byteSize / PAGE;
        return (pages + UnitSet.MAX_UNITS - 1) / UnitSet.MAX_UNITS * PAGE;
    }

    /** All its memory. */
    public MemorySegment memory() {
        return memory;
    }

    /** Where it starts. */
    public long address() {
        return address;
    }

    /** Its size in bytes. */
    public long byteSize() {
        return byteSize;
    }

    /** Bytes of a unit. */
    public long unitSize() {
        return unitSize;
    }

    /** Which units are in use. */
    public UnitSet units() {
        return units;
    }

    /**
     * Gives the memory back to the source if no unit is in use. From then on none can be taken.
     *
     * @return whether it did; false also if another thread does, or if a foreign call works on the memory now, in which
     *     case a later call may succeed
     */
    boolean closeIfUnused() {
        if (units.retire()) {
            retired = true;
        }
        return retired && close();
    }

    /** Gives the memory back to the source, used or not. */
    synchronized boolean close() {
        if (closed) {
            return false;
        }
        try {
            chunk.close();
            closed = true;
        } catch (IllegalStateException e) {
            LOG.warn("A chunk cannot be given back now: a foreign call works on it", e);
        }
        return closed;
    }
}
