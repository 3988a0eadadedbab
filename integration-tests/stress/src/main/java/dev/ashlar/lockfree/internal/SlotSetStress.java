package dev.ashlar.lockfree.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Slots that are freed by any thread, and come in while a slab changes hands. */
public class SlotSetStress {

    private SlotSetStress() {}

    private static SlotSet emptied(int slots) {
        SlotSet set = new SlotSet(slots);
        set.takeOut(new long[slots], 0, slots, 0);
        return set;
    }

    /** Two threads free the same block at the same moment. */
    @JCStressTest
    @Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "The first freed it")
    @Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "The second freed it")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Both did, or none")
    @State
    public static class FreeTwice {
        private final SlotSet set = emptied(1);

        /** The block is live. */
        public FreeTwice() {
            set.handOut(0);
        }

        /** Frees. */
        @Actor
        public void first(ZZ_Result result) {
            result.r1 = set.takeBack(0);
        }

        /** Frees. */
        @Actor
        public void second(ZZ_Result result) {
            result.r2 = set.takeBack(0);
        }
    }

    /** A block that one thread allocates, with a plain write, and another frees. */
    @JCStressTest
    @Outcome(id = "-1", expect = Expect.ACCEPTABLE, desc = "Not handed over yet")
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "Freed")
    @Outcome(id = "0", expect = Expect.FORBIDDEN, desc = "A live block was refused")
    @State
    public static class RemoteFree {
        private static final VarHandle BLOCK;

        static {
            try {
                BLOCK = MethodHandles.lookup().findVarHandle(RemoteFree.class, "block", int.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        private final SlotSet set = emptied(2);

        @SuppressWarnings("UnusedVariable") // read by BLOCK
        private int block = -1;

        /** Allocates and hands over, as a queue does. */
        @Actor
        public void allocate() {
            set.handOut(1);
            BLOCK.setRelease(this, 1);
        }

        /** Frees. */
        @Actor
        public void free(I_Result result) {
            int handedOver = (int) BLOCK.getAcquire(this);
            result.r1 = handedOver < 0 ? -1 : set.takeBack(handedOver) ? 1 : 0;
        }
    }

    /** Neighbours: a plain write to one slot's byte while another thread changes the next one's. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Both changes are there")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A change was lost")
    @State
    public static class Neighbours {
        private final SlotSet set = emptied(2);

        /** Slot 1 is live. */
        public Neighbours() {
            set.handOut(1);
        }

        /** Allocates slot 0. */
        @Actor
        public void allocate() {
            set.handOut(0);
        }

        /** Frees slot 1. */
        @Actor
        public void free(II_Result result) {
            result.r1 = set.takeBack(1) ? 1 : 0;
        }

        /** Counts the live ones. */
        @Arbiter
        public void count(II_Result result) {
            result.r2 = set.isLive(0) && !set.isLive(1) ? 1 : 0;
        }
    }

    /** A slab is let go, because it has no slot in, while a slot comes in: somebody must hold it afterwards. */
    @JCStressTest
    @Outcome(id = "1, 0, 1", expect = Expect.ACCEPTABLE, desc = "It was let go, and is held by who put the slot in")
    @Outcome(id = "0, 0, 1", expect = Expect.FORBIDDEN, desc = "Nobody knows of the slot")
    @Outcome(id = "0, 1, 1", expect = Expect.ACCEPTABLE, desc = "The holder saw the slot, and holds on")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Two hold it, or the count is wrong")
    @State
    public static class LetGo {
        private final SlotSet set = emptied(2);

        /** Puts a slot in; tells whether it holds the set now. */
        @Actor
        public void putIn(III_Result result) {
            set.markIn(0);
            result.r1 = set.putIn(1) & SlotSet.NOW_HELD;
        }

        /** Lets go; tells whether it still holds the set. */
        @Actor
        public void letGo(III_Result result) {
            result.r2 = set.letGo() ? 0 : 1;
        }

        /** How many slots are in. */
        @Arbiter
        public void count(III_Result result) {
            result.r3 = set.takeOut(new long[2], 0, 2, 0);
        }
    }

    /** The last slot comes in, and the slab is retired, while its holder takes slots out. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "Retired, and nothing taken")
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "A slot was taken before the last came in")
    @Outcome(id = "0, 2", expect = Expect.ACCEPTABLE, desc = "Both were taken")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A slot of a retired slab was taken")
    @State
    public static class Retire {
        private final SlotSet set = new SlotSet(2);

        /** One slot is in. */
        public Retire() {
            set.takeOut(new long[1], 0, 1, 0);
        }

        /** Puts the other in and retires. */
        @Actor
        public void putInAndRetire(II_Result result) {
            set.markIn(0);
            boolean whole = (set.putIn(1) & SlotSet.WHOLE) != 0;
            result.r1 = whole && set.retire() ? 1 : 0;
        }

        /** Takes what is in. */
        @Actor
        public void takeOut(II_Result result) {
            result.r2 = set.takeOut(new long[2], 0, 2, 0);
        }
    }
}
