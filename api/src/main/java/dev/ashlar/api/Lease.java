package dev.ashlar.api;

/**
 * An object of a {@link Pool} for the length of a try-with-resources block. The lease, not the object, tells whether it
 * was given back, so that a double release and a use after release are always seen.
 *
 * <p>{@link #get} is for one thread at a time, which got the lease safely. Any number of threads may close it: one
 * gives the object back, and the others are refused.
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
     * Gives the object back.
     *
     * @throws InvalidReleaseException if this lease was closed before; nothing changes
     */
    @Override
    void close();
}
