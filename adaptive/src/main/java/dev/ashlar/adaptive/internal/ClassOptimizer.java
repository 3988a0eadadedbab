package dev.ashlar.adaptive.internal;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * Finds the size classes with the least waste for given requests, exactly.
 *
 * <p>Dynamic programming: {@code best[c][i]} is the least waste of the sizes up to the {@code i}-th when {@code c}
 * classes serve them and the {@code i}-th is the largest of these. Some smaller class is next to it, and the sizes
 * between the two are rounded up. With prefix sums of counts and bytes the waste of a class is a subtraction. So the
 * whole computation takes {@code classes * sizes * sizes} steps, and fewer if anchors divide the range.
 *
 * <p>Only requested sizes can be classes of a best table, because lowering a class to its largest size wastes less.
 * Anchors are always classes, for requests that were not seen.
 */
final class ClassOptimizer {

    private static final double IMPOSSIBLE = Double.POSITIVE_INFINITY;

    private final int[] sizes;
    private final boolean[] anchors;

    /** Counts, and counted bytes, of the first {@code i} sizes. */
    private final double[] counts;

    private final double[] bytes;

    private final DoubleUnaryOperator costOfClass;

    /**
     * What is to be served.
     *
     * @param sizes ascending, at least one
     * @param countOfSize how often each was requested
     * @param anchors whether each must be a class; the last one always is
     * @param costOfClass what a class costs by being there, by the bytes in it, in the unit of waste
     */
    ClassOptimizer(int[] sizes, double[] countOfSize, boolean[] anchors, DoubleUnaryOperator costOfClass) {
        this.costOfClass = costOfClass;
        this.sizes = sizes;
        this.anchors = anchors;
        counts = new double[sizes.length + 1];
        bytes = new double[sizes.length + 1];
        for (int i = 0; i < sizes.length; i++) {
            counts[i + 1] = counts[i] + countOfSize[i];
            bytes[i + 1] = bytes[i] + countOfSize[i] * sizes[i];
        }
    }

    /**
     * The table of least waste.
     *
     * @param classes how many classes there may be, at least as many as anchors
     * @return the classes, ascending; no more than are of use
     */
    int[] optimum(int classes) {
        int most = Math.min(classes, sizes.length);
        int n = sizes.length;
        double[][] best = new double[most + 1][n];
        int[][] below = new int[most + 1][n];
        for (int c = 1; c <= most; c++) {
            Arrays.fill(best[c], IMPOSSIBLE);
            for (int i = 0; i < n; i++) {
                fill(best, below, c, i);
            }
        }
        int chosen = most;
        for (int c = most - 1; c > 0; c--) {
            if (best[c][n - 1] <= best[chosen][n - 1]) {
                chosen = c;
            }
        }
        int[] table = new int[chosen];
        for (int c = chosen, i = n - 1; c > 0; i = below[c][i], c--) {
            table[c - 1] = sizes[i];
        }
        return table;
    }

    /** The best table of {@code c} classes of which the largest is the {@code i}-th size. */
    private void fill(double[][] best, int[][] below, int c, int i) {
        for (int j = i - 1; j >= -1; j--) { // the next smaller class, -1 for none
            double rest = j < 0 ? (c == 1 ? 0 : IMPOSSIBLE) : best[c - 1][j];
            double waste = c == 1 && j >= 0 ? IMPOSSIBLE : rest + costOfClass(j, i);
            if (waste < best[c][i]) {
                best[c][i] = waste;
                below[c][i] = j;
            }
            if (j >= 0 && anchors[j]) {
                return; // a class may not reach below an anchor
            }
        }
    }

    /**
     * What sizes above the {@code j}-th up to the {@code i}-th waste in a class of the {@code i}-th, and what that
     * costs.
     */
    private double costOfClass(int j, int i) {
        double allocated = sizes[i] * (counts[i + 1] - counts[j + 1]);
        return allocated - (bytes[i + 1] - bytes[j + 1]) + costOfClass.applyAsDouble(allocated);
    }
}
