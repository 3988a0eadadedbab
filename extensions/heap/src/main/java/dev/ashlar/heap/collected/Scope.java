package dev.ashlar.heap.collected;

import dev.ashlar.api.AllocationException;
import dev.ashlar.heap.StaleHandleException;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * Holds objects until it is closed. What it holds, and all that is reachable from it, is not collected.
 *
 * <p>Scopes nest: open another one for a part of the work, and {@link #hold} its result in the outer one. An object may
 * be held by several scopes, and by one several times. For any thread.
 */
public final class Scope implements AutoCloseable {

    private static final int FIRST = 8;

    private final CollectedHeap heap;

    // Under the lock of the heap.
    private long[] held = new long[FIRST];
    private int size;
    private boolean isClosed;

    Scope(CollectedHeap heap) {
        this.heap = heap;
    }

    /**
     * Allocates an object and holds it. Its references are null, and its data is 0. Does a part of the collection if
     * that is due, and a full cycle in slices if there is no room.
     *
     * @return a reference to it
     * @throws AllocationException if there is no room, after a full cycle too
     * @throws IllegalStateException if this scope or the heap is closed
     */
    public long allocate(Layout layout) {
        return heap.allocate(this, layout);
    }

    /**
     * Reads a reference from a field, and holds what it refers to.
     *
     * @param reference an object
     * @param field 0 to the number of its fields less 1
     * @return the reference, or {@link CollectedHeap#NULL}
     * @throws IndexOutOfBoundsException if there is no such field
     * @throws StaleHandleException if the object was collected
     * @throws IllegalStateException if this scope or the heap is closed
     */
    public long get(long reference, int field) {
        return heap.get(this, reference, field);
    }

    /**
     * Holds an object.
     *
     * @throws StaleHandleException if it was collected
     * @throws IllegalStateException if this scope or the heap is closed
     */
    public void hold(long reference) {
        if (!tryHold(reference)) {
            throw CollectedHeap.stale(reference);
        }
    }

    /**
     * Holds an object if it was not collected. So a reference that is kept anywhere, but not held, is a weak one.
     *
     * @param reference a reference to it, which may be {@link CollectedHeap#NULL}
     * @return false if it was collected, or is null
     * @throws IllegalStateException if this scope or the heap is closed
     */
    public boolean tryHold(long reference) {
        return heap.tryHold(this, reference);
    }

    /**
     * Ends one hold of an object. The newest ones are found fastest.
     *
     * @throws IllegalArgumentException if it is not held here
     * @throws IllegalStateException if this scope or the heap is closed
     */
    public void release(long reference) {
        heap.release(this, reference);
    }

    /** Ends the holds. Closing again does nothing. */
    @Override
    public void close() {
        heap.close(this);
    }

    void requireOpen() {
        if (isClosed) {
            throw new IllegalStateException("The scope is closed");
        }
    }

    /** Makes room for one more, so that {@link #add} cannot fail. */
    void reserve() {
        requireOpen();
        if (size == held.length) {
            held = Arrays.copyOf(held, size * 2);
        }
    }

    void add(long reference) {
        held[size++] = reference;
    }

    void remove(long reference) {
        requireOpen();
        int last = size - 1;
        while (last >= 0 && held[last] != reference) {
            last--;
        }
        if (last < 0) {
            throw new IllegalArgumentException(CollectedHeap.text(reference) + " is not held by this scope");
        }
        System.arraycopy(held, last + 1, held, last, size - last - 1);
        size--;
    }

    void end() {
        isClosed = true;
        size = 0;
        held = new long[0];
    }

    void forEach(IntConsumer action) {
        for (int i = 0; i < size; i++) {
            action.accept(HeapObjects.index(held[i]));
        }
    }
}
