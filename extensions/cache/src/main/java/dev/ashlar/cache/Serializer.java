package dev.ashlar.cache;

import java.lang.foreign.MemorySegment;

/**
 * Writes values of one type as bytes and reads them back. Used by many threads at once.
 *
 * @param <V> the type of values
 */
public interface Serializer<V> {

    /**
     * How many bytes a value takes.
     *
     * @param value a value, which does not change until it is written
     * @return 0 or more
     */
    long byteSize(V value);

    /**
     * Writes a value.
     *
     * @param value the same value
     * @param to exactly as large as {@link #byteSize} said, not zeroed
     */
    void write(V value, MemorySegment to);

    /**
     * Reads a value.
     *
     * @param from what was written. It is read-only, and must not be used after the call
     * @return a value that does not refer to that memory
     */
    V read(MemorySegment from);
}
