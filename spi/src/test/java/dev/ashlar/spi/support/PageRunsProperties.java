package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Runs of pages compared with a model: a bit set that is searched for the first run. */
class PageRunsProperties {

    private record Run(int first, int length) {}

    /** The runs that are taken and returned, in the set and in the model. */
    private static final class Pair {
        private final PageRuns set;
        private final BitSet used = new BitSet();
        private final List<Run> runs = new ArrayList<>();
        private final int pages;

        Pair(int pages) {
            this.pages = pages;
            set = new PageRuns(pages);
        }

        void take(int length) {
            int expected = firstRun(length);
            assertThat(set.take(length)).as("first of %d pages", length).isEqualTo(expected);
            if (expected >= 0) {
                used.set(expected, expected + length);
                runs.add(new Run(expected, length));
            }
        }

        void give(int choice) {
            if (!runs.isEmpty()) {
                Run run = runs.remove(choice % runs.size());
                used.clear(run.first, run.first + run.length);
                assertThat(set.give(run.first, run.length)).isEqualTo(used.isEmpty());
            }
        }

        void check() {
            assertThat(set.used()).isEqualTo(used.cardinality());
            assertThat(set.isUnused()).isEqualTo(used.isEmpty());
            set.checkInvariants();
        }

        private int firstRun(int length) {
            for (int first = 0; first + length <= pages; first = used.nextClearBit(first + 1)) {
                int end = used.nextSetBit(first);
                if (end < 0 || end - first >= length) {
                    return first;
                }
            }
            return -1;
        }
    }

    @Property
    void mustDoWhatTheModelDoes(
            @ForAll @IntRange(min = 1, max = 1_024) int pages,
            @ForAll @Size(max = 400) List<@IntRange(min = -400, max = 64) Integer> actions) {
        Pair pair = new Pair(pages);
        for (int action : actions) {
            if (action > 0) {
                pair.take(action);
            } else {
                pair.give(-action);
            }
            pair.check();
        }
        boolean unused = pair.used.isEmpty();
        assertThat(pair.set.retire()).isEqualTo(unused);
        assertThat(pair.set.isRetired()).isEqualTo(unused);
        assertThat(pair.set.retire()).as("a second time").isFalse();
        if (unused) {
            assertThat(pair.set.take(1)).isEqualTo(-1);
            assertThat(pair.set.used()).isZero();
            pair.set.checkInvariants();
        } else {
            pair.take(1);
        }
    }

    /** In a set that is nearly full the search fails often. Its notes must hide no run. */
    @Property
    void mustFindEveryRunAfterSearchesThatFailed(
            @ForAll @IntRange(min = 64, max = 300) int pages,
            @ForAll @Size(max = 60) List<@IntRange(min = 0, max = 400) Integer> given,
            @ForAll @Size(min = 1, max = 8) List<@IntRange(min = 1, max = 64) Integer> wanted) {
        Pair pair = new Pair(pages);
        for (int i = 0; i < pages; i++) {
            pair.take(1);
        }
        for (int choice : given) {
            wanted.forEach(pair::take);
            pair.give(choice);
            wanted.reversed().forEach(pair::take);
            pair.check();
        }
    }

    @Property
    void mustTakeRunsThatLieInTwoWords(
            @ForAll @IntRange(min = 0, max = 15) int word, @ForAll @IntRange(min = 1, max = 64) int length) {
        for (int before = Math.max(0, word * 64 + 64 - length); before <= word * 64 + 64; before++) {
            Pair pair = new Pair(1_024);
            for (int left = before; left > 0; left -= Math.min(64, left)) {
                pair.take(Math.min(64, left));
            }
            pair.take(length);
            pair.take(length);
            pair.give(pair.runs.size() - 2);
            pair.check();
            pair.take(length);
            pair.check();
        }
    }
}
