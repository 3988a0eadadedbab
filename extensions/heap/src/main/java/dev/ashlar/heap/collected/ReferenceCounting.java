package dev.ashlar.heap.collected;

import dev.ashlar.heap.Handle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Deferred reference counting, with trial deletion for rings.
 *
 * <h2>Design</h2>
 *
 * <p>Counts are of the references in objects. What scopes hold is not counted: Deutsch and Bobrow, "An efficient,
 * incremental, automatic garbage collector", 1976. An object whose count is 0 is listed. Those of the list that no
 * scope holds are freed, and what they refer to is counted down. That goes on in slices, and without a cycle.
 *
 * <p>An object that is counted down to more than 0 may be part of a ring that just became garbage. It is a suspect. A
 * cycle looks at all suspects at once: Bacon and Rajan, "Concurrent cycle collection in reference counted systems",
 * 2001, the synchronous variant. It takes away the counts of the references among the objects that suspects reach
 * ({@link #markGrey}). What still has a count is referred to from elsewhere, so it gets its counts back, with all that
 * it reaches ({@link #restore}). The rest is garbage. What scopes hold is certainly reachable, and is not looked into.
 * This is one pause, because counts are not true meanwhile. The garbage is freed in slices. It is done without a cycle
 * too, when there are many new suspects, and more of them the more objects the last ones reached.
 *
 * <p>The original finds candidates by walking from the suspects three times. Here the second and third walk are over
 * the colours of all objects, so they need no stack. The stack of the others, and the lists, have each object at most
 * once.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>The count of an object is the number of references to it in objects that are not dead.
 *   <li>Every object is reachable from a suspect or a listed one. It is true for a new object, which is listed. A store
 *       makes what it cuts off a suspect. A cycle clears the suspects, but all that it leaves is reachable from
 *       what scopes hold, which become suspects. So scopes need no barrier.
 * </ul>
 */
final class ReferenceCounting implements Collector {

    private static final byte LISTED = 1;
    private static final byte SUSPECT = 2;
    private static final byte HELD = 4;
    private static final byte GREY = 8;
    private static final byte DEAD = 16;

    /** So many new zeros are worth a look at the scopes. */
    private static final int WORTHWHILE = 8192;

    /** The same, while zeros are left from the last look. */
    private static final int WORTHWHILE_MORE = 256;

    private final HeapObjects objects;
    private int[] counts = {};
    private byte[] flags = {};
    private final IntStack zeros = new IntStack();

    /** Listed ones that scopes hold. Those that they do not hold any more are zeros again in the next slice. */
    private final IntStack passed = new IntStack();

    private final IntStack stack = new IntStack();
    private final IntStack garbage = new IntStack();

    /** So many new suspects are worth trial deletion without a cycle: bounds its pause, if they reach few others. */
    private static final int MOST_SUSPECTS = 1 << 15;

    /** Objects that became suspects since the last trial deletion. */
    private int suspects;

    /** Objects that the last trial deletion reached. */
    private int reached;

    /** With so many suspects, the next one is due. Grows with what they reached, so that this is not reached often. */
    private int dueSuspects = MOST_SUSPECTS;

    /** With so many zeros, the next look at the scopes is due. */
    private int dueZeros = WORTHWHILE;

    /** The object that is about to be freed, and its first field that still counts. */
    private int dying = HeapObjects.NONE;

    private int nextField;
    /** Whether garbage is found that is to be freed. */
    private boolean isFreeing;

    /** Whether it was found without a cycle, so that a cycle has to look again. */
    private boolean isOfPart;

    ReferenceCounting(HeapObjects objects) {
        this.objects = objects;
    }

    @Override
    public @Nullable Handle tryPlace(long byteSize) {
        return objects.handles.tryAllocate(byteSize);
    }

    @Override
    public void allocated(int object) {
        if (object >= counts.length) {
            counts = Arrays.copyOf(counts, objects.capacity());
            flags = Arrays.copyOf(flags, objects.capacity());
        }
        counts[object] = 0;
        flags[object] = 0;
        list(object);
    }

    private boolean is(int object, int flag) {
        return (flags[object] & flag) != 0;
    }

    private void set(int object, int flag) {
        flags[object] |= (byte) flag;
    }

    private void clear(int object, int flag) {
        flags[object] &= (byte) ~flag;
    }

    private void list(int object) {
        if (!is(object, LISTED)) {
            zeros.push(object);
            set(object, LISTED);
        }
    }

    @Override
    public void storing(int source, int field, int before, int after) {
        if (after != HeapObjects.NONE) {
            counts[after] = Math.incrementExact(counts[after]); // 2^31 references take 16 GiB
        }
        if (before != HeapObjects.NONE) {
            countDown(before);
        }
    }

    private void countDown(int object) {
        if (--counts[object] == 0) {
            list(object);
        } else {
            suspect(object);
        }
    }

    @Override
    public void holding(int object) {}

    @Override
    public boolean isDead(int object) {
        return object == dying || is(object, DEAD);
    }

    @Override
    public boolean isPartialDue() {
        return zeros.size() >= dueZeros || suspects >= dueSuspects || (isFreeing && isOfPart);
    }

    @Override
    public void collectPartially(long deadline) {
        if (isFreeing) {
            freeGarbage(deadline);
        } else {
            find(deadline, suspects >= dueSuspects);
            isOfPart = isFreeing;
        }
    }

    @Override
    public boolean step(long deadline) {
        if (isFreeing && isOfPart && !freeGarbage(deadline)) {
            return false;
        }
        if (!isFreeing) {
            find(deadline, true);
            isOfPart = false;
        }
        return isFreeing && freeGarbage(deadline);
    }

    /** Frees zeros, and then looks for rings. */
    private void find(long deadline, boolean isForRings) {
        boolean areAllFree = freeZeros(deadline);
        isFreeing = areAllFree && isForRings;
        if (isFreeing) {
            findRings();
            objects.forEachRoot(this::suspect);
        }
        forgetHeld(areAllFree);
    }

    private void suspect(int object) {
        if (!is(object, SUSPECT)) {
            set(object, SUSPECT);
            suspects++;
        }
    }

    private void forgetHeld(boolean areAllFree) {
        objects.forEachRoot(root -> clear(root, HELD));
        dueZeros = areAllFree ? WORTHWHILE + passed.size() : zeros.size() + WORTHWHILE_MORE;
    }

    private void findHeld() {
        objects.forEachRoot(root -> set(root, HELD));
        for (int i = passed.size(); i > 0; i--) {
            stack.push(passed.pop());
        }
        while (!stack.isEmpty()) {
            int object = stack.pop();
            (is(object, HELD) ? passed : zeros).push(object);
        }
    }

    /** Whether all zeros are free that no scope holds. */
    private boolean freeZeros(long deadline) {
        findHeld();
        for (int step = 1; dying != HeapObjects.NONE || !zeros.isEmpty(); step++) {
            if (dying == HeapObjects.NONE) {
                int object = zeros.pop();
                if (counts[object] > 0) {
                    clear(object, LISTED);
                    suspect(object);
                } else if (is(object, HELD)) {
                    passed.push(object);
                } else {
                    dying = object;
                    nextField = 0;
                }
            } else {
                nextField = objects.forEachReference(dying, nextField, this::countDown);
                if (nextField == objects.referencesOf(dying)) {
                    objects.free(dying);
                    dying = HeapObjects.NONE;
                }
            }
            if (objects.isOver(deadline, step)) {
                return false;
            }
        }
        return true;
    }

    /** Trial deletion from all suspects that no scope holds. */
    private void findRings() {
        int used = objects.used();
        suspects = 0;
        reached = 0;
        for (int object = 0; object < used; object++) {
            if (objects.isLive(object) && is(object, SUSPECT) && !is(object, HELD)) {
                clear(object, SUSPECT);
                markGrey(object);
            }
        }
        for (int object = 0; object < used; object++) {
            if (is(object, GREY) && counts[object] > 0) {
                restore(object);
            }
        }
        dueSuspects = Math.max(MOST_SUSPECTS, reached / 2);
        for (int object = 0; object < used; object++) {
            if (is(object, GREY)) {
                clear(object, GREY);
                set(object, DEAD);
                garbage.push(object);
                objects.forEachReference(object, child -> {
                    if (is(child, HELD)) {
                        countDown(child);
                    }
                });
            }
        }
        stack.clear();
    }

    /** Takes away the counts of references among the objects that one reaches. */
    private void markGrey(int start) {
        pushGrey(start);
        while (!stack.isEmpty()) {
            objects.forEachReference(stack.pop(), child -> {
                if (!is(child, HELD)) {
                    counts[child]--;
                    pushGrey(child);
                }
            });
        }
    }

    private void pushGrey(int object) {
        if (!is(object, GREY)) {
            set(object, GREY);
            stack.push(object);
            reached++;
        }
    }

    /** Gives the counts back that an object that is no garbage, and what it reaches, have to others. */
    private void restore(int start) {
        clear(start, GREY);
        stack.push(start);
        while (!stack.isEmpty()) {
            objects.forEachReference(stack.pop(), child -> {
                if (!is(child, HELD)) {
                    counts[child]++;
                    if (is(child, GREY)) {
                        clear(child, GREY);
                        stack.push(child);
                    }
                }
            });
        }
    }

    private boolean freeGarbage(long deadline) {
        for (int step = 1; !garbage.isEmpty(); step++) {
            int object = garbage.pop();
            objects.free(object);
            flags[object] = 0;
            if (objects.isOver(deadline, step)) {
                return false;
            }
        }
        garbage.clear();
        isFreeing = false;
        return true;
    }

    @Override
    public void checkInvariants() {
        int[] expected = new int[objects.used()];
        boolean[] isReached = new boolean[objects.used()];
        IntStack toScan = new IntStack();
        for (int object = 0; object < objects.used(); object++) {
            if (!objects.isLive(object) || is(object, DEAD)) {
                continue;
            }
            for (int from = object == dying ? nextField : 0; from < objects.referencesOf(object); ) {
                from = objects.forEachReference(object, from, child -> expected[child]++);
            }
            if (is(object, SUSPECT | LISTED) || object == dying) {
                isReached[object] = true;
                toScan.push(object);
            }
        }
        while (!toScan.isEmpty()) {
            objects.forEachReference(toScan.pop(), child -> {
                if (!isReached[child]) {
                    isReached[child] = true;
                    toScan.push(child);
                }
            });
        }
        for (int object = 0; object < objects.used(); object++) {
            if (objects.isLive(object) && !is(object, DEAD)) {
                Collector.check(counts[object] == expected[object], "count is " + counts[object], object);
                Collector.check(isReached[object], "reachable from a suspect or a listed one", object);
                Collector.check(!is(object, HELD | GREY), "flags of a slice are cleared", object);
            }
        }
    }
}
