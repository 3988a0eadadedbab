package dev.ashlar.slab.internal;

import dev.ashlar.spi.MemorySource;
import java.lang.foreign.MemorySegment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Memory from the source, cut into units of which slabs are made: a {@link UnitSet} bound to memory.
 *
 * <p>A chunk has up to 64 units of at least a page. So a small chunk has units of a page, and slabs that fit a small heap;
 * a chunk of 4 MiB, which only a large heap has, has units of 64 KiB.
 */
final class SlabChunk {

    private static final Logger LOG = LoggerFactory.getLogger(SlabChunk.class);

    /** The smallest unit, and what chunks are aligned to: a page, which is also the largest alignment of a block. */
    static final int PAGE = 4096;

    /**
     * A chunk and its unit set (80 bytes), and what the source keeps of it: two handles, a segment, an arena with its
     * session and list of resources (220). Estimated for compressed references.
     */
    static final int METADATA_BYTES = 300;

    private final MemorySource.Chunk chunk;
    private final MemorySegment memory;
    private final UnitSet units;
    private final long address;
    private final long byteSize;
    private final long unitSize;
    private volatile boolean retired;

    /** Guarded by this. */
    private boolean closed;

    SlabChunk(MemorySource.Chunk chunk) {
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

    MemorySegment memory() {
        return memory;
    }

    long address() {
        return address;
    }

    long byteSize() {
        return byteSize;
    }

    long unitSize() {
        return unitSize;
    }

    UnitSet units() {
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
