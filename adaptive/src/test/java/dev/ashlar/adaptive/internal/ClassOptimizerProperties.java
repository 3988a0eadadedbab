package dev.ashlar.adaptive.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

/** The optimum, compared with all possible tables. */
class ClassOptimizerProperties {

    @Property
    void mustWasteAsLittleAsTheBestOfAllTables(
            @ForAll @Size(min = 1, max = 9) List<@IntRange(min = 1, max = 40) Integer> steps,
            @ForAll @Size(value = 9) List<@LongRange(max = 1000) Long> counts,
            @ForAll @IntRange(max = 511) int anchorBits,
            @ForAll @IntRange(min = 1, max = 9) int wanted,
            @ForAll @IntRange(max = 3000) int cost) {
        int[] sizes = steps.stream().mapToInt(Integer::intValue).toArray();
        Arrays.parallelPrefix(sizes, Integer::sum);
        double[] countOfSize = counts.stream()
                .limit(sizes.length)
                .mapToDouble(Long::doubleValue)
                .toArray();
        boolean[] anchors = new boolean[sizes.length];
        for (int i = 0; i < anchors.length; i++) {
            anchors[i] = (anchorBits >> i & 1) == 1 || i == anchors.length - 1;
        }
        int needed =
                (int) IntStream.range(0, anchors.length).filter(i -> anchors[i]).count();
        int classes = Math.max(needed, wanted);

        int[] table = new ClassOptimizer(sizes, countOfSize, anchors, bytes -> Math.min(cost, Math.floor(bytes / 8)))
                .optimum(classes);

        assertThat(table).hasSizeBetween(1, classes).isSorted().doesNotHaveDuplicates();
        assertThat(table[table.length - 1]).isEqualTo(sizes[sizes.length - 1]);
        for (int i = 0; i < anchors.length; i++) {
            if (anchors[i]) {
                assertThat(table).contains(sizes[i]);
            }
        }
        assertThat(costOf(sizes, countOfSize, table, cost))
                .isEqualTo(leastCost(sizes, countOfSize, anchors, classes, cost));
    }

    /** The waste of a table, including the cost of each class. */
    private static double costOf(int[] sizes, double[] counts, int[] table, int cost) {
        double sum = 0;
        int from = 0;
        for (int size : table) {
            double blocks = 0;
            for (; from < sizes.length && sizes[from] <= size; from++) {
                blocks += counts[from];
                sum += counts[from] * (size - sizes[from]);
            }
            sum += Math.min(cost, Math.floor(blocks * size / 8));
        }
        return sum;
    }

    private static double leastCost(int[] sizes, double[] counts, boolean[] anchors, int classes, int cost) {
        double least = Double.POSITIVE_INFINITY;
        for (int choice = 0; choice < 1 << sizes.length; choice++) {
            int chosen = choice;
            boolean allowed = Integer.bitCount(choice) <= classes
                    && IntStream.range(0, sizes.length).allMatch(i -> !anchors[i] || (chosen >> i & 1) == 1);
            if (allowed) {
                int[] table = IntStream.range(0, sizes.length)
                        .filter(i -> (chosen >> i & 1) == 1)
                        .map(i -> sizes[i])
                        .toArray();
                least = Math.min(least, costOf(sizes, counts, table, cost));
            }
        }
        return least;
    }
}
