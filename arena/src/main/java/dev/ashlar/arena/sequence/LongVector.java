package dev.ashlar.arena.sequence;

import dev.ashlar.api.Allocator;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A growable sequence of {@code long} values outside the Java heap. Reading and writing one makes no object. */
public final class LongVector extends Sequence {

    private static final ValueLayout.OfLong ELEMENT = ValueLayout.JAVA_LONG;

    /**
     * An empty vector, which takes no memory yet.
     *
     * @param allocator where the memory comes from
     */
    public LongVector(Allocator allocator) {
        super(allocator, ELEMENT);
    }

    /**
     * Adds a value at the end.
     *
     * @throws dev.ashlar.api.AllocationException if there is no room and the allocator has none; nothing changes
     * @throws IllegalStateException if this vector is closed
     */
    public void append(long value) {
        long index = addOne();
        block.setAtIndex(ELEMENT, index, value);
    }

    /**
     * Adds values at the end, in one copy.
     *
     * @throws dev.ashlar.api.AllocationException if there is no room and the allocator has none; nothing changes
     * @throws IllegalStateException if this vector is closed
     */
    public void appendAll(long[] values) {
        MemorySegment.copy(values, 0, extend(values.length), ELEMENT, 0, values.length);
    }

    /**
     * The value at an index.
     *
     * @param index from 0 to {@code size() - 1}
     * @throws IndexOutOfBoundsException if there is no such element
     * @throws IllegalStateException if this vector is closed
     */
    public long get(long index) {
        return block.getAtIndex(ELEMENT, checked(index));
    }

    /**
     * Replaces the value at an index.
     *
     * @param index from 0 to {@code size() - 1}
     * @param value the new one
     * @throws IndexOutOfBoundsException if there is no such element
     * @throws IllegalStateException if this vector is closed
     */
    public void set(long index, long value) {
        block.setAtIndex(ELEMENT, checked(index), value);
    }
}
