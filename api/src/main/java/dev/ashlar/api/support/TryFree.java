package dev.ashlar.api.support;

/**
 * An allocator that finds by one look-up whether it has a block and frees it. So a composed allocator needs no look-up
 * to find the part.
 */
public interface TryFree {

    /**
     * Frees a block if its address lies in memory from which this allocator serves many blocks. Large blocks, which
     * have memory of their own, are left to {@link dev.ashlar.api.AddressAllocator#freeAddress}.
     *
     * @param address any address
     * @param byteSize the requested size of the block
     * @return false if the address does not lie there; then nothing is done
     * @throws dev.ashlar.api.InvalidBlockException if the address lies there, and no live block starts at it
     * @throws IllegalStateException if the allocator is closed; if it has no such memory any more it may return false
     */
    boolean tryFree(long address, long byteSize);
}
