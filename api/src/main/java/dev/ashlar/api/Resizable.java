package dev.ashlar.api;

/**
 * The capability to change, while in use, how much an allocator or a pool keeps ready.
 *
 * <p>Safe for use by many threads.
 */
public interface Resizable {

    /** What is kept ready at most, in the unit that the strategy states: bytes for allocators, objects for pools. */
    long capacity();

    /**
     * Changes what is kept ready. Growing takes effect as memory becomes free, not by taking memory at once; shrinking
     * gives back what is idle now, and never touches live blocks.
     *
     * @param capacity the new capacity, 0 or more
     * @throws IllegalArgumentException if it is negative
     * @throws IllegalStateException if the allocator is closed
     */
    void resize(long capacity);
}
