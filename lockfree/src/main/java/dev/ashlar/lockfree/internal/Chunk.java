package dev.ashlar.lockfree.internal;

import dev.ashlar.spi.MemorySource;
import java.lang.foreign.MemorySegment;

/** Memory from the source, cut into slots of one size class: a {@link SlotSet} bound to memory. */
final class Chunk extends SlotSet {

    /** What chunks are aligned to and whole multiples of, which is also the largest alignment of a block. */
    static final int PAGE = 4096;

    /**
     * A chunk and its fields (100 bytes), and what the source keeps of it: two handles, a segment, an arena with its
     * session and list of resources (220). Estimated for compressed references.
     */
    private static final int METADATA_BYTES = 320;

    /** With this many bits behind the point the quotient is exact for every offset that a chunk can have. */
    private static final int RECIPROCAL_SHIFT = 44;

    /** Its place in the table of chunks. */
    final int index;

    final int sizeClass;
    final int slotSize;
    final long address;

    /** All its memory: at hand, because every block is a slice of it. */
    final MemorySegment memory;

    private final MemorySource.Chunk source;
    private final long reciprocal;

    Chunk(MemorySource.Chunk source, int index, int sizeClass, int slotSize) {
        super((int) (source.memory().byteSize() / slotSize));
        this.source = source;
        this.memory = source.memory();
        this.address = memory.address();
        this.index = index;
        this.sizeClass = sizeClass;
        this.slotSize = slotSize;
        this.reciprocal = (1L << RECIPROCAL_SHIFT) / slotSize + 1;
    }

    MemorySource.Chunk source() {
        return source;
    }

    long byteSize() {
        return memory.byteSize();
    }

    /** The upper half of its rounds. A round is a slot of a chunk as one long. */
    long tag() {
        return (long) index << Integer.SIZE;
    }

    /** Which chunk of the table a round is of. */
    static int indexOf(long round) {
        return (int) (round >>> Integer.SIZE);
    }

    /** Which slot of its chunk a round is. */
    static int slotOf(long round) {
        return (int) round;
    }

    /** Where a slot starts in the memory. */
    long offsetOf(int slot) {
        return (long) slot * slotSize;
    }

    /** Where a slot starts. */
    long addressOf(int slot) {
        return address + offsetOf(slot);
    }

    /**
     * The slot that starts at an address, or -1 if none does.
     *
     * <p>The division is a multiplication with the reciprocal, rounded up (Granlund and Montgomery, <i>Division by
     * Invariant Integers using Multiplication</i>, 1994). That is at most 2^-44 too large, so a quotient of an offset below
     * 2^27 is less than 2^-17 too large, and the next whole number is 1/slotSize away, at least 2^-16.
     *
     * @param blockAddress an address in the chunk
     */
    int slotAt(long blockAddress) {
        long offset = blockAddress - address;
        int slot = (int) ((offset * reciprocal) >>> RECIPROCAL_SHIFT);
        return offsetOf(slot) == offset && slot < slots() ? slot : -1;
    }

    /** The slot that an address in the chunk lies in, or would if the chunk did not end before. */
    int slotAround(long blockAddress) {
        return (int) ((blockAddress - address) / slotSize);
    }

    /** Whether a block of another size may stay in its slot: it fits, and needs at least half of it. */
    boolean canHold(long byteSize) {
        return byteSize <= slotSize && byteSize >= slotSize / 2;
    }

    /** What this chunk's bookkeeping takes on the heap. */
    long metadataBytes() {
        return METADATA_BYTES + placesBytes();
    }
}
