package dev.ashlar.benchmarks.suite;

import java.util.concurrent.ThreadFactory;

/** An allocator as the workloads use it: blocks are raw addresses, and a free passes the requested size. */
interface RawAllocator extends AutoCloseable {

    /** What {@link #committedBytes} returns if the allocator does not know. */
    long UNKNOWN = -1;

    /**
     * Hands out a block.
     *
     * @param byteSize size in bytes, 1 or more
     * @param byteAlignment a power of two, at most 16
     * @return its address, which is not 0
     */
    long allocate(long byteSize, long byteAlignment);

    /** Takes a block back. Any thread may call this. */
    void free(long address, long byteSize);

    /** Bytes that are taken from the system now, or {@link #UNKNOWN}. */
    default long committedBytes() {
        return UNKNOWN;
    }

    /** Whether a live block is the memory of no other one. Only {@code void} says no. */
    default boolean keepsContents() {
        return true;
    }

    /** Makes the kind of threads on which programs use this allocator. */
    default ThreadFactory threads() {
        return Thread.ofPlatform().factory();
    }

    @Override
    void close();
}
