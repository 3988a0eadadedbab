package dev.ashlar.heap.collected;

import dev.ashlar.heap.Handle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Incremental marking and sweeping.
 *
 * <h2>Design</h2>
 *
 * <p>A cycle marks what scopes hold and what is reachable from it, and then frees all objects that are not marked. Both
 * go on in slices. An object is white (not marked), grey (marked, and on the stack, or partly scanned) or black
 * (marked, and its references too): Dijkstra, Lamport, Martin, Scholten, Steffens, "On-the-fly garbage collection",
 * 1978. Two marks alternate, so that no cycle has to clear those of the one before.
 *
 * <p>The barrier is Dijkstra's, from the same paper: a reference that is stored shades its object. What a scope begins
 * to hold is shaded too, so a thread never has a white object, and scopes need no second look at the end. Yuasa's
 * barrier, which shades what is overwritten, would mark all that was reachable at the start of the cycle. It needs that
 * only if threads load references without a barrier. New objects are marked.
 *
 * <p>Scopes are looked at in one go, when the cycle starts. They hold few objects.
 *
 * <p>An object is pushed to the stack when it turns grey, which it does once in a cycle: so the stack has at most as
 * many elements as there are objects. A long array is scanned in portions.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>Between cycles all objects are marked, and none is grey.
 *   <li>While marking, no black object refers to a white one, and no scope holds one. So when none is grey, all that is
 *       reachable is black.
 *   <li>While sweeping, no marked object refers to a white one, and below the position of the sweep none is white.
 * </ul>
 */
final class MarkSweep implements Collector {

    private enum Phase {
        IDLE,
        MARKING,
        SWEEPING
    }

    private static final byte FIRST_MARK = 1;
    private static final byte BOTH_MARKS = 3;

    private final HeapObjects objects;
    private byte[] marks = {};
    private byte mark = FIRST_MARK;
    private final IntStack grey = new IntStack();

    /** The object that is partly scanned. */
    private int scanned = HeapObjects.NONE;

    private int nextField;
    private int nextSwept;
    private Phase phase = Phase.IDLE;

    MarkSweep(HeapObjects objects) {
        this.objects = objects;
    }

    boolean isInCycle() {
        return phase != Phase.IDLE;
    }

    @Override
    public @Nullable Handle tryPlace(long byteSize) {
        return objects.handles.tryAllocate(byteSize);
    }

    @Override
    public void allocated(int object) {
        if (object >= marks.length) {
            marks = Arrays.copyOf(marks, objects.capacity());
        }
        marks[object] = mark;
    }

    @Override
    public void storing(int source, int field, int before, int after) {
        shade(after);
    }

    @Override
    public void holding(int object) {
        shade(object);
    }

    private void shade(int object) {
        if (phase == Phase.MARKING) {
            markGrey(object);
        }
    }

    private void markGrey(int object) {
        if (object != HeapObjects.NONE && marks[object] != mark) {
            grey.push(object);
            marks[object] = mark;
        }
    }

    @Override
    public boolean isDead(int object) {
        return phase == Phase.SWEEPING && marks[object] != mark;
    }

    @Override
    public boolean isPartialDue() {
        return false;
    }

    @Override
    public void collectPartially(long deadline) {}

    @Override
    public boolean step(long deadline) {
        if (phase == Phase.IDLE) {
            mark = (byte) (BOTH_MARKS - mark);
            phase = Phase.MARKING;
            objects.forEachRoot(this::markGrey);
        }
        if (phase == Phase.MARKING && mark(deadline)) {
            grey.clear();
            phase = Phase.SWEEPING;
            nextSwept = 0;
        }
        if (phase == Phase.SWEEPING && sweep(deadline)) {
            phase = Phase.IDLE;
        }
        return phase == Phase.IDLE;
    }

    private boolean mark(long deadline) {
        for (int step = 1; scanned != HeapObjects.NONE || !grey.isEmpty(); step++) {
            if (scanned == HeapObjects.NONE) {
                scanned = grey.pop();
                nextField = 0;
            }
            nextField = objects.forEachReference(scanned, nextField, this::markGrey);
            if (nextField == objects.referencesOf(scanned)) {
                scanned = HeapObjects.NONE;
            }
            if (objects.isOver(deadline, step)) {
                return false;
            }
        }
        return true;
    }

    private boolean sweep(long deadline) {
        for (int step = 1; nextSwept < objects.used(); step++) {
            int object = nextSwept++;
            if (objects.isLive(object) && marks[object] != mark) {
                objects.free(object);
            }
            if (objects.isOver(deadline, step)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void checkInvariants() {
        boolean[] isGrey = new boolean[objects.used()];
        for (int i = 0; i < grey.size(); i++) {
            isGrey[grey.get(i)] = true;
        }
        Collector.check(phase == Phase.MARKING || grey.isEmpty(), "none is grey but while marking", grey.size());
        if (phase != Phase.IDLE) {
            objects.forEachRoot(root -> Collector.check(marks[root] == mark, "what a scope holds is marked", root));
        }
        for (int object = 0; object < objects.used(); object++) {
            if (objects.isLive(object) && marks[object] != mark) {
                Collector.check(phase != Phase.IDLE, "marked between cycles", object);
                Collector.check(phase != Phase.SWEEPING || object >= nextSwept, "freed by the sweep", object);
            } else if (objects.isLive(object) && !isGrey[object] && object != scanned) {
                objects.forEachReference(
                        object, child -> Collector.check(marks[child] == mark, "no black one refers to it", child));
            }
        }
    }
}
