package dev.ashlar.replay;

import java.util.function.IntConsumer;

/**
 * First fit by address: a block takes the start of the first free run that is long enough. A freed block is joined with
 * free neighbours at once.
 *
 * <p>The runs are in a binary tree over the range, whose leaf {@code i} is the length of the free run that starts at
 * granule {@code i}, or 0. Each inner node is the larger of its two children. So the first run that is long enough is
 * found in steps of the logarithm of the range.
 *
 * <p>Invariant: no two free runs are neighbours, and {@code ending[i]} is the length of the free run whose last granule
 * is {@code i}, or 0.
 */
final class FirstFit extends OffsetHeap {

    private final int range;
    private final int[] longest;
    private final int[] ending;

    /**
     * An empty range.
     *
     * @param range its length, a power of two
     * @param blocks the bound of the numbers of blocks
     */
    FirstFit(int range, int blocks) {
        super(blocks);
        this.range = range;
        this.longest = new int[2 * range];
        this.ending = new int[range];
        add(0, range);
    }

    /** {@inheritDoc} An aligned block takes as much more as its alignment can cost, as in a heap without alignment. */
    @Override
    int take(int length, int alignment) {
        int least = length + alignment - 1;
        if (longest[1] < least) {
            return NONE;
        }
        int node = 1;
        while (node < range) {
            node *= 2;
            node += longest[node] < least ? 1 : 0;
        }
        int run = node - range;
        int runEnd = run + longest[node];
        int start = (run + alignment - 1) & -alignment;
        remove(run, runEnd);
        add(run, start);
        add(start + length, runEnd);
        return start;
    }

    @Override
    void release(int start, int length) {
        int from = start;
        int to = start + length;
        if (from > 0 && ending[from - 1] != 0) {
            from -= ending[from - 1];
            remove(from, start);
        }
        if (to < range && longest[range + to] != 0) {
            int next = to;
            to += longest[range + next];
            remove(next, to);
        }
        add(from, to);
    }

    private void add(int from, int to) {
        if (from < to) {
            ending[to - 1] = to - from;
            set(from, to - from);
        }
    }

    private void remove(int from, int to) {
        ending[to - 1] = 0;
        set(from, 0);
    }

    private void set(int start, int length) {
        int node = range + start;
        longest[node] = length;
        while (node > 1) {
            node /= 2;
            int larger = Math.max(longest[2 * node], longest[2 * node + 1]);
            if (longest[node] == larger) {
                return;
            }
            longest[node] = larger;
        }
    }

    @Override
    int end() {
        return range - ending[range - 1];
    }

    @Override
    void freeRuns(IntConsumer visitor) {
        int end = end();
        for (int at = 0; at < end; ) {
            int length = longest[range + at];
            if (length > 0) {
                visitor.accept(length);
            }
            at += Math.max(1, length);
        }
    }
}
