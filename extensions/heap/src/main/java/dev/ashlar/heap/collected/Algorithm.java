package dev.ashlar.heap.collected;

/** How a {@link CollectedHeap} finds the objects that nothing refers to. */
public enum Algorithm {

    /**
     * Counts the references to each object. Most garbage is freed soon and without a cycle. Rings are found by trial
     * deletion, in one pause that takes time in proportion to all that suspects reach: new objects, and those that lost
     * a reference. It can be long.
     */
    REFERENCE_COUNTING,

    /** Marks what is reachable and frees the rest, both in slices. A pause is one slice. */
    MARK_SWEEP,

    /**
     * Bump-allocates new objects in a nursery, and moves those that survive out of it. Old objects are collected as by
     * {@link #MARK_SWEEP}. For many objects that live for a short time.
     */
    GENERATIONAL,

    /**
     * Counts the references to new objects, and frees those without any. Old objects, and rings, are collected as by
     * {@link #MARK_SWEEP}. For many objects that live for a short time, without moving the others.
     */
    HYBRID
}
