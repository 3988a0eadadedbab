package dev.ashlar.slab.internal;

import dev.ashlar.spi.support.UnitChunk;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A run of memory cut into slots of one size (Bonwick, The Slab Allocator, USENIX 1994): a {@link SlotSet} bound to its
 * place in a chunk.
 *
 * <h2>Ownership</h2>
 *
 * <p>{@code owner} is the heap that may take and release slots with plain reads and writes. It is null for a full slab,
 * which no heap needs: the next free makes the freeing heap its owner by {@link #claim}. So memory does not gather at a
 * thread that only allocates: its full slabs pass, one CAS each, to the threads that free. It is {@link Heap#NOBODY} for
 * an empty slab that is kept ready, which a block that is freed twice must not revive.
 *
 * <p>Only the owner writes over itself, so a heap that reads itself in {@code owner} stays the owner until it gives the
 * slab up. A heap that gives up a full slab looks again for slots released from outside, and a thread that released one
 * looks again for an owner; both are volatile, so at least one of them sees the other, and claims.
 */
final class Slab extends SlotSet {

    /** A slab without slots: what a heap has in place of an active slab before it has one. */
    static final Slab NONE = new Slab();

    /**
     * What a slab takes on the heap beside its words, with compressed references: header and fields, which leave no
     * byte unused.
     */
    private static final int HEADER_BYTES = 72;

    private static final VarHandle OWNER;
    private static final VarHandle SHARED;

    static {
        try {
            SHARED = MethodHandles.lookup().findVarHandle(Slab.class, "shared", boolean.class);
            OWNER = MethodHandles.lookup().findVarHandle(Slab.class, "owner", Heap.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Where the first slot starts. */
    final long address;

    final int slotSize;

    /** An unsigned byte, as there are {@link dev.ashlar.spi.support.SizeClasses#MAX_CLASSES} at most. */
    private final byte sizeClass;

    /** How many units of its chunk it takes. */
    final byte units;

    /** Which list of its owner it is in. For the owner. */
    byte list;

    final UnitChunk chunk;

    /** Where the slab starts in its chunk: at hand, because every block is a slice of the chunk's memory. */
    private final int offset;

    /** The inverse, modulo 2^64, of the odd part of the slot size. */
    private final long oddInverse;

    private volatile @Nullable Heap owner;

    /** Whether it is among the slabs that {@link SlabSupply#share} lets every thread find. */
    private volatile boolean shared;

    /** When {@code used} falls below this, the slab moves to another list of its owner. For the owner. */
    short lowWater;

    /** Neighbours in that list. For the owner. */
    @Nullable Slab previous;

    @Nullable Slab next;

    Slab(UnitChunk chunk, int firstUnit, int units, int sizeClass, int slotSize) {
        super((int) (units * chunk.unitSize() / slotSize));
        this.chunk = chunk;
        this.units = (byte) units;
        this.sizeClass = (byte) sizeClass;
        this.slotSize = slotSize;
        this.offset = (int) (firstUnit * chunk.unitSize());
        this.address = chunk.address() + offset;
        this.oddInverse = inverse(slotSize >>> evenShift());
    }

    @SuppressWarnings("NullAway") // NONE has no room, and is never asked for more
    private Slab() {
        super(0);
        chunk = null;
        units = 0;
        sizeClass = 0;
        slotSize = 1;
        offset = 0;
        address = 0;
        oddInverse = 1;
    }

    int sizeClass() {
        return Byte.toUnsignedInt(sizeClass);
    }

    /** The first unit of its chunk that it takes. */
    int firstUnit() {
        return (int) (offset / chunk.unitSize());
    }

    long byteSize() {
        return units * chunk.unitSize();
    }

    /** Where a slot starts. */
    long addressOf(int slot) {
        return address + (long) slot * slotSize;
    }

    /** The memory that the slab is a part of. */
    MemorySegment memory() {
        return chunk.memory();
    }

    /** Where a slot starts in that memory. */
    long offsetOf(int slot) {
        return offset + (long) slot * slotSize;
    }

    /** Whether a block of another size may stay in its slot: it fits, and needs at least half of it. */
    boolean canHold(long byteSize) {
        return byteSize <= slotSize && byteSize >= slotSize / 2;
    }

    /**
     * The slot that starts at an address.
     *
     * <p>This divides, and finds out that the division is exact and the slot exists, with one multiplication and one
     * comparison (Granlund and Montgomery, <i>Division by Invariant Integers using Multiplication</i>, 1994, section 9): of
     * a multiple of the slot size the product is the quotient, times a power of two that the rotation takes away; of
     * anything else, it is larger than any quotient can be.
     *
     * @param blockAddress any address
     * @return the slot, or -1 if none starts there
     */
    int slotAt(long blockAddress) {
        long slot = Long.rotateRight((blockAddress - address) * oddInverse, evenShift());
        return Long.compareUnsigned(slot, slots()) < 0 ? (int) slot : -1;
    }

    /** The exponent of the even part of the slot size. */
    private int evenShift() {
        return Integer.numberOfTrailingZeros(slotSize);
    }

    /** The inverse of an odd number modulo 2^64, by Newton's method: each step doubles the bits that are right. */
    private static long inverse(long odd) {
        long inverse = odd; // right in three bits
        for (int bits = 3; bits < Long.SIZE; bits *= 2) {
            inverse *= 2 - odd * inverse;
        }
        return inverse;
    }

    /** The slot that an address lies in, whether or not it starts there. */
    int slotAround(long blockAddress) {
        return (int) ((blockAddress - address) / slotSize);
    }

    @Nullable Heap owner() {
        return owner;
    }

    /** Makes a heap the owner of a slab that has none. One CAS. */
    boolean claim(Heap heap) {
        return owner == null && OWNER.compareAndSet(this, null, heap);
    }

    /** Passes ownership on, or gives it up with null. For the owner. */
    void passTo(@Nullable Heap heap) {
        owner = heap;
    }

    /** Notes that it is shared; false if it is already. */
    boolean markShared() {
        return !shared && SHARED.compareAndSet(this, false, true);
    }

    void unmarkShared() {
        shared = false;
    }

    /** What this slab's bookkeeping takes. */
    long metadataBytes() {
        return HEADER_BYTES + bitmapBytes();
    }
}
