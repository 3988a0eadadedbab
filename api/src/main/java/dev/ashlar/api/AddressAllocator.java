package dev.ashlar.api;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The capability to work on raw addresses, for callers such as Netty or Arrow that keep a {@code long}. Allocating and
 * freeing a block makes no segment object. Nothing checks the bounds or the lifetime of an access.
 *
 * <p>Blocks are the same as those of the {@linkplain #allocator() allocator} it belongs to: a block allocated here may
 * be freed there, and a block allocated there may be freed here. All rules of {@link Allocator} hold.
 *
 * @implSpec The default methods use the allocator's blocks, so they are charged, routed and checked as those are.
 */
public interface AddressAllocator {

    /** What {@link #tryAllocateAddress} returns when a request cannot be served. No block has this address. */
    long NULL = 0;

    /**
     * The allocator whose blocks have these addresses. It says {@linkplain Allocator#refusal why} it refuses a request.
     */
    Allocator allocator();

    /**
     * Hands out a block by its address, or returns {@link #NULL} if it cannot be served now. No exception is created.
     *
     * @param byteSize size in bytes, 0 or more
     * @param byteAlignment alignment in bytes, a power of two up to the provider's maximum
     * @return the address of a block of {@code byteSize} bytes, or {@link #NULL}
     * @throws IllegalArgumentException if the size is negative or the alignment no power of two
     * @throws IllegalStateException if the allocator is closed
     */
    long tryAllocateAddress(long byteSize, long byteAlignment);

    /**
     * Hands out a block by its address with hints about its use, or returns {@link #NULL} if it cannot be served now.
     *
     * @param byteSize size in bytes, 0 or more
     * @param byteAlignment alignment in bytes, a power of two up to the provider's maximum
     * @param hints a wish, not a demand
     * @return the address of a block of {@code byteSize} bytes, or {@link #NULL}
     * @throws IllegalArgumentException if the size is negative or the alignment no power of two
     * @throws IllegalStateException if the allocator is closed
     */
    default long tryAllocateAddress(long byteSize, long byteAlignment, AllocationHints hints) {
        return addressOf(allocator().tryAllocate(byteSize, byteAlignment, hints));
    }

    /**
     * Hands out a block by its address.
     *
     * @param byteSize size in bytes, 0 or more
     * @param byteAlignment alignment in bytes, a power of two up to the provider's maximum
     * @return the address of a block of {@code byteSize} bytes
     * @throws IllegalArgumentException if the size is negative or the alignment no power of two
     * @throws AllocationException if the request cannot be served now; the allocator is as it was
     * @throws IllegalStateException if the allocator is closed
     */
    default long allocateAddress(long byteSize, long byteAlignment) {
        long address = tryAllocateAddress(byteSize, byteAlignment);
        if (address == NULL) {
            throw new AllocationException(allocator().refusal(byteSize, byteAlignment));
        }
        return address;
    }

    /**
     * Hands out a block by its address, without a particular alignment, as {@code allocateAddress(byteSize, 1)}.
     *
     * @param byteSize size in bytes, 0 or more
     * @return the address of a block of {@code byteSize} bytes
     * @throws IllegalArgumentException if the size is negative
     * @throws AllocationException if the request cannot be served now; the allocator is as it was
     * @throws IllegalStateException if the allocator is closed
     */
    default long allocateAddress(long byteSize) {
        return allocateAddress(byteSize, 1);
    }

    /**
     * Hands out a block by its address, with hints about its use.
     *
     * @param byteSize size in bytes, 0 or more
     * @param byteAlignment alignment in bytes, a power of two up to the provider's maximum
     * @param hints a wish, not a demand
     * @return the address of a block of {@code byteSize} bytes
     * @throws IllegalArgumentException if the size is negative or the alignment no power of two
     * @throws AllocationException if the request cannot be served now; the allocator is as it was
     * @throws IllegalStateException if the allocator is closed
     */
    default long allocateAddress(long byteSize, long byteAlignment, AllocationHints hints) {
        return allocator().allocate(byteSize, byteAlignment, hints).address();
    }

    /**
     * Takes a block back.
     *
     * @param address where the block starts
     * @param byteSize the requested size; it is given back with the block, as in sized deallocation
     * @throws InvalidBlockException if no live block of this allocator starts there, or it is smaller than
     *     {@code byteSize}; nothing changes
     * @throws IllegalArgumentException if the size is negative
     * @throws IllegalStateException if the allocator is closed
     */
    void freeAddress(long address, long byteSize);

    /**
     * Whether a live block starts at an address. An allocator that is no {@link Owner} does not know single blocks. It
     * returns true for every address that it would accept in a free.
     *
     * @param address any address
     */
    boolean isLive(long address);

    /**
     * The live block at an address as a segment. Its bounds and lifetime are checked as for segments that the allocator
     * hands out. Costs what {@link #isLive} costs.
     *
     * @param address any address
     * @param byteSize the requested size
     * @return the block, or null if {@link #isLive} knows that no live block of that size starts there
     */
    @Nullable MemorySegment blockAt(long address, long byteSize);

    /**
     * Changes the size of a block and keeps the contents up to the smaller of both sizes. Returns {@link #NULL} if this
     * cannot be done now; then the block stays live.
     *
     * @param address where the block starts
     * @param oldByteSize the requested size
     * @param newByteSize new size in bytes, 0 or more
     * @param byteAlignment alignment of the block returned
     * @return the address of a block of {@code newByteSize} bytes, perhaps the same one; or {@link #NULL}
     * @throws InvalidBlockException if no live block of this allocator starts there, or it is smaller than
     *     {@code oldByteSize}; nothing changes
     * @throws IllegalArgumentException if a size is negative or the alignment no power of two
     * @throws IllegalStateException if the allocator is closed
     */
    default long tryResizeAddress(long address, long oldByteSize, long newByteSize, long byteAlignment) {
        Allocator.requireValid(newByteSize, byteAlignment);
        return addressOf(allocator().tryResize(requireBlock(address, oldByteSize), newByteSize, byteAlignment));
    }

    /**
     * Changes the size of a block and keeps the contents up to the smaller of both sizes.
     *
     * @param address where the block starts
     * @param oldByteSize the requested size
     * @param newByteSize new size in bytes, 0 or more
     * @param byteAlignment alignment of the block returned
     * @return the address of a block of {@code newByteSize} bytes, perhaps the same one
     * @throws InvalidBlockException if no live block of this allocator starts there, or it is smaller than
     *     {@code oldByteSize}; nothing changes
     * @throws AllocationException if the request cannot be served now; the block stays live
     * @throws IllegalArgumentException if a size is negative or the alignment no power of two
     * @throws IllegalStateException if the allocator is closed
     */
    default long resizeAddress(long address, long oldByteSize, long newByteSize, long byteAlignment) {
        Allocator.requireValid(newByteSize, byteAlignment);
        return allocator()
                .resize(requireBlock(address, oldByteSize), newByteSize, byteAlignment)
                .address();
    }

    /**
     * Hands out blocks of one size by their addresses, all or none of them.
     *
     * @param byteSize size of each block in bytes, 0 or more
     * @param byteAlignment alignment of each block
     * @param into receives one address in each element; unchanged if the batch is not served
     * @return whether all were served
     * @throws IllegalArgumentException if the size is negative or the alignment no power of two
     * @throws IllegalStateException if the allocator is closed
     */
    default boolean tryAllocateAddresses(long byteSize, long byteAlignment, long[] into) {
        List<MemorySegment> blocks = allocator().tryAllocateAll(byteSize, byteAlignment, into.length);
        if (blocks == null) {
            return false;
        }
        for (int i = 0; i < into.length; i++) {
            into[i] = blocks.get(i).address();
        }
        return true;
    }

    /**
     * Hands out blocks of one size by their addresses, all or none of them.
     *
     * @param byteSize size of each block in bytes, 0 or more
     * @param byteAlignment alignment of each block
     * @param into receives one address in each element; unchanged if the batch is not served
     * @throws IllegalArgumentException if the size is negative or the alignment no power of two
     * @throws AllocationException if not all can be served now
     * @throws IllegalStateException if the allocator is closed
     */
    default void allocateAddresses(long byteSize, long byteAlignment, long[] into) {
        if (!tryAllocateAddresses(byteSize, byteAlignment, into)) {
            throw new AllocationException(allocator().refusal(byteSize, byteAlignment, into.length));
        }
    }

    /**
     * Takes blocks of one size back, all or none of them.
     *
     * @param addresses where the blocks start
     * @param byteSize the requested size of each block
     * @throws InvalidBlockException if one of them is no live block of this allocator, is smaller than
     *     {@code byteSize}, or is in the array twice; nothing changes unless another thread frees one of the blocks at
     *     the same time
     * @throws IllegalArgumentException if the size is negative
     * @throws IllegalStateException if the allocator is closed
     */
    default void freeAddresses(long[] addresses, long byteSize) {
        Allocator.requireValid(byteSize, 1);
        List<MemorySegment> blocks = new ArrayList<>(addresses.length);
        for (long address : addresses) {
            blocks.add(requireBlock(address, byteSize));
        }
        allocator().freeAll(blocks);
    }

    private MemorySegment requireBlock(long address, long byteSize) {
        MemorySegment block = blockAt(address, byteSize);
        if (block == null) {
            freeAddress(address, byteSize); // throws what is wrong with it
            throw InvalidBlockException.freedTwice(address, InvalidBlockException.UNKNOWN_SIZE);
        }
        return block;
    }

    private static long addressOf(@Nullable MemorySegment block) {
        return block == null ? NULL : block.address();
    }
}
