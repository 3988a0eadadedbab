package dev.ashlar.nativememory.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.nativememory.internal.FreeRanges.Range;
import java.util.BitSet;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** A set of free pages against a bit for each page. */
class FreeRangesProperties {

    private static final int PAGES = 256;

    /** Takes or gives: a length, an alignment, and which page to begin at where that is to be chosen. */
    record Step(int kind, int length, int alignment, int page) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Integer> alignments = Arbitraries.of(1, 1, 1, 2, 8, 64);
        return Combinators.combine(
                        Arbitraries.integers().between(0, 9),
                        Arbitraries.integers().between(1, 40),
                        alignments,
                        Arbitraries.integers().between(0, PAGES - 1))
                .as(Step::new)
                .list()
                .ofMaxSize(200);
    }

    @Property
    void mustTakeFreePagesOfTheShortestRangeAndGiveThemBack(@ForAll("steps") List<Step> steps) {
        FreeRanges ranges = new FreeRanges();
        BitSet free = new BitSet(PAGES);
        ranges.give(0, PAGES);
        free.set(0, PAGES);
        for (Step step : steps) {
            if (step.kind < 5) {
                take(ranges, free, step);
            } else if (step.kind < 9) {
                give(ranges, free, step);
            } else {
                takeLongest(ranges, free, step.length);
            }
            ranges.checkInvariants();
            assertThat(ranges.free()).isEqualTo(free.cardinality());
        }
    }

    private static void take(FreeRanges ranges, BitSet free, Step step) {
        long first = ranges.take(step.length, step.alignment);

        assertThat(first).isEqualTo(bestFit(free, step));
        if (first >= 0) {
            free.clear((int) first, (int) first + step.length);
        }
    }

    /** Looks at every range: the first page in the shortest one that has room, and in the lowest of these. */
    private static long bestFit(BitSet free, Step step) {
        long best = -1;
        int bestLength = Integer.MAX_VALUE;
        for (int start = free.nextSetBit(0); start >= 0; start = free.nextSetBit(free.nextClearBit(start))) {
            int length = free.nextClearBit(start) - start;
            int first = (start + step.alignment - 1) / step.alignment * step.alignment;
            if (first + step.length <= start + length && length < bestLength) {
                best = first;
                bestLength = length;
            }
        }
        return best;
    }

    private static void give(FreeRanges ranges, BitSet free, Step step) {
        int first = free.nextClearBit(step.page);
        int next = free.nextSetBit(first);
        int length = Math.min(step.length, (next < 0 ? PAGES : next) - first);
        if (first < PAGES) {
            ranges.give(first, length);
            free.set(first, first + length);
        }
    }

    private static void takeLongest(FreeRanges ranges, BitSet free, int most) {
        int longest = 0;
        for (int start = free.nextSetBit(0); start >= 0; start = free.nextSetBit(free.nextClearBit(start))) {
            longest = Math.max(longest, free.nextClearBit(start) - start);
        }

        Range range = ranges.takeLongest(most);

        if (range == null) {
            assertThat(longest).isZero();
        } else {
            int first = (int) range.first();
            int end = (int) range.end();
            assertThat(range.length()).isEqualTo(Math.min(longest, most));
            assertThat(free.nextClearBit(first)).isEqualTo(end); // the end of a range
            assertThat(free.previousClearBit(first)).isEqualTo(end - longest - 1); // which is the longest
            free.clear(first, end);
        }
    }
}
