package dev.ashlar.heap.collected;

import dev.ashlar.heap.Handle;
import org.jspecify.annotations.Nullable;

/**
 * New objects are young, until they survive a collection of the young ones. Then they are old, and are collected by
 * {@link MarkSweep}.
 *
 * <p>A cycle starts with a collection of the young. While it goes on, new objects are old. So one of both collections
 * is under way at a time, and the cycle sees old objects only.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>While a cycle is under way, no object is young.
 *   <li>The list of the young has each young object once. Its length, and so the time of a collection of the young, is
 *       bounded by when a subclass says that one is due.
 * </ul>
 */
abstract class TwoGenerations implements Collector {

    final HeapObjects objects;

    /** The young objects. */
    final IntStack young = new IntStack();

    /** Objects that are found, and whose references are not looked at. Each is on it once. */
    final IntStack stack = new IntStack();

    private final MarkSweep old;

    TwoGenerations(HeapObjects objects) {
        this.objects = objects;
        old = new MarkSweep(objects);
    }

    /** There is a new object. */
    abstract void born(int object, boolean isYoung);

    /** A field is about to change; see {@link #storing}. */
    abstract void changing(int source, int field, int before, int after);

    /** Frees young objects, makes the others old, and clears the list. */
    abstract void collectYoung();

    boolean isInCycle() {
        return old.isInCycle();
    }

    @Override
    public @Nullable Handle tryPlace(long byteSize) {
        return old.tryPlace(byteSize);
    }

    @Override
    public final void allocated(int object) {
        old.allocated(object);
        born(object, !isInCycle());
        if (!isInCycle()) {
            young.push(object);
        }
    }

    @Override
    public final void storing(int source, int field, int before, int after) {
        old.storing(source, field, before, after);
        changing(source, field, before, after);
    }

    @Override
    public final void holding(int object) {
        old.holding(object);
    }

    @Override
    public final boolean isDead(int object) {
        return old.isDead(object);
    }

    @Override
    public final void collectPartially(long deadline) {
        if (!isInCycle()) {
            collectYoung();
        }
    }

    @Override
    public final boolean step(long deadline) {
        collectPartially(deadline);
        return old.step(deadline);
    }

    @Override
    public void checkInvariants() {
        old.checkInvariants();
        Collector.check(!isInCycle() || young.isEmpty(), "no young object in a cycle", young.size());
        for (int i = 0; i < young.size(); i++) {
            Collector.check(objects.isLive(young.get(i)), "a young object is live", young.get(i));
        }
    }
}
