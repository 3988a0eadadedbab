package dev.ashlar.spi.support;

/**
 * Implemented by allocators that can free a block without looking up whose it is, if it lies in what the calling thread
 * allocates from at this moment. Whoever composes allocators asks this first, because most blocks are freed by the thread
 * that allocated them, and soon. It is the allocator itself that has this type, and no view of it: so the compiler sees that
 * both operations are of one object.
 */
public interface LocalFrees {

    /**
     * Frees a block if it is certain at once that it is this allocator's. Costs a few nanoseconds.
     *
     * @param address any address
     * @param byteSize the size that the block was asked for with
     * @return false if somebody has to look closer; then nothing changed
     * @throws dev.ashlar.api.InvalidBlockException if the address lies there and no live block starts at it
     */
    boolean freeLocally(long address, long byteSize);
}
