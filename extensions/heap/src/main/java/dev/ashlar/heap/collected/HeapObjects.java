package dev.ashlar.heap.collected;

import dev.ashlar.heap.Handle;
import dev.ashlar.heap.HandleHeap;
import dev.ashlar.heap.Pin;
import dev.ashlar.heap.StaleHandleException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/**
 * The objects of a heap by the index of their handle, their references, and the scopes that hold some of them.
 *
 * <p>Six bytes for an object, in arrays. All under the lock of the heap, but {@link #referencesOf}.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>An index has a generation if and only if its object was allocated and not freed.
 *   <li>{@code count} is the number of these objects.
 * </ul>
 */
final class HeapObjects {

    /** No object. */
    static final int NONE = -1;

    /** No reference: no handle has these bits, because the generation of a live one is odd. */
    static final long NULL = 0;

    private static final int FIRST_CAPACITY = 1024;

    /** The bits of a {@link Handle} that are the number of its heap. */
    private static final long HEAP_BITS = -1L << 45;

    /** So many references are read at a time, so that a slice can end within a long array. */
    private static final int PORTION = 128;

    final HandleHeap handles;

    /** All that are open. */
    final Set<Scope> scopes = Collections.newSetFromMap(new IdentityHashMap<>());

    /** Of collected objects whose finalisers are to run after the cycle. */
    final Deque<Runnable> finalizers = new ArrayDeque<>();

    private final Map<Long, List<Runnable>> actions = new HashMap<>();

    /** Replaced when it grows. A thread that has a reference sees an array with its element. */
    private volatile int[] references = {};

    /** How often the entry of the handle was used, or 0. */
    private short[] generations = {};

    /** What all handles of the heap have above that. */
    private long heapBits;

    private final long[] loaded = new long[PORTION];
    private int used;
    private long allocatedBytes;
    private long count;
    private long freedObjects;

    /** So many objects or portions are looked at between two looks at the clock. */
    private final int stepsPerLook;

    HeapObjects(HandleHeap handles, int stepsPerLook) {
        this.handles = handles;
        this.stepsPerLook = stepsPerLook;
    }

    /** Whether a slice is to end after some steps. Looks at the clock from time to time. */
    boolean isOver(long deadline, int steps) {
        return steps % stepsPerLook == 0 && System.nanoTime() - deadline >= 0;
    }

    /** The index of what a reference refers to. */
    static int index(long reference) {
        return reference == NULL ? NONE : (int) reference;
    }

    /** Indexes below this may have objects. */
    int used() {
        return used;
    }

    /** Arrays of collectors have this length at least. */
    int capacity() {
        return generations.length;
    }

    /** Makes arrays long enough for an object. */
    void reserve(int object) {
        if (object >= generations.length) {
            int capacity = Math.max(FIRST_CAPACITY, Math.max(object + 1, object + (object >> 1)));
            int[] more = Arrays.copyOf(references, capacity);
            generations = Arrays.copyOf(generations, capacity);
            references = more;
        }
    }

    /** Adds an object, for which there is room. */
    void add(Handle handle, Layout layout) {
        int object = index(handle.bits());
        references[object] = layout.references();
        generations[object] = (short) ((handle.bits() & ~HEAP_BITS) >>> Integer.SIZE);
        heapBits = handle.bits() & HEAP_BITS;
        used = Math.max(used, object + 1);
        allocatedBytes += layout.byteSize();
        count++;
    }

    boolean isLive(int object) {
        return generations[object] != 0;
    }

    private Handle handle(int object) {
        return new Handle(heapBits | (long) generations[object] << Integer.SIZE | object);
    }

    /** The object of a reference, if there is one. */
    int find(long reference) {
        int object = (int) reference;
        boolean isOne = reference != NULL
                && object >= 0
                && object < used
                && isLive(object)
                && handle(object).bits() == reference;
        return isOne ? object : NONE;
    }

    /** The number of fields of an object that was not freed. */
    int referencesOf(int object) {
        return references[object];
    }

    /**
     * Pins an object that was not freed. If many threads read it, waits for one of them: there is a most for pins, and
     * their functions do not wait for the heap.
     */
    Pin pin(int object) {
        while (true) {
            try {
                return handles.pin(handle(object));
            } catch (StaleHandleException e) {
                throw new AssertionError("object " + object + " was freed", e);
            } catch (IllegalStateException e) { // too many pins, because the heap is open
                LockSupport.parkNanos(1);
            }
        }
    }

    /** The reference in a field. */
    long reference(int object, int field) {
        try (Pin pin = pin(object)) {
            return pin.memory().get(ValueLayout.JAVA_LONG, Layout.referenceBytes(field));
        }
    }

    /** Calls an action with each object that a field from one on refers to. Returns the first field not looked at. */
    int forEachReference(int object, int from, IntConsumer action) {
        int read = Math.min(PORTION, references[object] - from);
        if (read <= 0) {
            return from;
        }
        try (Pin pin = pin(object)) {
            MemorySegment.copy(pin.memory(), ValueLayout.JAVA_LONG, Layout.referenceBytes(from), loaded, 0, read);
        }
        for (int i = 0; i < read; i++) {
            if (loaded[i] != NULL) {
                action.accept(index(loaded[i]));
            }
        }
        return from + read;
    }

    /** The same with all fields. The action must not read others. */
    void forEachReference(int object, IntConsumer action) {
        int fields = references[object];
        for (int from = 0; from < fields; ) {
            from = forEachReference(object, from, action);
        }
    }

    /** Calls an action with each object that a scope holds, for each time that one does. */
    void forEachRoot(IntConsumer action) {
        scopes.forEach(scope -> scope.forEach(action));
    }

    /** Moves an object to memory that the allocator chooses now. Returns false if it is pinned, or there is none. */
    boolean tryMove(int object) {
        return handles.tryMove(handle(object));
    }

    /** Runs an action when the object was freed. */
    void whenFreed(int object, Runnable action) {
        actions.computeIfAbsent(handle(object).bits(), _ -> new ArrayList<>(1)).add(action);
    }

    /** Frees an object. If a thread reads it, its memory is released afterwards. */
    void free(int object) {
        Handle handle = handle(object);
        forget(object, handle);
        handles.free(handle);
    }

    /** Removes all objects. Closing the heap of handles then frees their blocks. */
    void forgetAll() {
        for (int object = 0; object < used; object++) {
            if (isLive(object)) {
                forget(object, handle(object));
            }
        }
    }

    private void forget(int object, Handle handle) {
        generations[object] = 0;
        count--;
        freedObjects++;
        List<Runnable> toRun = actions.isEmpty() ? null : actions.remove(handle.bits());
        if (toRun != null) {
            finalizers.addAll(toRun);
        }
    }

    /** Bytes of all objects, and of those that were freed while a thread reads them. */
    long bytes() {
        return handles.requestedBytes();
    }

    /** How many objects there are. */
    long count() {
        return count;
    }

    /** Bytes of all objects that were freed. */
    long freedBytes() {
        return allocatedBytes - bytes();
    }

    /** How many were freed. */
    long freedObjects() {
        return freedObjects;
    }
}
