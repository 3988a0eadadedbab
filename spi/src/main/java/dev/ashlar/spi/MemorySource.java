package dev.ashlar.spi;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The source of chunks. {@code jdk} is always available; others are found by {@link java.util.ServiceLoader}.
 *
 * <p>Safe for use by many threads. Taking and giving back may be slow, because strategies do it rarely.
 */
public interface MemorySource {

    /** The name users ask for, such as {@code "jdk"}. */
    String name();

    /**
     * Takes a chunk.
     *
     * @param byteSize its size in bytes, more than 0
     * @param byteAlignment its alignment in bytes, a power of two
     * @return a chunk of exactly that size, or null if no memory is available
     */
    @Nullable Chunk take(long byteSize, long byteAlignment);

    /** Memory taken from a source. Closing it gives the memory back; every access to it throws from then on. */
    interface Chunk extends AutoCloseable {

        /** The memory; any thread may access it. */
        MemorySegment memory();

        /**
         * Gives the memory back. Called once.
         *
         * @throws IllegalStateException if a thread is using the memory in a foreign call at this moment; the chunk
         *     stays open
         */
        @Override
        void close();
    }
}
