package dev.ashlar.spi.support;

/**
 * The capability of a strategy to change its size classes while it is in use. New blocks use the new classes. Blocks of
 * the former classes stay where they are, and as they are freed their memory serves the new classes.
 *
 * <p>Safe for use by many threads.
 */
public interface SizeClassed {

    /** The table by which new blocks are rounded up. */
    SizeClasses sizeClasses();

    /**
     * Uses other size classes for new blocks. Another thread may use the former ones for a moment longer.
     *
     * @param sizes ascending multiples of 8, the last one as large as the largest now
     * @throws IllegalArgumentException if they are not, or there were too many tables already
     * @throws IllegalStateException if the allocator is closed
     */
    void useSizeClasses(int... sizes);
}
