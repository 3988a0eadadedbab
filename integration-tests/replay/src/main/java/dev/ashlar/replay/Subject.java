package dev.ashlar.replay;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * An allocator under replay, with the blocks of one trace that it has handed out. Blocks go by their number in the
 * trace.
 *
 * <p>Used by the threads of one replay. They free a block only after it was allocated.
 */
interface Subject extends AutoCloseable {

    /** Opens a subject for a trace that has an alignment for every block. */
    @FunctionalInterface
    interface Factory {
        Subject open(Trace trace);
    }

    /** The stride at which a block is written: on common machines memory is committed in pages of this size or more. */
    long PAGE_SIZE = 4096;

    /**
     * Allocates a block and writes the first byte of each of its pages, so that the memory is really committed.
     *
     * @return false if the allocator cannot serve the request
     */
    boolean allocate(int block);

    /** Frees a block; does nothing if its allocation was refused. */
    void free(int block);

    /** A live block's memory, or null if the block is not live or was refused. */
    @Nullable MemorySegment memory(int block);

    /** The figures of the allocator. */
    Books books();

    /** Closes the allocator; does nothing if it is closed. */
    @Override
    default void close() {
        books().close();
    }

    /** Writes the first byte of each page of a block; nothing if the size is 0. */
    static void touch(MemorySegment memory, long offset, long byteSize) {
        for (long page = 0; page < byteSize; page += PAGE_SIZE) {
            memory.set(ValueLayout.JAVA_BYTE, offset + page, (byte) 1);
        }
    }
}
