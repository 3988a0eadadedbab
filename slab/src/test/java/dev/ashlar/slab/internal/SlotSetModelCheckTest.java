package dev.ashlar.slab.internal;

import java.util.BitSet;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * A slot set against two bit sets. One thread at a time is the owner, and each slot is released by one thread at a time: of
 * two that release the same slot at the same moment, more than one may be served, as {@link SlotSet} says.
 */
public class SlotSetModelCheckTest {

    private static final int SLOTS = 2;

    private final SlotSet set = new SlotSet(SLOTS);

    /** The owner takes. */
    @Operation(nonParallelGroup = "owner")
    public int take() {
        return set.take();
    }

    /** The owner collects. */
    @Operation(nonParallelGroup = "owner")
    public int collect() {
        return set.collect();
    }

    /** Somebody releases one slot. */
    @Operation(nonParallelGroup = "slot 0")
    public boolean releaseFirst() {
        return set.releaseFromOutside(0);
    }

    /** Somebody releases another slot. */
    @Operation(nonParallelGroup = "slot 1")
    public boolean releaseSecond() {
        return set.releaseFromOutside(1);
    }

    @Validate
    public void invariantsHold() {
        set.checkInvariants();
    }

    @Test
    void mustReleaseAndCollectAsIfAtOnce() {
        ModelCheck.options()
                .actorsPerThread(3)
                .sequentialSpecification(Sequential.class)
                .checkObstructionFreedom(true)
                .check(SlotSetModelCheckTest.class);
    }

    /** What a slot set does in one thread. */
    public static class Sequential {

        private final BitSet taken = new BitSet();
        private final BitSet outside = new BitSet();

        /** See {@link SlotSetModelCheckTest#take}. */
        public int take() {
            int slot = taken.nextClearBit(0);
            if (slot >= SLOTS) {
                return -1;
            }
            taken.set(slot);
            return slot;
        }

        /** See {@link SlotSetModelCheckTest#collect}. */
        public int collect() {
            int collected = outside.cardinality();
            taken.andNot(outside);
            outside.clear();
            return collected;
        }

        /** See {@link SlotSetModelCheckTest#releaseFirst}. */
        public boolean releaseFirst() {
            return release(0);
        }

        /** See {@link SlotSetModelCheckTest#releaseSecond}. */
        public boolean releaseSecond() {
            return release(1);
        }

        private boolean release(int slot) {
            boolean live = taken.get(slot) && !outside.get(slot);
            outside.set(slot, live || outside.get(slot));
            return live;
        }
    }
}
