package dev.ashlar.api;

/**
 * The capability to work on raw addresses, for callers such as Netty or Arrow that keep a {@code long}. No segment
 * object is made; neither bounds nor lifetime of an access are checked by anyone.
 *
 * <p>Blocks are the same as those of the {@link Allocator} it belongs to: one allocated here may be freed there and the
 * other way round. All rules of {@link Allocator} hold.
 */
public interface AddressAllocator {

    /** What {@link #tryAllocateAddress} returns when a request cannot be served. No block has this address. */
    long NULL = 0;

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
    long allocateAddress(long byteSize, long byteAlignment);

    /**
     * Hands out a block by its address, or says by {@link #NULL} that it cannot be served now.
     *
     * @param byteSize size in bytes, 0 or more
     * @param byteAlignment alignment in bytes, a power of two up to the provider's maximum
     * @return the address of a block of {@code byteSize} bytes, or {@link #NULL}
     * @throws IllegalArgumentException if the size is negative or the alignment no power of two
     * @throws IllegalStateException if the allocator is closed
     */
    long tryAllocateAddress(long byteSize, long byteAlignment);

    /**
     * Takes a block back.
     *
     * @param address where the block starts
     * @param byteSize the size that was asked for; it is given back with the block, as in sized deallocation
     * @throws InvalidBlockException if no live block of this allocator starts there, or it is smaller than
     *     {@code byteSize}; nothing changes
     * @throws IllegalArgumentException if the size is negative
     * @throws IllegalStateException if the allocator is closed
     */
    void freeAddress(long address, long byteSize);
}
