package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** A unit set against a model: a bit set searched for the first run. */
class UnitSetProperties {

    record Run(int first, int count) {}

    @Property
    void mustDoWhatTheModelDoes(
            @ForAll @IntRange(min = 1, max = 64) int units,
            @ForAll @Size(max = 200) List<@IntRange(min = -8, max = 64) Integer> actions) {
        UnitSet set = new UnitSet(units);
        BitSet used = new BitSet();
        List<Run> runs = new ArrayList<>();
        for (int action : actions) {
            if (action > 0) {
                int expected = firstRun(used, units, action);
                assertThat(set.take(action)).isEqualTo(expected);
                if (expected >= 0) {
                    used.set(expected, expected + action);
                    runs.add(new Run(expected, action));
                }
            } else if (!runs.isEmpty()) {
                Run run = runs.remove(-action % runs.size());
                used.clear(run.first, run.first + run.count);
                assertThat(set.give(run.first, run.count)).isEqualTo(used.isEmpty());
            }
            assertThat(set.isUnused()).isEqualTo(used.isEmpty());
            for (int unit = 0; unit < units; unit++) {
                assertThat(set.isUsed(unit)).isEqualTo(used.get(unit));
            }
        }
        assertThat(set.retire()).isEqualTo(used.isEmpty());
        assertThat(set.take(1) >= 0).isEqualTo(!used.isEmpty() && used.cardinality() < units);
    }

    private static int firstRun(BitSet used, int units, int count) {
        for (int first = 0; first + count <= units; first++) {
            if (used.get(first, first + count).isEmpty()) {
                return first;
            }
        }
        return -1;
    }
}
