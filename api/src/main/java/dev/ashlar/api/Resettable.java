package dev.ashlar.api;

/**
 * The capability to free many blocks at once by position: all blocks since a mark, or all blocks. Blocks freed that way
 * must not be used any more.
 *
 * <p>A rewind or a reset frees blocks of all threads. No other thread may allocate or free meanwhile. Each method
 * throws {@link IllegalStateException} if the allocator is closed.
 */
public interface Resettable {

    /** A position between two allocations. It stays valid until a rewind or reset goes behind it. */
    interface Mark {}

    /**
     * Marks the current position. Marks nest.
     *
     * @return a mark to {@linkplain #rewind(Mark) rewind} to
     */
    Mark mark();

    /**
     * Frees every block handed out since the mark was made.
     *
     * @param mark a valid mark of this allocator
     * @throws IllegalArgumentException if the mark is another allocator's, or an earlier rewind or reset went behind it
     */
    void rewind(Mark mark);

    /**
     * Frees every block.
     *
     * @param mode what happens to the memory
     */
    void reset(ResetMode mode);

    /** What a reset does with the memory that it frees. */
    sealed interface ResetMode {

        /** Everything goes back upstream. */
        record GiveBack() implements ResetMode {}

        /** Everything is kept for the next blocks. */
        record KeepMemory() implements ResetMode {}

        /**
         * At most a limit is kept; the rest goes back upstream.
         *
         * @param byteSize the limit in bytes, 0 or more
         */
        record KeepUpTo(long byteSize) implements ResetMode {
            /** Checks the range. */
            public KeepUpTo {
                if (byteSize < 0) {
                    throw new IllegalArgumentException("byteSize is " + byteSize + ", must be 0 or more");
                }
            }
        }
    }
}
