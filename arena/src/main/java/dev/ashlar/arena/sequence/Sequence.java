package dev.ashlar.arena.sequence;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Refusal;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;

/**
 * A growable sequence of elements of one size, side by side in one block of an allocator. It is for the thread that
 * makes it: every call by another throws {@link WrongThreadException} and changes nothing, because a look at a block
 * that its owner moves at that moment would be a look at freed memory.
 *
 * <h2>Growth</h2>
 *
 * <p>A sequence that is full grows by half, and to what the allocator would {@linkplain Allocator#goodSize round} that
 * up to, with {@link Allocator#tryResize}, which moves the block where it cannot stay. So appending costs constant time
 * in the long run, and up to a third of the capacity is unused; {@link #reserve} and {@link #trimToSize} take exactly
 * what is needed. Where the allocator refuses so much, a sequence grows by less, down to what is needed. A request that
 * the allocator refuses leaves the sequence as it was.
 *
 * <p>What is handed out as a segment is valid until the sequence next grows, is trimmed or is closed, as a pointer into
 * a vector is in C++; after that it is a use of a freed block.
 *
 * <p>Invariant, until it is closed: {@code 0 <= size <= capacity}, and the block has {@code capacity} times the size of
 * an element.
 */
public abstract sealed class Sequence implements AutoCloseable
        permits IntVector, LongVector, FloatVector, DoubleVector, StructVector {

    /**
     * Elements of the first block, unless more are reserved: small, and enough that the first few do not each resize.
     */
    private static final long FIRST_CAPACITY = 16;

    /** The capacity once closed. Less than the size, so that the check for room finds it. */
    private static final long CLOSED = -1;

    private final Thread owner = Thread.currentThread();
    private final Allocator allocator;

    /** See {@link #strideOf}. */
    final long stride;

    private final long byteAlignment;

    /** {@link MemorySegment#NULL} while there is no capacity. */
    MemorySegment block = MemorySegment.NULL;

    private long size;
    private long capacity;

    Sequence(Allocator allocator, MemoryLayout element) {
        this.allocator = allocator;
        byteAlignment = element.byteAlignment();
        stride = strideOf(element);
    }

    /** Bytes from the start of an element to that of the next, so that each is aligned as its layout asks. */
    static long strideOf(MemoryLayout element) {
        if (element.byteSize() == 0) {
            throw new IllegalArgumentException("The layout " + element + " has no bytes, must have at least 1");
        }
        long byteAlignment = element.byteAlignment();
        return Math.addExact(element.byteSize(), byteAlignment - 1) & -byteAlignment;
    }

    /** Number of elements. */
    public final long size() {
        requireUsable();
        return size;
    }

    /** Number of elements that there is room for without growth. */
    public final long capacity() {
        requireUsable();
        return capacity;
    }

    /**
     * Makes room.
     *
     * @param elements number of elements in all, 0 or more, for which there is to be room; if there is, nothing happens
     * @throws IllegalArgumentException if the number is negative
     * @throws AllocationException if the allocator cannot serve it; nothing changes
     * @throws IllegalStateException if this sequence is closed
     */
    public final void reserve(long elements) {
        requireUsable();
        if (elements < 0) {
            throw new IllegalArgumentException("elements is " + elements + ", must be 0 or more");
        }
        if (elements > capacity) {
            changeCapacity(elements);
        }
    }

    /**
     * Gives memory without elements back.
     *
     * @throws AllocationException if the block has to move for that and the allocator has no other; nothing changes
     * @throws IllegalStateException if this sequence is closed
     */
    public final void trimToSize() {
        requireUsable();
        if (capacity > size) {
            changeCapacity(size);
        }
    }

    /**
     * Removes an element and puts the last one in its place, in constant time. The order changes.
     *
     * @param index which, from 0 to {@code size() - 1}
     * @throws IndexOutOfBoundsException if there is no such element
     * @throws IllegalStateException if this sequence is closed
     */
    public final void removeSwap(long index) {
        long last = size - 1;
        if (checked(index) != last) {
            MemorySegment.copy(block, last * stride, block, index * stride, stride);
        }
        size = last;
    }

    /**
     * Removes all elements and keeps the capacity.
     *
     * @throws IllegalStateException if this sequence is closed
     */
    public final void clear() {
        requireUsable();
        size = 0;
    }

    /**
     * The memory of all elements, for scans and bulk copies. It is valid until this sequence next grows, is trimmed or
     * is closed.
     *
     * @return a segment from the first byte of the first element to the end of the last
     * @throws IllegalStateException if this sequence is closed
     */
    public final MemorySegment memory() {
        requireUsable();
        return block.asSlice(0, size * stride);
    }

    /**
     * Frees the memory. Closing again does nothing.
     *
     * @throws IllegalStateException if the allocator was closed before; this sequence is closed then
     */
    @Override
    public final void close() {
        if (Thread.currentThread() != owner) {
            throw wrongThread(owner);
        }
        long last = capacity;
        MemorySegment memory = block;
        capacity = CLOSED;
        size = 0; // so that no index is in bounds
        block = MemorySegment.NULL;
        if (last > 0) {
            allocator.free(memory);
        }
    }

    /** The index, if there is such an element. */
    final long checked(long index) {
        if (Thread.currentThread() != owner || index < 0 || index >= size) {
            throw refusal(index);
        }
        return index;
    }

    /** Adds an element of unknown contents, and returns its index. */
    final long extend() {
        ensureRoom(1);
        return size++;
    }

    /** Adds elements of unknown contents, and returns the index of the first. */
    final long extend(long elements) {
        ensureRoom(elements);
        long first = size;
        size += elements;
        return first;
    }

    /** Sees to it that so many elements can be added without growth. */
    final void ensureRoom(long elements) {
        if (Thread.currentThread() != owner || elements > capacity - size) {
            grow(elements);
        }
    }

    private void grow(long elements) {
        requireUsable();
        long needed = size + elements;
        long wanted = Math.min(Math.max(FIRST_CAPACITY, capacity + capacity / 2), mostElements());
        long spare = wanted - needed;
        while (spare > 0 && !tryChangeCapacity(roundedUp(needed + spare))) {
            spare /= 2; // what is needed may fit still
        }
        if (spare <= 0) {
            changeCapacity(needed);
        }
    }

    private long mostElements() {
        return Long.MAX_VALUE / stride;
    }

    /** As many elements as a block for some really has room for. */
    private long roundedUp(long elements) {
        return allocator.goodSize(elements * stride, byteAlignment) / stride;
    }

    private void changeCapacity(long elements) {
        if (elements > mostElements()) {
            throw new AllocationException(
                    Refusal.tooLarge("the number of elements", elements, mostElements(), "Use several sequences."));
        }
        if (!tryChangeCapacity(elements)) {
            throw new AllocationException(allocator.refusal(block, elements * stride, byteAlignment));
        }
    }

    private boolean tryChangeCapacity(long elements) {
        long byteSize = elements * stride;
        if (elements == 0) {
            allocator.free(block);
            block = MemorySegment.NULL;
        } else {
            MemorySegment changed = capacity == 0
                    ? allocator.tryAllocate(byteSize, byteAlignment)
                    : allocator.tryResize(block, byteSize, byteAlignment);
            if (changed == null) {
                return false;
            }
            block = changed;
        }
        capacity = elements;
        return true;
    }

    private void requireUsable() {
        if (Thread.currentThread() != owner) {
            throw wrongThread(owner);
        }
        if (capacity == CLOSED) {
            throw new IllegalStateException("This sequence is closed");
        }
    }

    private IndexOutOfBoundsException refusal(long index) {
        requireUsable();
        return new IndexOutOfBoundsException("index is " + index + ", must be from 0 to " + (size - 1)
                + (size == 0 ? " (there are no elements)" : ""));
    }

    static WrongThreadException wrongThread(Thread owner) {
        return new WrongThreadException("This sequence is confined to " + owner + " and was called by "
                + Thread.currentThread() + ". Give each thread its own, or use a concurrent one.");
    }

    /** Throws if what holds between any two calls does not. */
    final void checkInvariants() {
        if (capacity != CLOSED && (size < 0 || size > capacity || block.byteSize() != capacity * stride)) {
            throw new AssertionError(size + " of " + capacity + " elements of " + stride + " bytes in " + block);
        }
    }

    @Override
    public final String toString() {
        return getClass().getSimpleName()
                + (capacity == CLOSED ? ", closed" : " of " + size + " elements, room for " + capacity);
    }
}
