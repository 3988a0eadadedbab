package dev.ashlar.spi.support;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.IntUnaryOperator;

/**
 * Finds the first of many ranges that has room for a length. Costs time logarithmic in the number of ranges.
 *
 * <h2>Design</h2>
 *
 * <p>A tree of maxima. A leaf has the longest free run that its range may have; an inner node has the largest of its 16
 * children, which lie in one cache line. A search goes up from where it begins until a node is large enough, and then
 * down to the first leaf that is.
 *
 * <p>What a leaf has is an upper bound. Whoever finds less room than it tells {@linkplain #lower lowers} it, and whoever
 * makes room {@linkplain #raise raises} it. So a range is looked at in vain at most once for each time that room was
 * made in it.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Lock-free; for any thread. All reads and writes are volatile. Room that was made is not lost:
 *
 * <ul>
 *   <li>A thread that makes room does so before it looks at the leaf. If the leaf is large enough it leaves it. A thread
 *       that lowers a leaf looks at the range again afterwards, and raises the leaf if it finds more. One of the two
 *       comes second and sees what the other did.
 *   <li>The same holds for a node and its children, one level after the other.
 * </ul>
 *
 * <p>Meanwhile a search may miss a range, as it would have a moment earlier.
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

    /** A node. For tests, which count how many are looked at. */
    int at(int level, int index) {
        return (int) NODE.getVolatile(levels[level], index);
    }

    /**
     * The first range that may have room.
     *
     * @param from the range to begin at, 0 or more
     * @param length what it must have room for, 1 or more
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
     * Notes that a range may have room. Call it after the room was made.
     *
     * @param range its number
     * @param length the longest run that it may have
     */
    public void raise(int range, int length) {
        raise(0, range, length);
    }

    private void raise(int fromLevel, int fromIndex, int value) {
        int index = fromIndex;
        for (int level = fromLevel; level < levels.length; level++) {
            int[] nodes = levels[level];
            int seen = at(level, index);
            while (seen < value && !NODE.compareAndSet(nodes, index, seen, value)) {
                seen = at(level, index);
            }
            if (seen >= value) {
                return;
            }
            index >>>= FAN_SHIFT;
        }
    }

    /**
     * Notes that a range has less room than its leaf tells.
     *
     * @param range its number
     * @param longest tells the longest run that a range may have, by its number; asked twice
     */
    public void lower(int range, IntUnaryOperator longest) {
        int seen = at(0, range);
        int value = longest.applyAsInt(range);
        if (value < seen && NODE.compareAndSet(levels[0], range, seen, value)) {
            lowerParents(range);
            int now = longest.applyAsInt(range);
            if (now > value) {
                raise(range, now);
            }
        }
    }

    private void lowerParents(int range) {
        int index = range;
        for (int level = 1; level < levels.length; level++) {
            index >>>= FAN_SHIFT;
            int value;
            int seen;
            do {
                seen = at(level, index);
                value = largestChild(level, index);
                if (value >= seen) {
                    return;
                }
            } while (!NODE.compareAndSet(levels[level], index, seen, value));
            int now = largestChild(level, index);
            if (now > value) {
                raise(level, index, now);
            }
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

    /** What the tree takes on the heap. */
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
