package dev.ashlar.api;

/**
 * Is called for each operation of a {@link Pool}, on the thread of the operation. It should be fast. An exception that
 * it throws is passed to the caller of the operation. The operation has taken effect, with one exception: an acquire
 * hands out no object, and the pool takes the object back.
 *
 * @param <T> the type of the objects
 */
@FunctionalInterface
public interface PoolListener<T> {

    /** What happened to an object. */
    enum Operation {
        /** The factory made it. */
        CREATED,
        /** A caller got it. */
        ACQUIRED,
        /** A caller gave it back. */
        RELEASED,
        /** The pool destroyed it. */
        DISCARDED
    }

    /**
     * Something happened to an object.
     *
     * @param operation what happened
     * @param object the object
     */
    void on(Operation operation, T object);

    /**
     * A listener that does nothing.
     *
     * @param <T> the type of the objects
     */
    @SuppressWarnings("unchecked") // it takes any object
    static <T> PoolListener<T> none() {
        return (PoolListener<T>) PoolConfig.NOBODY;
    }
}
