package dev.ashlar.insight.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.AllocationHints;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class KeyGroupsTest {

    @Test
    void mustSpreadKeysThatFollowEachOtherEvenly() {
        int[] keys = new int[KeyGroups.COUNT];
        for (long key = 0; key < 1_000_000; key++) {
            keys[KeyGroups.of(key)]++;
        }
        assertThat(Arrays.stream(keys).min().orElseThrow()).isGreaterThan(800);
        assertThat(Arrays.stream(keys).max().orElseThrow()).isLessThan(1200);
    }

    @Test
    void mustTakeAnyGroupOfTheSideForKeysByChance() {
        KeyGroups groups = new KeyGroups(RolloutKey.ALLOCATION);
        groups.share(0.01);
        for (int i = 0; i < 1000; i++) {
            assertThat(groups.ofTreated(AllocationHints.NONE)).isBetween(0, 9);
            assertThat(groups.ofUntreated(AllocationHints.NONE)).isBetween(10, 999);
        }
        groups.share(1);
        assertThat(groups.ofUntreated(AllocationHints.NONE)).isEqualTo(999);
        groups.share(0);
        assertThat(groups.ofTreated(AllocationHints.NONE)).isZero();
    }

    @Test
    void mustTreatOneGroupAtLeastOfAShareAboveZero() {
        KeyGroups groups = new KeyGroups(RolloutKey.TAG);
        groups.share(0.0001);
        assertThat(groups.treated()).isEqualTo(1);
    }
}
