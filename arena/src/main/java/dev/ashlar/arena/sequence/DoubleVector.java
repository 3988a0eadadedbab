package dev.ashlar.arena.sequence;

import dev.ashlar.api.Allocator;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A growable sequence of {@code double} values outside the Java heap. Reading and writing one makes no object. */
public final class DoubleVector extends Sequence {

    private static final ValueLayout.OfDouble ELEMENT = ValueLayout.JAVA_DOUBLE;

    /**
     * An empty vector, which takes no memory yet.
     *
     * @param allocator where the memory comes from
     */
    public DoubleVector(Allocator allocator) {
        super(allocator, ELEMENT);
    }

    /**
     * Adds a value at the end.
     *
     * @throws dev.ashlar.api.AllocationException if there is no room and the allocator has none; nothing changes
     * @throws IllegalStateException if this vector is closed
     */
    public void append(double value) {
        long index = addOne();
        block.setAtIndex(ELEMENT, index, value);
    }

    /**
     * Adds values at the end, in one copy.
     *
     * @throws dev.ashlar.api.AllocationException if there is no room and the allocator has none; nothing changes
     * @throws IllegalStateException if this vector is closed
     */
    public void appendAll(double[] values) {
        MemorySegment.copy(values, 0, extend(values.length), ELEMENT, 0, values.length);
    }

    /**
     * The value at an index.
     *
     * @param index from 0 to {@code size() - 1}
     * @throws IndexOutOfBoundsException if there is no such element
     * @throws IllegalStateException if this vector is closed
     */
    public double get(long index) {
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
    public void set(long index, double value) {
        block.setAtIndex(ELEMENT, checked(index), value);
    }
}
