package dev.ashlar.heap.collected;

import dev.ashlar.heap.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Finds objects that nothing refers to, and frees them. Objects are named by the index of their handle.
 *
 * <p>The heap calls every method under its lock, so an implementation needs none.
 *
 * @implSpec A full cycle frees all objects that are unreachable when it starts, and none that a scope holds, or that is
 *     reachable from one that it holds. No method changes an object that is reachable.
 */
interface Collector {

    /** Allocates the memory of a new object, or returns null if there is none. */
    @Nullable Handle tryPlace(long byteSize);

    /** There is a new object, whose references are null. It is not known to {@link HeapObjects} yet. */
    void allocated(int object);

    /**
     * The write barrier: a field is about to change.
     *
     * @param before the object that it refers to, or {@link HeapObjects#NONE}
     * @param after the object that it will refer to, or the same
     */
    void storing(int source, int field, int before, int after);

    /** A scope is about to hold an object, which may be unreachable until then. */
    void holding(int object);

    /** Whether the object was found to be unreachable, and waits to be freed. */
    boolean isDead(int object);

    /** Whether {@link #collectPartially} is due. */
    boolean isPartialDue();

    /**
     * Frees what is found without a cycle, until it is done or about until the deadline. A collection of the young is
     * not divided: {@link #isPartialDue} bounds their number.
     */
    void collectPartially(long deadline);

    /**
     * Does a slice of a full cycle, and starts one if none is under way.
     *
     * @param deadline the value of {@link System#nanoTime} at which to stop
     * @return whether the cycle is complete
     */
    boolean step(long deadline);

    /** Checks what is written in the class. For tests. Costs time in proportion to all objects. */
    void checkInvariants();

    static void check(boolean holds, String what, int object) {
        if (!holds) {
            throw new AssertionError(what + ": object " + object);
        }
    }
}
