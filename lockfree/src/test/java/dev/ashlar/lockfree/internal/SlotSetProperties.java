package dev.ashlar.lockfree.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Where slots are, against three sets that say the same; in one thread. */
class SlotSetProperties {

    private static final long TAG = 7L << 32;

    @Property
    void mustKnowWhereEverySlotIs(
            @ForAll @IntRange(min = 1, max = 300) int slots,
            @ForAll @Size(max = 300) List<@IntRange(min = 0, max = 9) Integer> steps,
            @ForAll Random random) {
        SlotSet set = new SlotSet(slots);
        BitSet in = new BitSet();
        in.set(0, slots);
        List<Integer> cached = new ArrayList<>();
        BitSet live = new BitSet();
        boolean held = true;
        boolean retired = false;
        for (int step : steps) {
            switch (step) {
                case 0, 1 -> {
                    if (held) {
                        int most = random.nextInt(1, 100);
                        long[] rounds = new long[most + 1];
                        int taken = set.takeOut(rounds, 1, most, TAG);
                        assertThat(taken).isEqualTo(retired ? 0 : Math.min(most, in.cardinality()));
                        for (int i = 1; i <= taken; i++) {
                            assertThat(rounds[i] & TAG).isEqualTo(TAG);
                            int slot = (int) rounds[i];
                            assertThat(in.get(slot)).isTrue();
                            in.clear(slot);
                            cached.add(slot);
                        }
                    }
                }
                case 2, 3 -> {
                    if (!cached.isEmpty()) {
                        Collections.swap(cached, random.nextInt(cached.size()), cached.size() - 1);
                        int slot = cached.removeLast();
                        set.handOut(slot);
                        live.set(slot);
                    }
                }
                case 4, 5 -> {
                    int slot = random.nextInt(slots);
                    boolean wasLive = live.get(slot);
                    live.clear(slot);
                    assertThat(set.takeBack(slot)).isEqualTo(wasLive);
                    assertThat(set.takeBack(slot)).as("a second time").isFalse();
                    if (wasLive) {
                        cached.add(slot);
                    }
                }
                case 6, 7 -> {
                    int count = cached.isEmpty() ? 0 : random.nextInt(1, cached.size() + 1);
                    for (int i = 0; i < count; i++) {
                        int slot = cached.removeLast();
                        set.markIn(slot);
                        in.set(slot);
                    }
                    if (count > 0) {
                        int outcome = set.putIn(count);
                        assertThat((outcome & SlotSet.NOW_HELD) != 0).isEqualTo(!held);
                        assertThat((outcome & SlotSet.WHOLE) != 0).isEqualTo(in.cardinality() == slots);
                        held = true;
                    }
                }
                case 8 -> {
                    if (held) {
                        assertThat(set.letGo()).isEqualTo(in.isEmpty());
                        held = !in.isEmpty();
                    }
                }
                default -> {
                    boolean whole = in.cardinality() == slots;
                    assertThat(set.retire()).isEqualTo(whole && !retired);
                    retired |= whole;
                }
            }
            assertThat(set.checkInvariants()).as("cached slots").isEqualTo(cached.size());
            assertThat(set.live()).isEqualTo(live.cardinality());
            assertThat(set.isRetired()).isEqualTo(retired);
            for (int slot = 0; slot < slots; slot++) {
                assertThat(set.isLive(slot)).isEqualTo(live.get(slot));
            }
        }
    }
}
