package dev.ashlar.testkit.sizeclass;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.spi.support.Slab;
import java.util.BitSet;
import java.util.List;

/**
 * The slots of a slab in one thread, compared with two sets: live slots, and released slots that the owner must
 * collect.
 */
public final class SlotModel {

    /** The operations of a slab: the methods of {@link Slab}, which only its package can call. */
    public interface Slots {
        /** Takes a slot. */
        int take();

        /** Whether the owner knows of no free slot. */
        boolean isFull();

        /** Releases a slot as the owner. */
        boolean release(int slot);

        /** Releases a slot as any thread. */
        Slab.Release releaseFromOutside(int slot);

        /** Collects the slots that were released from outside, and counts the free slots. */
        int collect();

        /** Whether a slot is live. */
        boolean isLive(int slot);

        /** Whether any slot is free. */
        boolean hasRoom();

        /** Whether no slot is live. */
        boolean isEmpty();

        /** Makes all slots unusable. */
        void seal();

        /** Checks the invariants of the slab. */
        void checkInvariants();
    }

    /** The kinds of steps. */
    public enum Kind {
        /** The owner takes a slot. */
        TAKE,
        /** The owner releases one. */
        RELEASE,
        /** Another thread releases one. */
        RELEASE_FROM_OUTSIDE,
        /** The owner collects. */
        COLLECT
    }

    /** A step.
     *
     * @param kind the kind of step
     * @param choice chooses a slot
     */
    public record Step(Kind kind, int choice) {}

    private final Slots slots;
    private final int count;
    private final int neighbours;
    private final BitSet live = new BitSet();

    /** Slots that were released from outside and not collected. The owner may or may not take them. */
    private final BitSet outside = new BitSet();

    /**
     * A model of a slab with all slots free.
     *
     * @param slots the slab
     * @param count the number of its slots
     * @param neighbours how many adjacent slots it checks to report that it may be empty
     */
    public SlotModel(Slots slots, int count, int neighbours) {
        this.slots = slots;
        this.count = count;
        this.neighbours = neighbours;
    }

    /**
     * Runs steps on the slab and the model, and compares them after each.
     *
     * @param steps the steps
     */
    public void perform(List<Step> steps) {
        check();
        for (Step step : steps) {
            perform(step);
            check();
        }
        for (boolean ascending : new boolean[] {false, true}) {
            takeAll();
            for (int i = 0; i < count; i++) {
                int slot = ascending ? i : count - 1 - i;
                perform(new Step(slot % 3 == 0 ? Kind.RELEASE : Kind.RELEASE_FROM_OUTSIDE, slot));
                if (i % 8 == 7) {
                    check();
                }
            }
            check();
        }
        takeAll();
        perform(new Step(Kind.RELEASE, 0)); // so that a slot is free
        slots.seal();
        assertThat(slots.take()).as("a slot of a sealed slab").isEqualTo(-1);
        for (int slot = 0; slot < count; slot++) {
            assertThat(slots.release(slot))
                    .as("release of a slot of a sealed slab")
                    .isFalse();
            assertThat(slots.releaseFromOutside(slot)).isEqualTo(Slab.Release.REFUSED);
        }
        assertThat(slots.take()).isEqualTo(-1);
    }

    private void perform(Step step) {
        int slot = step.choice % count;
        switch (step.kind) {
            case TAKE -> take();
            case RELEASE -> {
                assertThat(slots.release(slot)).isEqualTo(live.get(slot));
                live.clear(slot);
                assertThat(slots.release(slot)).as("a second release").isFalse();
            }
            case RELEASE_FROM_OUTSIDE -> {
                Slab.Release release = slots.releaseFromOutside(slot);
                if (live.get(slot)) {
                    live.clear(slot);
                    outside.set(slot);
                    int first = slot / neighbours * neighbours;
                    assertThat(release)
                            .isEqualTo(
                                    live.get(first, first + neighbours).isEmpty()
                                            ? Slab.Release.PERHAPS_EMPTY
                                            : Slab.Release.DONE);
                } else {
                    assertThat(release).isEqualTo(Slab.Release.REFUSED);
                }
                assertThat(slots.releaseFromOutside(slot)).isEqualTo(Slab.Release.REFUSED);
                assertThat(slots.release(slot)).isFalse();
            }
            case COLLECT -> {
                assertThat(slots.collect()).isEqualTo(count - live.cardinality());
                outside.clear();
            }
        }
        assertThat(slots.isLive(slot)).isEqualTo(live.get(slot));
    }

    /** The lowest free slot, except those that the owner need not know. */
    private void take() {
        int known = count;
        for (int slot = live.nextClearBit(0); slot < count; slot = live.nextClearBit(slot + 1)) {
            if (!outside.get(slot)) {
                known = slot;
                break;
            }
        }
        boolean isFull = slots.isFull();
        int taken = slots.take();
        assertThat(isFull).as("full, where a take returns %d", taken).isEqualTo(taken < 0);
        if (taken < 0) {
            assertThat(known).as("a free slot that the owner knows of").isEqualTo(count);
            return;
        }
        assertThat(live.get(taken)).as("slot %d was taken before", taken).isFalse();
        assertThat(taken).isLessThanOrEqualTo(known).isLessThan(count);
        live.set(taken);
        outside.clear(taken);
    }

    private void takeAll() {
        slots.collect();
        outside.clear();
        while (live.cardinality() < count) {
            take();
        }
        assertThat(slots.take()).isEqualTo(-1);
        assertThat(slots.collect()).isZero();
        check();
    }

    private void check() {
        slots.checkInvariants();
        assertThat(slots.isEmpty()).isEqualTo(live.isEmpty());
        assertThat(slots.hasRoom()).isEqualTo(live.cardinality() < count);
    }
}
