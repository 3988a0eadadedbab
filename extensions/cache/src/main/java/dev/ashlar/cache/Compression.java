package dev.ashlar.cache;

import java.lang.foreign.MemorySegment;

/** A codec that makes values smaller. Used by many threads at once. */
public interface Compression {

    /**
     * The most bytes that a value can take when compressed.
     *
     * @param byteSize the size of the value, 0 or more
     */
    int mostBytes(int byteSize);

    /**
     * Compresses a value.
     *
     * @param value the value, in native memory
     * @param to as large as {@link #mostBytes}, in native memory
     * @return how many bytes were written
     */
    int compress(MemorySegment value, MemorySegment to);

    /**
     * Makes a value out of its compressed form.
     *
     * @param compressed what was written, in native memory
     * @param value exactly as large as the value, in native memory
     */
    void decompress(MemorySegment compressed, MemorySegment value);
}
