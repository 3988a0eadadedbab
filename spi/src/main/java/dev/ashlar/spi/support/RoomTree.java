package dev.ashlar.spi.support;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.IntUnaryOperator;

/**
 * Finds the first of many ranges that has room for a length. Costs time logarithmic in the number of ranges.
 *
 * <h2>Design</h2>
 *
 * <p>A tree of maxima. A leaf is the longest free run that its range may have. An inner node is the largest of its 16
 * children, which lie in one cache line. A search goes up until a node is large enough, and then down to the first leaf
 * that is large enough.
 *
 * <p>A leaf is an upper bound. A thread that finds less room {@linkplain #lower lowers} the leaf, and a thread that
 * makes room {@linkplain #raise raises} it. So a range is searched without success at most once each time room was made
 * in it.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Lock-free; for any thread. All reads and writes are volatile.
 *
 * <ul>
 *   <li>No room is lost. A thread makes room first, and then looks at the leaf. If the leaf is large enough, it does
 *       not change it. A thread that lowers a leaf looks at the range again afterwards, and raises the leaf if it finds
 *       more. The later of the two sees what the other did.
 *   <li>A thread that changes a node updates the parent, and looks at the children again after each write to it. So the
 *       last write to a parent is followed by a look at its children, and a child that changes after that look is
 *       followed by another.
 * </ul>
 *
 * <p>During a change a search may miss a range, as if it had run a moment earlier.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>When no thread changes the tree, an inner node is the largest of its children.
 * </ul>
 */
public class RoomTree {

    private static final int FAN_SHIFT = 4;
    private static final int FAN = 1 << FAN_SHIFT;

    private static final VarHandle NODE = MethodHandles.arrayElementVarHandle(int[].class);

    /** Leaves first. The last level has one group of children at most, and no parent. */
    private final int[][] levels;

    /**
     * A tree of ranges without room.
     *
     * @param capacity how many ranges it can have, 1 or more
     */
    public RoomTree(int capacity) {
        int depth = 1;
        for (int size = capacity; size > FAN; size = parents(size)) {
            depth++;
        }
        levels = new int[depth][];
        int size = capacity;
        for (int level = 0; level < depth; level++) {
            levels[level] = new int[size];
            size = parents(size);
        }
    }

    private static int parents(int size) {
        return (size + FAN - 1) >>> FAN_SHIFT;
    }

    /** How many ranges it can have. */
    public int capacity() {
        return levels[0].length;
    }

    /** A node. Tests override it to count reads. */
    protected int at(int level, int index) {
        return (int) NODE.getVolatile(levels[level], index);
    }

    /**
     * The first range that may have room.
     *
     * @param from the range to begin at, 0 or more
     * @param length the run that it must have room for, 1 or more
     * @return its number, or -1
     */
    public int next(int from, int length) {
        int level = from == 0 ? levels.length - 1 : 0; // from the root, or from within
        int index = from;
        while (true) {
            int end = Math.min(levels[level].length, (index | (FAN - 1)) + 1);
            while (index < end && at(level, index) < length) {
                index++;
            }
            if (index < end) {
                if (level == 0) {
                    return index;
                }
                level--;
                index <<= FAN_SHIFT;
            } else {
                index = parents(index); // the next group's parent
                level++;
                if (level == levels.length || index >= levels[level].length) {
                    return -1;
                }
            }
        }
    }

    /**
     * Notes that a range may have room. To be called after the room was made.
     *
     * @param range its number
     * @param length the longest run that it may have
     */
    public void raise(int range, int length) {
        int seen = at(0, range);
        while (seen < length) {
            if (NODE.compareAndSet(levels[0], range, seen, length)) {
                updateParents(range);
                return;
            }
            seen = at(0, range);
        }
    }

    /**
     * Notes that a range has less room than its leaf.
     *
     * @param range its number
     * @param longest returns the longest run that a range may have, by its number; called twice
     */
    public void lower(int range, IntUnaryOperator longest) {
        int seen = at(0, range);
        int value = longest.applyAsInt(range);
        if (value < seen && NODE.compareAndSet(levels[0], range, seen, value)) {
            updateParents(range);
            raise(range, longest.applyAsInt(range));
        }
    }

    /** Makes each parent of a changed leaf the largest of its children, until one is that already. */
    private void updateParents(int range) {
        int index = range;
        boolean isChanged = true;
        for (int level = 1; level < levels.length && isChanged; level++) {
            index >>>= FAN_SHIFT;
            isChanged = update(level, index);
        }
    }

    /** Makes a node the largest of its children, and looks again after each change. Returns whether it changed. */
    private boolean update(int level, int index) {
        boolean isChanged = false;
        while (true) {
            int seen = at(level, index);
            int value = largestChild(level, index);
            if (seen == value) {
                return isChanged;
            }
            isChanged |= NODE.compareAndSet(levels[level], index, seen, value);
        }
    }

    private int largestChild(int level, int index) {
        int first = index << FAN_SHIFT;
        int end = Math.min(levels[level - 1].length, first + FAN);
        int largest = 0;
        for (int child = first; child < end; child++) {
            largest = Math.max(largest, at(level - 1, child));
        }
        return largest;
    }

    /** The heap memory of the tree. */
    public long metadataBytes() {
        long bytes = 16 + 16 + levels.length * 4L;
        for (int[] nodes : levels) {
            bytes += 16 + nodes.length * 4L;
        }
        return bytes;
    }

    /**
     * Checks the invariant. For tests, when no thread changes the tree.
     *
     * @throws IllegalStateException naming the node for which it does not hold
     */
    public void checkInvariants() {
        for (int level = 1; level < levels.length; level++) {
            for (int index = 0; index < levels[level].length; index++) {
                if (at(level, index) != largestChild(level, index)) {
                    throw new IllegalStateException("Node " + index + " of level " + level + " is " + at(level, index)
                            + ", its largest child is " + largestChild(level, index));
                }
            }
        }
    }
}
