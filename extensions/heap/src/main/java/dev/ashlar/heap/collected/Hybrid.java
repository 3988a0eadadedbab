package dev.ashlar.heap.collected;

import java.util.Arrays;

/**
 * Counting for young objects, and marking for old ones and for rings.
 *
 * <h2>Design</h2>
 *
 * <p>An object is young until the first collection of the young after its allocation. The references to a young object
 * are counted, whatever object has them; what scopes hold is not counted (Deutsch and Bobrow, "An efficient,
 * incremental, automatic garbage collector", 1976). A collection of the young frees those whose count is 0 and that no
 * scope holds, and counts down what they refer to. It looks at no other object and moves none, so it costs time for the
 * garbage, and little for what survives. All others are old then: their count is given up, as one that reached its most
 * is with few bits (Wise and Friedman, "The one-bit reference count", 1977). Old objects, among them all rings that
 * survived as young, are found by incremental marking. Counting with marking behind it is what LXR does (Zhao,
 * Blackburn, McKinley, "Low-latency, high-throughput garbage collection", 2022).
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>The count of a young object is the number of references to it.
 *   <li>The count of an old object is {@link #OLD}.
 * </ul>
 */
final class Hybrid extends TwoGenerations {

    private static final int OLD = -1;

    /** Bounds the time of a collection of the young. */
    private static final int MOST_YOUNG = 1 << 14;

    private int[] counts = {};

    Hybrid(HeapObjects objects) {
        super(objects);
    }

    @Override
    void born(int object, boolean isYoung) {
        if (object >= counts.length) {
            counts = Arrays.copyOf(counts, objects.capacity());
        }
        counts[object] = isYoung ? 0 : OLD;
    }

    private boolean isYoung(int object) {
        return object != HeapObjects.NONE && counts[object] != OLD;
    }

    @Override
    void changing(int source, int field, int before, int after) {
        if (isYoung(after)) {
            counts[after] = Math.incrementExact(counts[after]); // 2^31 references take 16 GiB
        }
        if (isYoung(before)) {
            counts[before]--;
        }
    }

    @Override
    public boolean isPartialDue() {
        return young.size() >= MOST_YOUNG;
    }

    @Override
    void collectYoung() {
        objects.forEachRoot(root -> counts[root] = OLD);
        for (int i = 0; i < young.size(); i++) {
            if (objects.isLive(young.get(i)) && counts[young.get(i)] == 0) {
                freeFrom(young.get(i));
            }
        }
        for (int i = 0; i < young.size(); i++) {
            counts[young.get(i)] = OLD;
        }
        young.clear();
    }

    private void freeFrom(int start) {
        stack.push(start);
        while (!stack.isEmpty()) {
            int object = stack.pop();
            objects.forEachReference(object, child -> {
                if (isYoung(child) && --counts[child] == 0) {
                    stack.push(child);
                }
            });
            objects.free(object);
        }
    }

    @Override
    public void checkInvariants() {
        super.checkInvariants();
        int[] expected = new int[objects.used()];
        for (int object = 0; object < objects.used(); object++) {
            if (objects.isLive(object)) {
                objects.forEachReference(object, child -> expected[child]++);
            }
        }
        for (int object = 0; object < objects.used(); object++) {
            if (objects.isLive(object) && isYoung(object)) {
                Collector.check(counts[object] == expected[object], "count is " + counts[object], object);
            }
        }
    }
}
