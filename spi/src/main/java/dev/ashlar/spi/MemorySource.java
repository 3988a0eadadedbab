package dev.ashlar.spi;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The source of chunks. {@code jdk} is always available; others are found by {@link java.util.ServiceLoader}. {@code
 * MemorySourceContract} of the testkit has this contract as tests.
 *
 * <p>Safe for use by many threads. Taking and returning may be slow, because strategies do it rarely.
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

    /**
     * The bytes that a chunk would take, including the padding that the source adds to align or round it. Allocators
     * count them as committed. They check them before they take a chunk, so that no limit is exceeded.
     *
     * @implSpec The default is for a source that adds no padding. A source that overrides this must override {@link
     *     Chunk#takenBytes} too. It must be cheap: it takes no memory and no lock.
     * @param byteSize size of the chunk in bytes, more than 0
     * @param byteAlignment its alignment in bytes, a power of two
     * @return {@code byteSize} or more; {@link Long#MAX_VALUE} if it would be more than that. It may be an estimate;
     *     {@link Chunk#takenBytes} is exact
     */
    default long takenBytes(long byteSize, long byteAlignment) {
        return byteSize;
    }

    /**
     * This source with its settings in a configuration. An allocator takes its chunks from the result.
     *
     * @implSpec The default is for a source without settings. Others read them with {@link
     *     AllocatorConfig#sourceSettings}. A source that forwards to another one forwards this too.
     * @param config the configuration of the allocator
     * @throws IllegalArgumentException if a setting is unknown, malformed, or not allowed on this machine
     */
    default MemorySource with(AllocatorConfig config) {
        return this;
    }

    /**
     * Opens this source for one allocator, which takes all its chunks through the session and closes it at its own end.
     *
     * @implSpec The session takes from this source, and closing it does nothing. A source overrides this if chunks of
     *     one allocator have something in common, such as a range of addresses.
     */
    default Session open() {
        return this::take;
    }

    /**
     * What one allocator takes its chunks through.
     *
     * <p>Safe for use by many threads.
     */
    @FunctionalInterface
    interface Session extends AutoCloseable {

        /**
         * Takes a chunk, as {@link MemorySource#take} does.
         *
         * @param byteSize its size in bytes, more than 0
         * @param byteAlignment its alignment in bytes, a power of two
         * @return a chunk of exactly that size, or null if there is no memory to be had
         * @throws IllegalStateException if the session is closed
         */
        @Nullable Chunk take(long byteSize, long byteAlignment);

        /**
         * Releases the memory of closed chunks that the session has kept for later chunks. An allocator calls it at the
         * end of its own trim.
         *
         * @implSpec The default is for a session that keeps nothing.
         */
        default void trim() {}

        /**
         * Ends access to what is left of the chunks. The allocator closes its session before the chunks that are still
         * out: closing these afterwards gives back what the session did not. Closing again does nothing.
         *
         * @throws IllegalStateException if a thread is using memory of the session in a foreign call at this moment;
         *     the session stays open
         */
        @Override
        default void close() {}
    }

    /**
     * Memory taken from a source. Closing it gives the memory back. After that, or after the close of the
     * session that it was taken through, every access to it throws: the source says which of the two.
     */
    interface Chunk extends AutoCloseable {

        /** The memory; any thread may access it. */
        MemorySegment memory();

        /**
         * The bytes that the chunk takes, including the padding that the source added to align or round it. They do not
         * change while the chunk is open.
         *
         * @implSpec The default is for a source that adds no padding.
         * @return the size of the memory or more
         */
        default long takenBytes() {
            return memory().byteSize();
        }

        /**
         * Returns the memory. Closing again does nothing, even if two threads close at the same moment.
         *
         * @throws IllegalStateException if a thread is using the memory in a foreign call at this moment; the chunk
         *     stays open
         */
        @Override
        void close();
    }
}
