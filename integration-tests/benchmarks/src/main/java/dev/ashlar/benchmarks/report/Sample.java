package dev.ashlar.benchmarks.report;

import java.util.Arrays;
import java.util.Collection;

/**
 * The values of one figure: those of all iterations of all forks.
 *
 * @param median the middle one, or the mean of the two in the middle
 * @param lowest the lowest
 * @param highest the highest
 */
record Sample(double median, double lowest, double highest) {

    /**
     * A sample of at least one value.
     *
     * @throws IllegalArgumentException if there is none
     */
    static Sample of(Collection<? extends Number> values) {
        double[] sorted = values.stream().mapToDouble(Number::doubleValue).toArray();
        if (sorted.length == 0) {
            throw new IllegalArgumentException("A sample needs a value, and has none");
        }
        Arrays.sort(sorted);
        return new Sample(
                (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2,
                sorted[0],
                sorted[sorted.length - 1]);
    }
}
