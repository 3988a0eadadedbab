package dev.ashlar.spi;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.SupervisedPool;

/**
 * A decorator that a property puts around every allocator, such as one that finds errors of the program. {@link
 * Decorations} lists all of them.
 */
interface Decoration {

    /** The property without {@code ashlar.}: lower case letters. Its value {@value Decorations#OFF} means none. */
    String key();

    /**
     * Checks a value of the property.
     *
     * @param text not {@value Decorations#OFF}
     * @throws IllegalArgumentException if it is not allowed; the message has the allowed values
     */
    void validate(String text);

    /**
     * Decorates an allocator. The result owns it: a close of the result closes it too.
     *
     * @param allocator an open allocator
     * @param name its name in messages
     * @param text a valid value of the property
     */
    Allocator around(Allocator allocator, String name, String text);

    /**
     * Decorates a pool. The result owns it.
     *
     * @param <T> the type of the objects
     * @param pool an open pool
     * @param name its name in messages
     * @param text a valid value of the property
     * @implSpec The default is for decorations of allocators only.
     */
    default <T> SupervisedPool<T> around(SupervisedPool<T> pool, String name, String text) {
        return pool;
    }
}
