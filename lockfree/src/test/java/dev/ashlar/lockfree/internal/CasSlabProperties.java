package dev.ashlar.lockfree.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.spi.support.Slab;
import dev.ashlar.testkit.sizeclass.SlotModel;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;

/** The slots of a slab, compared with a model. */
class CasSlabProperties {

    /** Slots that are looked at together. */
    private static final int NEIGHBOURS = 8;

    @Provide
    Arbitrary<List<SlotModel.Step>> steps() {
        Arbitrary<SlotModel.Kind> kinds = Arbitraries.frequency(
                Tuple.of(6, SlotModel.Kind.TAKE),
                Tuple.of(3, SlotModel.Kind.RELEASE),
                Tuple.of(3, SlotModel.Kind.RELEASE_FROM_OUTSIDE),
                Tuple.of(1, SlotModel.Kind.COLLECT));
        return Combinators.combine(kinds, Arbitraries.integers().between(0, 511))
                .as(SlotModel.Step::new)
                .list()
                .ofMaxSize(600);
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void mustDoWhatTheModelDoes(
            @ForAll @IntRange(min = 1, max = 512) int slots, @ForAll("steps") List<SlotModel.Step> steps) {
        new SlotModel(new Slots(CasSlabs.withSlots(slots)), slots, NEIGHBOURS).perform(steps);
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void mustDoWhatTheModelDoesWithFewSlots(
            @ForAll @IntRange(min = 1, max = 17) int slots, @ForAll("steps") List<SlotModel.Step> steps) {
        new SlotModel(new Slots(CasSlabs.withSlots(slots)), slots, NEIGHBOURS).perform(steps);
    }

    @Property(tries = 5)
    void mustServeEverySlotOnceAtLargeScale(@ForAll @IntRange(min = 1, max = 32_768) int slots) {
        new SlotModel(new Slots(CasSlabs.withSlots(slots)), slots, NEIGHBOURS).perform(List.of());
    }

    @Property(tries = 1)
    void mustHaveNoSlotInASlabWithoutPages() {
        CasSlab none = CasSlabs.withSlots(0);
        assertThat(none.take()).isEqualTo(-1);
        assertThat(none.collect()).isZero();
        assertThat(none.hasRoom()).isFalse();
    }

    private record Slots(CasSlab slab) implements SlotModel.Slots {
        @Override
        public int take() {
            return slab.take();
        }

        @Override
        public boolean isFull() {
            return slab.isFull();
        }

        @Override
        public boolean release(int slot) {
            return slab.release(slot);
        }

        @Override
        public Slab.Release releaseFromOutside(int slot) {
            return slab.releaseFromOutside(slot);
        }

        @Override
        public int collect() {
            return slab.collect();
        }

        @Override
        public boolean isLive(int slot) {
            return slab.isLive(slot);
        }

        @Override
        public boolean hasRoom() {
            return slab.hasRoom();
        }

        @Override
        public boolean isEmpty() {
            return slab.isEmpty();
        }

        @Override
        public void seal() {
            slab.seal();
        }

        @Override
        public void checkInvariants() {
            slab.checkInvariants();
        }
    }
}
