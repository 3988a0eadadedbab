package dev.ashlar.arena.sequence;

import dev.ashlar.api.Allocator;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A growable sequence of {@code float} values outside the Java heap. Reading and writing one makes no object. */
public final class FloatVector extends Sequence {

    private static final ValueLayout.OfFloat ELEMENT = ValueLayout.JAVA_FLOAT;

    /**
     * An empty vector, which takes no memory yet.
     *
     * @param allocator where the memory comes from
     */
    public FloatVector(Allocator allocator) {
        super(allocator, ELEMENT);
    }

    /**
     * Adds a value at the end.
     *
     * @throws dev.ashlar.api.AllocationException if there is no room and the allocator has none; nothing changes
     * @throws IllegalStateException if this vector is closed
     */
    public void append(float value) {
        long index = addOne();
        block.setAtIndex(ELEMENT, index, value);
    }

    /**
     * Adds values at the end, in one copy.
     *
     * @throws dev.ashlar.api.AllocationException if there is no room and the allocator has none; nothing changes
     * @throws IllegalStateException if this vector is closed
     */
    public void appendAll(float[] values) {
        MemorySegment.copy(values, 0, extend(values.length), ELEMENT, 0, values.length);
    }

    /**
     * The value at an index.
     *
     * @param index from 0 to {@code size() - 1}
     * @throws IndexOutOfBoundsException if there is no such element
     * @throws IllegalStateException if this vector is closed
     */
    public float get(long index) {
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
    public void set(long index, float value) {
        block.setAtIndex(ELEMENT, checked(index), value);
    }
}
