package dev.ashlar.spi.support;

/**
 * The capability of a strategy to use other size classes for new blocks, while it is in use. Blocks of the classes
 * before stay where they are, and their memory becomes that of new classes as they are freed.
 *
 * <p>Safe for use by many threads.
 */
public interface SizeClassed {

    /** The table that new blocks are rounded up by. */
    SizeClasses sizeClasses();

    /**
     * Uses other size classes for new blocks. Another thread may use those before for a moment longer.
     *
     * @param sizes ascending multiples of 8, the last one as large as the largest now
     * @throws IllegalArgumentException if they are not, or there were too many tables already
     * @throws IllegalStateException if the allocator is closed
     */
    void useSizeClasses(int... sizes);
}
