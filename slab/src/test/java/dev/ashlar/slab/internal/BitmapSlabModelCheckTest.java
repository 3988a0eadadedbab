package dev.ashlar.slab.internal;

import dev.ashlar.spi.support.Slab;
import dev.ashlar.testkit.TestLength;
import java.util.BitSet;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A slab compared with two bit sets by Lincheck's model checker, which tries interleavings under sequential
 * consistency. One thread at a time is the owner. Any thread releases any slot from outside.
 */
@Tag("unsafe")
public class BitmapSlabModelCheckTest {

    private static final int SLOTS = 2;

    private final BitmapSlab slab = BitmapSlabs.withSlots(SLOTS);

    /** The owner takes. */
    @Operation(nonParallelGroup = "owner")
    public int take() {
        return slab.take();
    }

    /** The owner collects. */
    @Operation(nonParallelGroup = "owner")
    public int collect() {
        return slab.collect();
    }

    /** A thread releases one slot. */
    @Operation
    public boolean releaseFirst() {
        return slab.releaseFromOutside(0) != Slab.Release.REFUSED;
    }

    /** A thread releases another slot. */
    @Operation
    public boolean releaseSecond() {
        return slab.releaseFromOutside(1) != Slab.Release.REFUSED;
    }

    /** Called when all threads have ended. */
    @Validate
    public void invariantsHold() {
        slab.checkInvariants();
    }

    @Test
    void mustReleaseAndCollectAsIfAtOnce() {
        new ModelCheckingOptions()
                .threads(3)
                .actorsPerThread(3)
                .actorsBefore(2)
                .actorsAfter(1)
                .iterations(TestLength.of(4, 500))
                .invocationsPerIteration(TestLength.of(200, 10_000))
                .sequentialSpecification(Sequential.class)
                .checkObstructionFreedom(true)
                .check(BitmapSlabModelCheckTest.class);
    }

    /** A full slab of which two threads release the same slot from outside while the owner collects. */
    public static class SameSlot {

        private final BitmapSlab slab = BitmapSlabs.withSlots(SLOTS);

        /** With all slots taken. */
        public SameSlot() {
            while (slab.take() >= 0) {}
        }

        /** A thread releases the slot. */
        @Operation
        public boolean release() {
            return slab.releaseFromOutside(0) != Slab.Release.REFUSED;
        }

        /** The owner collects. */
        @Operation(nonParallelGroup = "owner")
        public int collect() {
            return slab.collect();
        }
    }

    @Test
    void mustServeOneOfThoseThatReleaseASlotFromOutsideWhileTheOwnerCollects() {
        new ModelCheckingOptions()
                .threads(3)
                .actorsPerThread(2)
                .actorsBefore(0)
                .actorsAfter(0)
                .iterations(TestLength.of(8, 100))
                .invocationsPerIteration(TestLength.of(500, 10_000))
                .sequentialSpecification(SequentialSameSlot.class)
                .check(SameSlot.class);
    }

    /** The same in one thread. */
    public static class SequentialSameSlot {

        private boolean released;

        /** See {@link SameSlot#release}. */
        public boolean release() {
            boolean first = !released;
            released = true;
            return first;
        }

        /** See {@link SameSlot#collect}. */
        public int collect() {
            return released ? 1 : 0;
        }
    }

    /** A slot that the owner and another thread release at the same moment. Both may succeed. */
    public static class OwnerAndOther {

        private final BitmapSlab slab = BitmapSlabs.withSlots(SLOTS);

        /** With all slots taken. */
        public OwnerAndOther() {
            while (slab.take() >= 0) {}
        }

        /** The owner releases the slot. */
        @Operation(runOnce = true)
        public void releaseAsOwner() {
            boolean _ = slab.release(0);
        }

        /** Another thread releases it. */
        @Operation(runOnce = true)
        public void release() {
            Slab.Release _ = slab.releaseFromOutside(0);
        }

        /** Called when both threads have ended: the next block in that slot stays live. */
        @Validate
        public void mustKeepTheNextBlock() {
            if (slab.take() < 0) {
                slab.collect();
                if (slab.take() != 0) {
                    throw new IllegalStateException("the slot is lost");
                }
            }
            slab.collect();
            if (!slab.isLive(0)) {
                throw new IllegalStateException("the surplus release freed the next block");
            }
            slab.checkInvariants();
        }
    }

    @Test
    void mustKeepTheNextBlockIfTheOwnerAndAnotherReleaseAtTheSameMoment() {
        new ModelCheckingOptions()
                .threads(2)
                .actorsPerThread(1)
                .actorsBefore(0)
                .actorsAfter(0)
                .iterations(TestLength.of(4, 10))
                .invocationsPerIteration(TestLength.of(500, 10_000))
                .sequentialSpecification(WithoutResults.class)
                .check(OwnerAndOther.class);
    }

    /** The operations of {@link OwnerAndOther}, which have no results. */
    public static class WithoutResults {
        /** See {@link OwnerAndOther#releaseAsOwner}. */
        public void releaseAsOwner() {}

        /** See {@link OwnerAndOther#release}. */
        public void release() {}
    }

    /** A slab in one thread. */
    public static class Sequential {

        private final BitSet taken = new BitSet();
        private final BitSet outside = new BitSet();

        /** See {@link BitmapSlabModelCheckTest#take}. */
        public int take() {
            int slot = taken.nextClearBit(0);
            if (slot >= SLOTS) {
                return -1;
            }
            taken.set(slot);
            return slot;
        }

        /** See {@link BitmapSlabModelCheckTest#collect}. */
        public int collect() {
            taken.andNot(outside);
            outside.clear();
            return SLOTS - taken.cardinality();
        }

        /** See {@link BitmapSlabModelCheckTest#releaseFirst}. */
        public boolean releaseFirst() {
            return release(0);
        }

        /** See {@link BitmapSlabModelCheckTest#releaseSecond}. */
        public boolean releaseSecond() {
            return release(1);
        }

        private boolean release(int slot) {
            if (!taken.get(slot) || outside.get(slot)) {
                return false;
            }
            outside.set(slot);
            return true;
        }
    }
}
