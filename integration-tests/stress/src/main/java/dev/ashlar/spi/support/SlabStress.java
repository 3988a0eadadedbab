package dev.ashlar.spi.support;

import dev.ashlar.lockfree.internal.CasSlab;
import dev.ashlar.slab.internal.BitmapSlab;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Function;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.ZZZ_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Slots of one slab that its owner takes and releases, and other threads release. */
public class SlabStress {

    private SlabStress() {}

    /** A slab with all slots live. */
    private static Slab full(Function<Slab.Place, Slab> factory, int slots) {
        Slab slab = factory.apply(new Slab.Place(null, 0, slots, 0, PageChunk.PAGE));
        while (slab.take() >= 0) {}
        return slab;
    }

    private static boolean free(Slab slab, int slot) {
        return slab.releaseFromOutside(slot) != Slab.Release.REFUSED;
    }

    private static int countFree(Slab slab) {
        slab.collect();
        int count = 0;
        while (slab.take() >= 0) {
            count++;
        }
        return count;
    }

    /** Two threads free the same block at the same moment. */
    @JCStressTest
    @Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "The first freed it")
    @Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "The second freed it")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Both did, or none")
    @State
    public static class CasFreeTwice {
        private final Slab slab = full(CasSlab::new, 2);

        /** Frees. */
        @Actor
        public void first(ZZ_Result result) {
            result.r1 = free(slab, 1);
        }

        /** Frees. */
        @Actor
        public void second(ZZ_Result result) {
            result.r2 = free(slab, 1);
        }
    }

    /** The owner frees a block at the moment at which another does. */
    @JCStressTest
    @Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "The owner freed it")
    @Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "The other freed it")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Both did, or none")
    @State
    public static class CasFreeTwiceByOwner {
        private final Slab slab = full(CasSlab::new, 2);

        /** Frees as the owner. */
        @Actor
        public void owner(ZZ_Result result) {
            result.r1 = slab.release(1);
        }

        /** Frees. */
        @Actor
        public void other(ZZ_Result result) {
            result.r2 = free(slab, 1);
        }
    }

    /** Two threads free the same block at the same moment, and the owner collects the first free. */
    @JCStressTest
    @Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "The first freed it")
    @Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "The second freed it")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Both did, or none")
    @State
    public static class BitmapFreeTwice {
        private final Slab slab = full(BitmapSlab::new, 2);

        /** Collects. */
        @Actor
        public void owner() {
            slab.collect();
        }

        /** Frees. */
        @Actor
        public void first(ZZ_Result result) {
            result.r1 = free(slab, 1);
        }

        /** Frees. */
        @Actor
        public void second(ZZ_Result result) {
            result.r2 = free(slab, 1);
        }
    }

    /**
     * The owner frees a block at the moment at which another does. Both may be told that they did, because the owner
     * writes plainly. Result: whether the next block in that slot stays live.
     */
    @JCStressTest
    @Outcome(id = "true, false, true", expect = Expect.ACCEPTABLE, desc = "The owner freed it")
    @Outcome(id = "false, true, true", expect = Expect.ACCEPTABLE, desc = "The other freed it")
    @Outcome(id = "true, true, true", expect = Expect.ACCEPTABLE_INTERESTING, desc = "The surplus was dropped")
    @Outcome(expect = Expect.FORBIDDEN, desc = "None did, or the surplus freed the next block")
    @State
    public static class BitmapFreeTwiceByOwner {
        private final Slab slab = full(BitmapSlab::new, 2);

        /** Frees as the owner. */
        @Actor
        public void owner(ZZZ_Result result) {
            result.r1 = slab.release(1);
        }

        /** Frees. */
        @Actor
        public void other(ZZZ_Result result) {
            result.r2 = free(slab, 1);
        }

        /** Allocates the next block. */
        @Arbiter
        public void next(ZZZ_Result result) {
            int slot = slab.take();
            if (slot < 0) {
                slab.collect();
                slot = slab.take();
            }
            slab.collect();
            result.r3 = slot == 1 && slab.isLive(slot);
        }
    }

    /** One thread frees a block twice while the owner collects the first free. */
    @JCStressTest
    @Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "The second was seen")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Both were accepted, or none")
    @State
    public static class BitmapFreeTwiceInOrder {
        private final Slab slab = full(BitmapSlab::new, 2);

        /** Collects. */
        @Actor
        public void owner() {
            slab.collect();
        }

        /** Frees, and frees again. */
        @Actor
        public void other(ZZ_Result result) {
            result.r1 = free(slab, 1);
            result.r2 = free(slab, 1);
        }
    }

    /**
     * The owner collects and takes while another thread frees a block. One slot or none is taken, and the others are
     * free.
     */
    @JCStressTest
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "The owner saw the free slot and took it")
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "It was freed later")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A slot is lost, or was taken twice")
    @State
    public static class BitmapCollect {
        private final Slab slab = full(BitmapSlab::new, 3);

        /** Collects and takes. */
        @Actor
        public void owner(II_Result result) {
            slab.collect();
            result.r1 = slab.take() >= 0 ? 1 : 0;
        }

        /** Frees. */
        @Actor
        public void other() {
            free(slab, 1);
        }

        /** How many slots are free. */
        @Arbiter
        public void count(II_Result result) {
            result.r2 = countFree(slab);
        }
    }

    /** The owner releases a slot and takes it again, while another thread frees its neighbour. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Each change is there")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A change was lost")
    @State
    public static class BitmapNeighbours {
        private final Slab slab = full(BitmapSlab::new, 2);

        /** Releases slot 0 and takes it. */
        @Actor
        public void owner() {
            slab.release(0);
            slab.take();
        }

        /** Frees slot 1. */
        @Actor
        public void other(II_Result result) {
            result.r1 = free(slab, 1) ? 1 : 0;
        }

        /** Whether one slot is free. */
        @Arbiter
        public void count(II_Result result) {
            result.r2 = countFree(slab) == 1 ? 1 : 0;
        }
    }

    /** A block that one thread allocates, with a plain write, and another frees. */
    @JCStressTest
    @Outcome(id = "-1", expect = Expect.ACCEPTABLE, desc = "Not handed over yet")
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "Freed")
    @Outcome(id = "0", expect = Expect.FORBIDDEN, desc = "A live block was refused")
    @State
    public static class BitmapRemoteFree {
        private static final VarHandle BLOCK;

        static {
            try {
                BLOCK = MethodHandles.lookup().findVarHandle(BitmapRemoteFree.class, "block", int.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        private final Slab slab = full(BitmapSlab::new, 2);

        @SuppressWarnings("UnusedVariable") // read by BLOCK
        private int block = -1;

        /** A slot is free. */
        public BitmapRemoteFree() {
            slab.release(1);
        }

        /** Allocates and publishes the block, as a queue does. */
        @Actor
        public void allocate() {
            int slot = slab.take();
            BLOCK.setRelease(this, slot);
        }

        /** Frees. */
        @Actor
        public void free(I_Result result) {
            int handedOver = (int) BLOCK.getAcquire(this);
            result.r1 = handedOver < 0 ? -1 : SlabStress.free(slab, handedOver) ? 1 : 0;
        }
    }

    /** Two threads free the last two blocks. At least one is told that the slab may be empty. Result: how many are. */
    @JCStressTest
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "One of them")
    @Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "Both")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Nobody looks whether the slab is empty")
    @State
    public static class BitmapLastTwo {
        private final Slab slab = full(BitmapSlab::new, 2);
        private boolean first;
        private boolean second;

        /** Frees one. */
        @Actor
        public void first() {
            first = slab.releaseFromOutside(0) == Slab.Release.PERHAPS_EMPTY;
        }

        /** Frees the other. */
        @Actor
        public void second() {
            second = slab.releaseFromOutside(1) == Slab.Release.PERHAPS_EMPTY;
        }

        /** How many were told. */
        @Arbiter
        public void count(I_Result result) {
            result.r1 = (first ? 1 : 0) + (second ? 1 : 0);
        }
    }

    /**
     * The owner collects and takes while another thread frees a block. One slot or none is taken, and the others are
     * free.
     */
    @JCStressTest
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "The owner saw the free slot and took it")
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "It was freed later")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A slot is lost, or was taken twice")
    @State
    public static class CasCollect {
        private final Slab slab = full(CasSlab::new, 3);

        /** Collects and takes. */
        @Actor
        public void owner(II_Result result) {
            slab.collect();
            result.r1 = slab.take() >= 0 ? 1 : 0;
        }

        /** Frees. */
        @Actor
        public void other() {
            free(slab, 1);
        }

        /** How many slots are free. */
        @Arbiter
        public void count(II_Result result) {
            result.r2 = countFree(slab);
        }
    }

    /** The owner releases a slot and takes it again, while another thread frees its neighbour. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Each change is there")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A change was lost")
    @State
    public static class CasNeighbours {
        private final Slab slab = full(CasSlab::new, 2);

        /** Releases slot 0 and takes it. */
        @Actor
        public void owner() {
            slab.release(0);
            slab.take();
        }

        /** Frees slot 1. */
        @Actor
        public void other(II_Result result) {
            result.r1 = free(slab, 1) ? 1 : 0;
        }

        /** Whether one slot is free. */
        @Arbiter
        public void count(II_Result result) {
            result.r2 = countFree(slab) == 1 ? 1 : 0;
        }
    }

    /** A block that one thread allocates, with a plain write, and another frees. */
    @JCStressTest
    @Outcome(id = "-1", expect = Expect.ACCEPTABLE, desc = "Not handed over yet")
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "Freed")
    @Outcome(id = "0", expect = Expect.FORBIDDEN, desc = "A live block was refused")
    @State
    public static class CasRemoteFree {
        private static final VarHandle BLOCK;

        static {
            try {
                BLOCK = MethodHandles.lookup().findVarHandle(CasRemoteFree.class, "block", int.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        private final Slab slab = full(CasSlab::new, 2);

        @SuppressWarnings("UnusedVariable") // read by BLOCK
        private int block = -1;

        /** A slot is free. */
        public CasRemoteFree() {
            slab.release(1);
        }

        /** Allocates and publishes the block, as a queue does. */
        @Actor
        public void allocate() {
            int slot = slab.take();
            BLOCK.setRelease(this, slot);
        }

        /** Frees. */
        @Actor
        public void free(I_Result result) {
            int handedOver = (int) BLOCK.getAcquire(this);
            result.r1 = handedOver < 0 ? -1 : SlabStress.free(slab, handedOver) ? 1 : 0;
        }
    }

    /** Two threads free the last two blocks. At least one is told that the slab may be empty. Result: how many are. */
    @JCStressTest
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "One of them")
    @Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "Both")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Nobody looks whether the slab is empty")
    @State
    public static class CasLastTwo {
        private final Slab slab = full(CasSlab::new, 2);
        private boolean first;
        private boolean second;

        /** Frees one. */
        @Actor
        public void first() {
            first = slab.releaseFromOutside(0) == Slab.Release.PERHAPS_EMPTY;
        }

        /** Frees the other. */
        @Actor
        public void second() {
            second = slab.releaseFromOutside(1) == Slab.Release.PERHAPS_EMPTY;
        }

        /** How many were told. */
        @Arbiter
        public void count(I_Result result) {
            result.r1 = (first ? 1 : 0) + (second ? 1 : 0);
        }
    }
}
