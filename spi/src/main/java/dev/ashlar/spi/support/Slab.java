package dev.ashlar.spi.support;

import dev.ashlar.api.InvalidBlockException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A run of pages cut into slots of one size (Bonwick, <i>The Slab Allocator</i>, USENIX 1994). Each strategy has a
 * subclass, which records which slots are live.
 *
 * <h2>Ownership</h2>
 *
 * <p>{@code owner} is the heap whose active slab this is. Only the owner takes slots, and it releases slots with plain
 * writes. Any other thread releases a slot {@linkplain #releaseFromOutside from outside}. A slab that no heap allocates
 * from has no owner. If it has room it is in the {@link SlabList} of its class, where every thread finds it. An empty
 * slab that is retained is owned by {@link SlabHeap#RETAINED}, and a retired one by {@link SlabHeap#RETIRED}, so a
 * block freed twice brings neither back.
 *
 * <p>Only the owner replaces itself in {@code owner}, so a heap that reads itself there stays the owner until it
 * disowns the slab. A heap that disowns a slab then checks whether it has room. A thread that released a slot from
 * outside then checks whether the slab has no owner. Both accesses are volatile, so at least one of the two threads
 * sees the other, and puts the slab into the list.
 */
public abstract class Slab implements Extent {

    /** Heap memory of a slab with the fields of its strategy and without arrays, with compressed references. */
    private static final int METADATA_BYTES = 72;

    private static final VarHandle OWNER = VarHandles.of(MethodHandles.lookup(), "owner", SlabHeap.class);

    /** The result of a release of a slot from outside. */
    public enum Release {
        /** The slot was not live; nothing changed. */
        REFUSED,
        /** The slot is free, and some of its neighbours are live. */
        DONE,
        /** The slot is free, and so are its nearest neighbours, so the slab may be empty. */
        PERHAPS_EMPTY
    }

    /**
     * Where a slab lies.
     *
     * @param chunk the chunk of which it was cut, null for a slab without slots
     * @param firstPage its first page there
     * @param pages how many pages it has
     * @param sizeClass the number of its size class
     * @param slotSize bytes of a slot
     */
    public record Place(@Nullable PageChunk chunk, int firstPage, int pages, int sizeClass, int slotSize) {

        /** No place: that of the slab without slots, which a heap uses until it has an active slab. */
        static final Place NONE = new Place(null, 0, 0, 0, 1);
    }

    /** Where the first slot starts. */
    final long address;

    /** The inverse, modulo 2^64, of the odd part of the slot size. */
    private final long oddInverse;

    final int slotSize;

    /** How many slots it has. A small type, as for other numbers here: many slabs are most of the bookkeeping. */
    protected final char slots;

    private final char firstPage;

    /** How many slots were free when the owner counted them last; 0 without an owner. For the owner. */
    char countedFree;

    private final byte sizeClass;

    /** How many pages of its chunk it takes. */
    final byte pages;

    /** Its place in its segment of the list of its class. */
    byte index;

    /** Null only for a slab without slots. */
    private final @Nullable PageChunk chunk;

    private volatile @Nullable SlabHeap owner;

    /** Its segment of the list of its class. Set before the slab is put into the map. */
    SlabList.@Nullable Segment segment;

    /**
     * The allocator of its blocks. Set by that allocator before the slab is put into the map. A thread that finds the
     * slab through a race may see null, and knows no block here then.
     */
    @Nullable SizeClassAllocator allocator;

    /**
     * A slab with all slots free.
     *
     * @param place where it lies
     */
    protected Slab(Place place) {
        chunk = place.chunk;
        pages = (byte) place.pages;
        sizeClass = (byte) place.sizeClass;
        slotSize = place.slotSize;
        firstPage = (char) place.firstPage;
        address = chunk == null ? 0 : chunk.address() + offsetOf(0);
        slots = (char) (place.pages * PageChunk.PAGE / slotSize);
        oddInverse = inverse(slotSize >>> evenShift());
    }

    /**
     * Takes a free slot. For the owner; plain reads and writes.
     *
     * @return the slot, or -1 if the owner knows of no free slot
     */
    protected abstract int take();

    /** Whether the owner knows of no free slot. For the owner; plain reads. */
    protected abstract boolean isFull();

    /**
     * Releases a slot. For the owner.
     *
     * @param slot 0 to {@code slots - 1}
     * @return false if the slot is not live; then nothing changes
     */
    protected abstract boolean release(int slot);

    /**
     * Releases a slot. For any thread; one atomic operation.
     *
     * @param slot 0 to {@code slots - 1}
     */
    protected abstract Release releaseFromOutside(int slot);

    /**
     * Makes the slots that were released from outside known to the owner. For the owner.
     *
     * @return how many slots {@link #take} finds
     */
    protected abstract int collect();

    /** Whether a slot is live. For any thread; exact for a slot that no thread takes or releases at this moment. */
    protected abstract boolean isLive(int slot);

    /** How many slots are live. For any thread; exact as {@link #isLive} is. Costs time in proportion to the slots. */
    final int liveSlots() {
        int live = 0;
        for (int slot = 0; slot < slots; slot++) {
            live += isLive(slot) ? 1 : 0;
        }
        return live;
    }

    /** Whether any slot is free. For any thread; exact when no thread takes or releases at this moment. */
    protected abstract boolean hasRoom();

    /** Whether no slot is live. For any thread; exact when no thread takes or releases at this moment. */
    protected abstract boolean isEmpty();

    /**
     * Makes {@link #take} find no slot and {@link #release} refuse every slot. So an owner that does not know that the
     * allocator is closed gets to code that checks this. A {@link #collect} may undo it.
     */
    protected abstract void seal();

    /** Bytes of the arrays that record the live slots. */
    protected abstract long slotMetadataBytes();

    final int sizeClass() {
        return Byte.toUnsignedInt(sizeClass);
    }

    /** The chunk it lies in. */
    final PageChunk chunk() {
        if (chunk == null) {
            throw new IllegalStateException("A slab without slots lies nowhere");
        }
        return chunk;
    }

    /** The first page of its chunk that it takes. */
    final int firstPage() {
        return firstPage;
    }

    final long byteSize() {
        return (long) pages * PageChunk.PAGE;
    }

    /** Where a slot starts. */
    final long addressOf(int slot) {
        return address + (long) slot * slotSize;
    }

    /** The block in a slot. */
    final MemorySegment block(int slot, long byteSize) {
        return chunk().memory().asSlice(offsetOf(slot), byteSize);
    }

    /** The memory that the slab is a part of. Only for a slab of which a slot was taken. */
    @SuppressWarnings("NullAway") // a slab without slots never gives one
    final MemorySegment memory() {
        return chunk.memory();
    }

    /** Where a slot starts in that memory. */
    final long offsetOf(int slot) {
        return firstPage * (long) PageChunk.PAGE + (long) slot * slotSize;
    }

    /** Whether a block of another size may stay in its slot, because it fits and needs at least half of it. */
    final boolean canHold(long byteSize) {
        return byteSize <= slotSize && byteSize >= slotSize / 2;
    }

    /**
     * The slot that starts at an address.
     *
     * <p>One multiplication and one comparison divide, check that the division is exact, and check that the slot exists
     * (Granlund and Montgomery, <i>Division by Invariant Integers using Multiplication</i>, 1994, section 9): for a
     * multiple of the slot size the product is the quotient times a power of two, which the rotation removes. For
     * anything else it is larger than any quotient.
     *
     * @param blockAddress any address
     * @return the slot, or -1 if none starts there
     */
    final int slotAt(long blockAddress) {
        long slot = Long.rotateRight((blockAddress - address) * oddInverse, evenShift());
        return Long.compareUnsigned(slot, slots) < 0 ? (int) slot : -1;
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

    /** The slot of a live block that starts at an address, or -1. */
    final int liveSlotAt(long blockAddress) {
        int slot = slotAt(blockAddress);
        return slot >= 0 && isLive(slot) ? slot : -1;
    }

    /** {@inheritDoc} It is the chunk. */
    @Override
    public final @Nullable Extent origin() {
        return chunk;
    }

    @Override
    public final boolean tryFree(long blockAddress, long byteSize) {
        SizeClassAllocator of = allocator;
        return of != null && of.freeInSlab(this, blockAddress, byteSize);
    }

    @Override
    public final boolean isLive(long blockAddress) {
        return liveSlotAt(blockAddress) >= 0;
    }

    @Override
    public final long allocatedSize(long blockAddress) {
        return isLive(blockAddress) ? slotSize : InvalidBlockException.UNKNOWN_SIZE;
    }

    @Override
    public final @Nullable MemorySegment blockAt(long blockAddress, long byteSize) {
        int slot = liveSlotAt(blockAddress);
        return slot >= 0 && byteSize >= 0 && byteSize <= slotSize ? block(slot, byteSize) : null;
    }

    @Override
    public final @Nullable MemorySegment tryResizeInPlace(MemorySegment block, long byteSize, long byteAlignment) {
        SizeClassAllocator of = allocator;
        return of == null ? null : of.resizeInSlab(this, block, byteSize, byteAlignment);
    }

    /** The slot that an address lies in, whether or not it starts there. */
    final int slotAround(long blockAddress) {
        return (int) ((blockAddress - address) / slotSize);
    }

    final @Nullable SlabHeap owner() {
        return owner;
    }

    /** Makes a heap the owner of a slab that has none. One CAS. */
    final boolean claim(SlabHeap heap) {
        return owner == null && OWNER.compareAndSet(this, (SlabHeap) null, heap);
    }

    /** Makes a heap the owner of a retained slab. One CAS. */
    final boolean claimRetained(SlabHeap heap) {
        return owner == SlabHeap.RETAINED && OWNER.compareAndSet(this, SlabHeap.RETAINED, heap);
    }

    /** Retains an empty slab: it has no heap as its owner, and threads that look for room do not find it. */
    final void retain() {
        owner = SlabHeap.RETAINED;
    }

    /** Ends ownership. For the owner. */
    final void disown() {
        owner = null;
    }

    /** Heap memory of this slab's bookkeeping. */
    final long metadataBytes() {
        return METADATA_BYTES + slotMetadataBytes();
    }
}
