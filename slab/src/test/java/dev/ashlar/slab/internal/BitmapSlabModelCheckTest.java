package dev.ashlar.slab.internal;

import dev.ashlar.spi.support.Slab;
import dev.ashlar.testkit.TestLength;
import java.util.BitSet;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * A slab compared with two bit sets by Lincheck's model checker, which tries interleavings under sequential
 * consistency. One thread at a time is the owner, and each slot is released by one thread at a time: if two threads
 * release the same slot at the same time, both may succeed, as {@link BitmapSlab} says.
 */
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
    @Operation(nonParallelGroup = "slot 0")
    public Slab.Release releaseFirst() {
        return slab.releaseFromOutside(0);
    }

    /** A thread releases another slot. */
    @Operation(nonParallelGroup = "slot 1")
    public Slab.Release releaseSecond() {
        return slab.releaseFromOutside(1);
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

    /** A slot that one thread releases twice while the owner collects. The second release never succeeds. */
    public static class Twice {

        private final BitmapSlab slab = BitmapSlabs.withSlots(SLOTS);

        /** With all slots taken. */
        public Twice() {
            while (slab.take() >= 0) {}
        }

        /** Returns the result of the second release. */
        @Operation(runOnce = true)
        public Slab.Release releaseTwice() {
            slab.releaseFromOutside(0);
            return slab.releaseFromOutside(0);
        }

        /** The owner collects, without a result. */
        @Operation(runOnce = true)
        public void collect() {
            slab.collect();
        }
    }

    @Test
    void mustRefuseASecondReleaseWhileTheOwnerCollects() {
        new ModelCheckingOptions()
                .threads(2)
                .actorsPerThread(1)
                .actorsBefore(0)
                .actorsAfter(0)
                .iterations(TestLength.of(4, 10))
                .invocationsPerIteration(TestLength.of(200, 10_000))
                .sequentialSpecification(SequentialTwice.class)
                .check(Twice.class);
    }

    /** The same in one thread. */
    public static class SequentialTwice {
        /** See {@link Twice#releaseTwice}. */
        public Slab.Release releaseTwice() {
            return Slab.Release.REFUSED;
        }

        /** See {@link Twice#collect}. */
        public void collect() {}
    }

    /**
     * A full slab without collects: if threads release the same slot at the same time, exactly one succeeds.
     */
    public static class Full {

        private final BitmapSlab slab = BitmapSlabs.withSlots(SLOTS);

        /** With all slots taken. */
        public Full() {
            while (slab.take() >= 0) {}
        }

        /** A thread releases one slot. */
        @Operation
        public Slab.Release releaseFirst() {
            return slab.releaseFromOutside(0);
        }

        /** A thread releases another slot. */
        @Operation
        public Slab.Release releaseSecond() {
            return slab.releaseFromOutside(1);
        }
    }

    @Test
    void mustServeOneOfThoseThatReleaseASlotAtTheSameMoment() {
        new ModelCheckingOptions()
                .threads(2)
                .actorsPerThread(2)
                .actorsBefore(0)
                .actorsAfter(1)
                .iterations(TestLength.of(4, 500))
                .invocationsPerIteration(TestLength.of(200, 10_000))
                .sequentialSpecification(SequentialFull.class)
                .check(Full.class);
    }

    /** A full slab in one thread. */
    public static class SequentialFull {

        private final Sequential slab = new Sequential();

        /** With all slots taken. */
        public SequentialFull() {
            while (slab.take() >= 0) {}
        }

        /** See {@link Full#releaseFirst}. */
        public Slab.Release releaseFirst() {
            return slab.releaseFirst();
        }

        /** See {@link Full#releaseSecond}. */
        public Slab.Release releaseSecond() {
            return slab.releaseSecond();
        }
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
        public Slab.Release releaseFirst() {
            return release(0);
        }

        /** See {@link BitmapSlabModelCheckTest#releaseSecond}. */
        public Slab.Release releaseSecond() {
            return release(1);
        }

        private Slab.Release release(int slot) {
            if (!taken.get(slot) || outside.get(slot)) {
                return Slab.Release.REFUSED;
            }
            outside.set(slot);
            return outside.equals(taken) ? Slab.Release.PERHAPS_EMPTY : Slab.Release.DONE;
        }
    }
}
