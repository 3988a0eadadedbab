package dev.ashlar.spi.support;

import dev.ashlar.lockfree.internal.CasSlab;
import dev.ashlar.slab.internal.BitmapSlab;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * A heap disowns a slab while another thread frees blocks in it. The first thread writes that the slab has no owner and
 * then reads the free slots. The second frees and then reads the owner. Each write must be visible before the read
 * after it; otherwise neither thread sees the other.
 */
public class OwnershipStress {

    private OwnershipStress() {}

    /** The only block is freed: the slab must be retired by one of the two. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "Freed, and the slab is retired")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The slab is lost: empty, and with no owner")
    @State
    public static class BitmapEmptied {
        private final StressWorld world = new StressWorld(BitmapSlab::new, 1);

        /** Disowns. */
        @Actor
        public void disown() {
            world.store.disown(world.slab);
        }

        /** Frees. */
        @Actor
        public void free(II_Result result) {
            result.r1 = world.free(0);
        }

        /** Whether the slab is lost. */
        @Arbiter
        public void look(II_Result result) {
            result.r2 = world.isLost();
        }
    }

    /** One of two blocks is freed: the slab must be found by its room. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "Freed, and the slab is found")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The slab is lost: it has room, but no thread finds it")
    @State
    public static class BitmapWithRoom {
        private final StressWorld world = new StressWorld(BitmapSlab::new, 2);

        /** Disowns. */
        @Actor
        public void disown() {
            world.store.disown(world.slab);
        }

        /** Frees. */
        @Actor
        public void free(II_Result result) {
            result.r1 = world.free(1);
        }

        /** Whether the slab is lost. */
        @Arbiter
        public void look(II_Result result) {
            result.r2 = world.isLost();
        }
    }

    /** A slab without an owner is emptied by one thread while another takes it because it has room. */
    @JCStressTest
    @Outcome(id = "1, 1, 0", expect = Expect.ACCEPTABLE, desc = "Taken, and so not retired")
    @Outcome(id = "1, 0, 0", expect = Expect.ACCEPTABLE, desc = "Retired before it was taken")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A slot of a retired slab was taken, or the slab is lost")
    @State
    public static class BitmapTakenWhileEmptied {
        private final StressWorld world = new StressWorld(BitmapSlab::new, 2);

        /** One slot is free, and no heap owns the slab. */
        public BitmapTakenWhileEmptied() {
            world.free(0);
            world.store.disown(world.slab);
        }

        /** Frees the other. */
        @Actor
        public void free(III_Result result) {
            result.r1 = world.free(1);
        }

        /** Takes a slot. */
        @Actor
        public void take(III_Result result) {
            result.r2 = world.takeWithRoom();
        }

        /** 1 if the slab is lost, 2 if it was retired although a slot was taken. */
        @Arbiter
        public void look(III_Result result) {
            boolean retired = world.slab.owner() == SlabHeap.RETIRED;
            result.r3 = retired == (result.r2 == 1) ? 2 : world.isLost();
        }
    }

    /** Two threads look for room. Result: how many found the slab. */
    @JCStressTest
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "One owns it")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Two threads own it, or no thread found it")
    @State
    public static class BitmapTakenTwice {
        private final StressWorld world = new StressWorld(BitmapSlab::new, 2);
        private int first;
        private int second;

        /** A slot is free, and no heap owns the slab. */
        public BitmapTakenTwice() {
            world.free(0);
            world.store.disown(world.slab);
        }

        /** Takes a slot. */
        @Actor
        public void first() {
            first = world.takeWithRoom();
        }

        /** Takes a slot. */
        @Actor
        public void second() {
            second = world.takeWithRoom();
        }

        /** How many threads have the slab. */
        @Arbiter
        public void count(I_Result result) {
            result.r1 = first + second;
        }
    }

    /** The only block is freed: the slab must be retired by one of the two. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "Freed, and the slab is retired")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The slab is lost: empty, and with no owner")
    @State
    public static class CasEmptied {
        private final StressWorld world = new StressWorld(CasSlab::new, 1);

        /** Disowns. */
        @Actor
        public void disown() {
            world.store.disown(world.slab);
        }

        /** Frees. */
        @Actor
        public void free(II_Result result) {
            result.r1 = world.free(0);
        }

        /** Whether the slab is lost. */
        @Arbiter
        public void look(II_Result result) {
            result.r2 = world.isLost();
        }
    }

    /** One of two blocks is freed: the slab must be found by its room. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "Freed, and the slab is found")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The slab is lost: it has room, but no thread finds it")
    @State
    public static class CasWithRoom {
        private final StressWorld world = new StressWorld(CasSlab::new, 2);

        /** Disowns. */
        @Actor
        public void disown() {
            world.store.disown(world.slab);
        }

        /** Frees. */
        @Actor
        public void free(II_Result result) {
            result.r1 = world.free(1);
        }

        /** Whether the slab is lost. */
        @Arbiter
        public void look(II_Result result) {
            result.r2 = world.isLost();
        }
    }

    /** A slab without an owner is emptied by one thread while another takes it because it has room. */
    @JCStressTest
    @Outcome(id = "1, 1, 0", expect = Expect.ACCEPTABLE, desc = "Taken, and so not retired")
    @Outcome(id = "1, 0, 0", expect = Expect.ACCEPTABLE, desc = "Retired before it was taken")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A slot of a retired slab was taken, or the slab is lost")
    @State
    public static class CasTakenWhileEmptied {
        private final StressWorld world = new StressWorld(CasSlab::new, 2);

        /** One slot is free, and no heap owns the slab. */
        public CasTakenWhileEmptied() {
            world.free(0);
            world.store.disown(world.slab);
        }

        /** Frees the other. */
        @Actor
        public void free(III_Result result) {
            result.r1 = world.free(1);
        }

        /** Takes a slot. */
        @Actor
        public void take(III_Result result) {
            result.r2 = world.takeWithRoom();
        }

        /** 1 if the slab is lost, 2 if it was retired although a slot was taken. */
        @Arbiter
        public void look(III_Result result) {
            boolean retired = world.slab.owner() == SlabHeap.RETIRED;
            result.r3 = retired == (result.r2 == 1) ? 2 : world.isLost();
        }
    }

    /** Two threads look for room. Result: how many found the slab. */
    @JCStressTest
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "One owns it")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Two threads own it, or no thread found it")
    @State
    public static class CasTakenTwice {
        private final StressWorld world = new StressWorld(CasSlab::new, 2);
        private int first;
        private int second;

        /** A slot is free, and no heap owns the slab. */
        public CasTakenTwice() {
            world.free(0);
            world.store.disown(world.slab);
        }

        /** Takes a slot. */
        @Actor
        public void first() {
            first = world.takeWithRoom();
        }

        /** Takes a slot. */
        @Actor
        public void second() {
            second = world.takeWithRoom();
        }

        /** How many threads have the slab. */
        @Arbiter
        public void count(I_Result result) {
            result.r1 = first + second;
        }
    }
}
