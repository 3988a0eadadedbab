package dev.ashlar.arena.sequence;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Refusal;
import dev.ashlar.api.Relocatable;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * A growable sequence of elements of one size, side by side in one block of an allocator. It is for the thread that
 * makes it: every call by another thread throws {@link WrongThreadException} and changes nothing. Otherwise that thread
 * might read a freed block that the owner has just moved.
 *
 * <h2>Growth</h2>
 *
 * <p>A full sequence grows by half, {@linkplain Allocator#goodSize rounded up} as the allocator would round it, with
 * {@link Allocator#tryResize}, which moves the block if necessary. So appending costs amortised constant time, and up
 * to a third of the capacity is unused. {@link #reserve} and {@link #trimToSize} take exactly what is needed. If the
 * allocator refuses that much, a sequence grows by less, down to what is needed. A refused request leaves the sequence
 * unchanged.
 *
 * <p>A segment that is handed out is valid until the sequence next grows, is trimmed or is closed, like a pointer into
 * a C++ vector. After that it refers to a freed block.
 *
 * <p>Invariant, until it is closed: {@code 0 <= size <= capacity}, and the block has {@code capacity} times the size of
 * an element.
 */
public abstract sealed class Sequence implements Relocatable, AutoCloseable
        permits IntVector, LongVector, FloatVector, DoubleVector, StructVector {

    /**
     * Elements of the first block, unless more are reserved: few, but enough that not each of the first elements
     * resizes the block.
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

    /** Bytes from the start of an element to that of the next, so that each is aligned as its layout requires. */
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

    /** Number of elements that fit without growth. */
    public final long capacity() {
        requireUsable();
        return capacity;
    }

    /**
     * Makes room.
     *
     * @param elements total number of elements to make room for, 0 or more; if there is room, nothing happens
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
     * Releases memory without elements.
     *
     * @throws AllocationException if the block must move for that and the allocator refuses another one; nothing
     *     changes
     * @throws IllegalStateException if this sequence is closed
     */
    public final void trimToSize() {
        requireUsable();
        if (capacity > size) {
            changeCapacity(size);
        }
    }

    /**
     * Adds elements of undefined contents at the end, and returns their memory, which the caller writes: by a copy of
     * another segment, from a channel, or by a loop. Where there is room this takes constant time, and makes no object
     * if the segment does not escape.
     *
     * {@snippet class="dev.ashlar.verification.shown.ArenaCodeTest" region="extend"}
     *
     * @param elements how many to add, 0 or more
     * @return a segment from the first byte of the first added element to the end of the last one, valid until this
     *     sequence next grows, is trimmed or is closed
     * @throws IllegalArgumentException if the number is negative
     * @throws AllocationException if there is no room and the allocator has none; nothing changes
     * @throws IllegalStateException if this sequence is closed
     */
    public final MemorySegment extend(long elements) {
        if (elements < 0) {
            throw new IllegalArgumentException("elements is " + elements + ", must be 0 or more");
        }
        ensureRoom(elements);
        long first = size;
        size += elements;
        return block.asSlice(first * stride, elements * stride);
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
     * The memory of all elements, for scans, copies and comparisons. It is valid until this sequence next grows, is
     * trimmed or is closed.
     *
     * @return a segment from the first byte of the first element to the end of the last
     * @throws IllegalStateException if this sequence is closed
     */
    public final MemorySegment memory() {
        requireUsable();
        return block.asSlice(0, size * stride);
    }

    /**
     * Moves the block if it is worth it. Like growth, that ends the segments that were handed out.
     *
     * @throws IllegalStateException if this sequence is closed
     */
    @Override
    public final long relocate(LongPredicate isWorthLeaving, long mostBytes) {
        requireUsable();
        if (capacity == 0 || mostBytes == 0 || !isWorthLeaving.test(block.address())) {
            return 0;
        }
        MemorySegment moved = relocated(allocator, block, byteAlignment, isWorthLeaving);
        if (moved == null) {
            return 0;
        }
        block = moved;
        return moved.byteSize();
    }

    /** A copy of a block, which is freed; null if there is no better place for it, and then it stays. */
    static @Nullable MemorySegment relocated(
            Allocator allocator, MemorySegment from, long byteAlignment, LongPredicate isWorthLeaving) {
        MemorySegment to = allocator.tryAllocate(from.byteSize(), byteAlignment);
        if (to == null) {
            return null;
        }
        if (isWorthLeaving.test(to.address())) {
            allocator.free(to);
            return null;
        }
        to.copyFrom(from);
        allocator.free(from);
        return to;
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
        size = 0; // so that no index is valid
        block = MemorySegment.NULL;
        if (last > 0) {
            allocator.free(memory);
        }
    }

    /**
     * Returns the index, if there is such an element. The JIT compiler moves the JDK's check out of a loop, and so can
     * vectorise the loop. It does not recognise comparisons of a {@code long} as such a check.
     */
    final long checked(long index) {
        if (Thread.currentThread() != owner) {
            throw refusal(index);
        }
        try {
            return Objects.checkIndex(index, size);
        } catch (IndexOutOfBoundsException _) {
            throw refusal(index);
        }
    }

    /** Adds an element of undefined contents, and returns its index. */
    final long addOne() {
        ensureRoom(1);
        return size++;
    }

    /** Makes room for elements to be added without growth. */
    final void ensureRoom(long elements) {
        if (Thread.currentThread() != owner || elements > capacity - size) {
            grow(elements);
        }
    }

    private void grow(long elements) {
        requireUsable();
        long needed = size + Math.min(elements, Long.MAX_VALUE - size);
        long wanted = Math.min(Math.max(FIRST_CAPACITY, capacity + capacity / 2), mostElements());
        long spare = wanted - needed;
        while (spare > 0 && !tryChangeCapacity(roundedUp(needed + spare))) {
            spare /= 2; // the needed elements may still fit
        }
        if (spare <= 0) {
            changeCapacity(needed);
        }
    }

    private long mostElements() {
        return Long.MAX_VALUE / stride;
    }

    /** The number of elements that really fit into the block for some elements. */
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

    /** Throws if an invariant does not hold. For use between two calls. */
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
