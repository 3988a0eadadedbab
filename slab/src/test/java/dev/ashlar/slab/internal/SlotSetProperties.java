package dev.ashlar.slab.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;

/** A slot set against a model: a set of live slots, and a set of those released from outside and not collected. */
class SlotSetProperties {

    enum Kind {
        TAKE,
        RELEASE,
        RELEASE_FROM_OUTSIDE,
        COLLECT
    }

    record Action(Kind kind, int slot) {}

    @Provide
    Arbitrary<List<Action>> actions() {
        Arbitrary<Kind> kinds = Arbitraries.frequency(
                Tuple.of(6, Kind.TAKE),
                Tuple.of(3, Kind.RELEASE),
                Tuple.of(3, Kind.RELEASE_FROM_OUTSIDE),
                Tuple.of(1, Kind.COLLECT));
        return Combinators.combine(kinds, Arbitraries.integers().between(0, 299))
                .as(Action::new)
                .list()
                .ofMaxSize(600);
    }

    @Property
    void mustDoWhatTheModelDoes(
            @ForAll @IntRange(min = 1, max = 300) int slots, @ForAll("actions") List<Action> actions) {
        SlotSet set = new SlotSet(slots);
        BitSet live = new BitSet();
        BitSet outside = new BitSet();
        for (Action action : actions) {
            int slot = action.slot % slots;
            switch (action.kind) {
                case TAKE -> {
                    BitSet unavailable = (BitSet) live.clone();
                    unavailable.or(outside);
                    int lowest = unavailable.nextClearBit(0);
                    assertThat(set.take()).isEqualTo(lowest < slots ? lowest : -1);
                    if (lowest < slots) {
                        live.set(lowest);
                    }
                }
                case RELEASE -> {
                    assertThat(set.release(slot)).isEqualTo(live.get(slot));
                    live.clear(slot);
                }
                case RELEASE_FROM_OUTSIDE -> {
                    assertThat(set.releaseFromOutside(slot)).isEqualTo(live.get(slot));
                    if (live.get(slot)) {
                        live.clear(slot);
                        outside.set(slot);
                    }
                }
                case COLLECT -> {
                    assertThat(set.hasReleasedFromOutside()).isEqualTo(!outside.isEmpty());
                    assertThat(set.collect()).isEqualTo(outside.cardinality());
                    outside.clear();
                }
            }
            set.checkInvariants();
            assertThat(set.live()).isEqualTo(live.cardinality());
            assertThat(set.isLive(slot)).isEqualTo(live.get(slot));
            assertThat(set.used()).isEqualTo(live.cardinality() + outside.cardinality());
            assertThat(set.isFull()).isEqualTo(set.used() == slots);
        }
    }

    @Property(tries = 20)
    void mustServeEverySlotOnceAtLargeScale(@ForAll @IntRange(min = 1, max = 32_000) int slots) {
        SlotSet set = new SlotSet(slots);
        for (int slot = 0; slot < slots; slot++) {
            assertThat(set.take()).isEqualTo(slot);
        }
        assertThat(set.take()).isEqualTo(-1);
        assertThat(set.isFull()).isTrue();
        for (int slot = slots - 1; slot >= 0; slot--) {
            assertThat(slot % 2 == 0 ? set.release(slot) : set.releaseFromOutside(slot))
                    .isTrue();
        }
        assertThat(set.collect()).isEqualTo(slots / 2);
        assertThat(set.used()).isZero();
        set.checkInvariants();
    }
}
