package dev.ashlar.arena.sequence;

import dev.ashlar.api.Allocator;
import java.lang.foreign.ValueLayout;

/**
 * A sequence of {@code long} values outside the Java heap that any number of threads append to and read at once,
 * without a lock. Elements never move and never change. Order, memory and closing are as in {@link
 * ConcurrentStructVector}.
 */
public final class ConcurrentLongVector implements AutoCloseable {

    private final SegmentedMemory memory;

    /**
     * An empty vector, which takes no memory yet.
     *
     * @param allocator where the memory comes from; all threads must be allowed to call it
     */
    public ConcurrentLongVector(Allocator allocator) {
        memory = new SegmentedMemory(allocator, ValueLayout.JAVA_LONG);
    }

    /** Number of published elements: those below may be read by every thread. It never falls. */
    public long size() {
        return memory.published();
    }

    /**
     * Adds a value.
     *
     * @return its index
     * @throws Error such as a {@link StackOverflowError}; then there may be an element more, the value or 0
     * @throws dev.ashlar.api.AllocationException if there is no room and the allocator has none; nothing changes
     * @throws IllegalStateException if this vector is closed
     */
    public long append(long value) {
        return memory.append((part, offset) -> part.set(ValueLayout.JAVA_LONG, offset, value));
    }

    /**
     * The value at an index.
     *
     * @param index from 0 to {@code size() - 1}
     * @throws IndexOutOfBoundsException if no such element is published
     * @throws IllegalStateException if this vector is closed
     */
    public long get(long index) {
        return memory.part(memory.checked(index)).get(ValueLayout.JAVA_LONG, memory.offset(index));
    }

    /** Frees the memory. No other thread may be using this vector. Closing again does nothing. */
    @Override
    public void close() {
        memory.close();
    }
}
