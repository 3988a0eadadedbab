package dev.ashlar.lockfree.internal;

import dev.ashlar.spi.support.UnitChunk;
import java.lang.foreign.MemorySegment;

/** A run of a chunk's units cut into slots of one size class: a {@link SlotSet} bound to memory. */
final class Slab extends SlotSet {

    /** A header and its fields, estimated for compressed references. */
    private static final int METADATA_BYTES = 88;

    /** With this many bits behind the point the quotient is exact for every offset that a slab can have. */
    private static final int RECIPROCAL_SHIFT = 44;

    /** Its place in the table of slabs. */
    final int index;

    final int slotSize;
    final long address;

    /** The memory of its chunk: at hand, because every block is a slice of it. */
    final MemorySegment memory;

    private final long offset;
    private final long reciprocal;
    private final UnitChunk chunk;
    final short sizeClass;
    private final byte firstUnit;
    private final byte units;

    Slab(UnitChunk chunk, int firstUnit, int units, int index, int sizeClass, int slotSize) {
        super((int) (units * chunk.unitSize() / slotSize));
        this.chunk = chunk;
        this.firstUnit = (byte) firstUnit;
        this.units = (byte) units;
        this.memory = chunk.memory();
        this.offset = firstUnit * chunk.unitSize();
        this.address = chunk.address() + offset;
        this.index = index;
        this.sizeClass = (short) sizeClass;
        this.slotSize = slotSize;
        this.reciprocal = (1L << RECIPROCAL_SHIFT) / slotSize + 1;
    }

    /** The chunk it lies in. */
    UnitChunk chunk() {
        return chunk;
    }

    int firstUnit() {
        return firstUnit;
    }

    int units() {
        return units;
    }

    long byteSize() {
        return units * chunk.unitSize();
    }

    /** The upper half of its rounds. A round is a slot of a slab as one long. */
    long tag() {
        return (long) index << Integer.SIZE;
    }

    /** Which slab of the table a round is of. */
    static int indexOf(long round) {
        return (int) (round >>> Integer.SIZE);
    }

    /** Which slot of its slab a round is. */
    static int slotOf(long round) {
        return (int) round;
    }

    /** Where a slot starts in the memory. */
    long offsetOf(int slot) {
        return offset + (long) slot * slotSize;
    }

    /** Where a slot starts. */
    long addressOf(int slot) {
        return address + (long) slot * slotSize;
    }

    /**
     * The slot that starts at an address, or -1 if none does.
     *
     * <p>The division is a multiplication with the reciprocal, rounded up (Granlund and Montgomery, <i>Division by
     * Invariant Integers using Multiplication</i>, 1994). That is at most 2^-44 too large, so a quotient of an offset below
     * 2^27 is less than 2^-17 too large, and the next whole number is 1/slotSize away, at least 2^-16.
     *
     * @param blockAddress an address in the slab
     */
    int slotAt(long blockAddress) {
        long distance = blockAddress - address;
        int slot = (int) ((distance * reciprocal) >>> RECIPROCAL_SHIFT);
        return (long) slot * slotSize == distance && slot < slots() ? slot : -1;
    }

    /** The slot that an address in the slab lies in, or would if the slab did not end before. */
    int slotAround(long blockAddress) {
        return (int) ((blockAddress - address) / slotSize);
    }

    /** Whether a block of another size may stay in its slot: it fits, and needs at least half of it. */
    boolean canHold(long byteSize) {
        return byteSize <= slotSize && byteSize >= slotSize / 2;
    }

    /** What this slab's bookkeeping takes on the heap. */
    long metadataBytes() {
        return METADATA_BYTES + placesBytes();
    }
}
