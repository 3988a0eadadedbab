package dev.ashlar.api;

/**
 * The capability to change, while in use, how much free memory an allocator retains for the next requests.
 *
 * <p>Safe for use by many threads.
 */
public interface Retention {

    /** All free memory is retained: {@link Long#MAX_VALUE}. */
    long UNBOUNDED = Long.MAX_VALUE;

    /** Bytes without live blocks that are retained at most. */
    long retainedBytes();

    /**
     * Changes how much is retained. A higher value takes no memory at once: it has an effect when memory becomes free.
     * The same value or a lower one gives back idle memory now, and never touches live blocks.
     *
     * @param bytes 0 to retain nothing, {@link #UNBOUNDED} to retain everything
     * @throws IllegalArgumentException if it is negative
     * @throws IllegalStateException if the allocator is closed
     */
    void retain(long bytes);
}
