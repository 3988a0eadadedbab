package dev.ashlar.api;

/**
 * Is told of each operation of a {@link Pool}, on the thread that does it. It should be fast. What it throws is passed
 * to the caller of the operation. The operation has taken effect all the same, but for an acquire: then the caller gets
 * no object, and the pool takes it back.
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
