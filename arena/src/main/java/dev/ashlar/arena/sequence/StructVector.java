package dev.ashlar.arena.sequence;

import dev.ashlar.api.Allocator;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * A growable sequence of structs of one layout outside the Java heap. Elements are handed out as slices, which are
 * written in place. They are {@link #stride()} bytes apart, so that each is aligned as its layout requires. A slice
 * that does not escape its method makes no object.
 *
 * {@snippet class="dev.ashlar.verification.shown.ArenaCodeTest" region="structs"}
 * }
 */
public final class StructVector extends Sequence implements Iterable<MemorySegment> {

    private final long byteSize;

    /**
     * An empty vector, which takes no memory yet.
     *
     * @param allocator where the memory comes from
     * @param element layout of an element, of at least one byte
     * @throws IllegalArgumentException if the layout has no bytes
     */
    public StructVector(Allocator allocator, MemoryLayout element) {
        super(allocator, element);
        byteSize = element.byteSize();
    }

    /** Bytes from the start of an element in {@link #memory()} to that of the next. */
    public long stride() {
        return stride;
    }

    /**
     * Adds a struct of zeros at the end.
     *
     * @return the struct, to be written, until this vector next grows
     * @throws dev.ashlar.api.AllocationException if there is no room and the allocator has none; nothing changes
     * @throws IllegalStateException if this vector is closed
     */
    public MemorySegment append() {
        long index = addOne();
        return block.asSlice(index * stride, byteSize).fill((byte) 0);
    }

    /**
     * Adds a copy of a struct at the end.
     *
     * @param source as large as the layout; may be an element of this vector
     * @throws IllegalArgumentException if the source is larger or smaller
     * @throws dev.ashlar.api.AllocationException if there is no room and the allocator has none; nothing changes
     * @throws IllegalStateException if this vector is closed, or the source is not alive
     */
    public void append(MemorySegment source) {
        requireSize(source, byteSize);
        long offset = source.isNative() ? source.address() - block.address() : -1;
        boolean own = offset >= 0 && offset < block.byteSize();
        ensureRoom(1); // an element of this vector has moved now
        MemorySegment.copy(own ? block : source, own ? offset : 0, block, size() * stride, byteSize);
        addOne();
    }

    /**
     * The struct at an index, for reading and writing in place until this vector next grows.
     *
     * @param index from 0 to {@code size() - 1}
     * @throws IndexOutOfBoundsException if there is no such element
     * @throws IllegalStateException if this vector is closed
     */
    public MemorySegment get(long index) {
        return block.asSlice(checked(index) * stride, byteSize);
    }

    /**
     * Replaces the struct at an index by a copy.
     *
     * @param index from 0 to {@code size() - 1}
     * @param source as large as the layout
     * @throws IndexOutOfBoundsException if there is no such element
     * @throws IllegalArgumentException if the source is larger or smaller
     * @throws IllegalStateException if this vector is closed, or the source is not alive
     */
    public void set(long index, MemorySegment source) {
        requireSize(source, byteSize);
        MemorySegment.copy(source, 0, block, checked(index) * stride, byteSize);
    }

    /**
     * The structs in the order of their indexes, as {@link #get} hands them out. Elements appended meanwhile are
     * included.
     */
    @Override
    public Iterator<MemorySegment> iterator() {
        return new Iterator<>() {
            private long next;

            @Override
            public boolean hasNext() {
                return next < size();
            }

            @Override
            public MemorySegment next() {
                if (!hasNext()) {
                    throw new NoSuchElementException("all " + next + " elements were met");
                }
                return get(next++);
            }
        };
    }

    static void requireSize(MemorySegment source, long byteSize) {
        if (source.byteSize() != byteSize) {
            throw new IllegalArgumentException(
                    "source has " + source.byteSize() + " bytes, must have the " + byteSize + " of the layout");
        }
    }
}
