package dev.ashlar.api;

/**
 * An object of a {@link Pool} for the length of a try-with-resources block. The lease, not the object, knows whether it
 * was released, so a double release and a use after release are always seen.
 *
 * <p>{@link #get} is for one thread at a time. If several threads close the lease, one releases the object and the
 * others are refused.
 *
 * @param <T> the type of the object
 */
public interface Lease<T> extends AutoCloseable {

    /**
     * The object.
     *
     * @throws IllegalStateException if this lease is closed
     */
    T get();

    /**
     * Releases the object.
     *
     * @throws InvalidReleaseException if this lease was closed before; nothing changes
     */
    @Override
    void close();
}
