package dev.ashlar.spi.support;

/**
 * An allocator that finds out by the same look-up whether it has a block and where, so that one that is composed of
 * several need not ask for the first.
 */
public interface TryFree {

    /**
     * Frees a block if its address lies in memory from which this allocator serves many blocks. Large blocks, which
     * have memory of their own, are left to {@link dev.ashlar.api.AddressAllocator#freeAddress}.
     *
     * @param address any address
     * @param byteSize the size that the block was asked for with
     * @return false, and nothing is done, if the address does not lie there
     * @throws dev.ashlar.api.InvalidBlockException if it does, and no live block starts there
     * @throws IllegalStateException if the allocator is closed; it may return false where it has no such memory any
     *     more
     */
    boolean tryFree(long address, long byteSize);
}
