package dev.ashlar.lockfree.internal;

import dev.ashlar.spi.support.Chunks;
import dev.ashlar.spi.support.MeteredSource;
import dev.ashlar.spi.support.SizeClasses;
import dev.ashlar.testkit.TestLength;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * Heaps of several threads that exchange magazines of one round at a depot, take slots out of one slab and put them in: no
 * slot is handed out twice, and none is lost.
 */
class ExchangeModelCheckTest {

    private static final int SLOT = 1024;

    private static final int SLOTS = 4;

    /** What is left of the chunk, so that there is no other slab. */
    private static final int OTHER_UNITS = 15;

    @Test
    void mustHandOutEachSlotToOneThread() {
        // A step of this is many steps of the machine: few scenarios, and short ones, by default.
        ModelChecks.options()
                .actorsPerThread(2)
                .actorsBefore(2)
                .actorsAfter(0)
                .iterations(TestLength.of(3, 100))
                .invocationsPerIteration(TestLength.of(60, 5_000))
                .sequentialSpecification(Anything.class)
                .loopIterationsBeforeThreadSwitch(20) // the choice of a slab's size goes round 16 times
                .checkObstructionFreedom(true)
                .check(Keeping.class);
    }

    @Test
    void mustNotLoseSlotsOfADepotThatKeepsNothing() {
        // A step of this is many steps of the machine: few scenarios, and short ones, by default.
        ModelChecks.options()
                .actorsPerThread(2)
                .actorsBefore(2)
                .actorsAfter(0)
                .iterations(TestLength.of(3, 100))
                .invocationsPerIteration(TestLength.of(60, 5_000))
                .sequentialSpecification(Anything.class)
                .loopIterationsBeforeThreadSwitch(20) // the choice of a slab's size goes round 16 times
                .checkObstructionFreedom(true)
                .check(KeepingNothing.class);
    }

    /** Four heaps and a slab of four slots. */
    public abstract static class Exchange {

        private final Supply supply;
        private final Slab slab;
        private final List<Heap> heaps;
        private final List<Deque<Integer>> live =
                List.of(new ArrayDeque<>(), new ArrayDeque<>(), new ArrayDeque<>(), new ArrayDeque<>());

        Exchange(long capacity) {
            MeteredSource source = new MeteredSource(new ArraySource(), Chunks.smallestFor(SLOT), () -> 0);
            supply = new Supply(SizeClasses.of(SLOT), source, 1, capacity, Chunks.smallestFor(SLOT));
            if (!supply.memory().grow(0, supply.memory().chunks().all())) {
                throw new IllegalStateException("no memory");
            }
            heaps = List.of(
                    new Heap(supply, null), new Heap(supply, null), new Heap(supply, null), new Heap(supply, null));
            Heap first = heaps.get(0);
            Magazine loaded = first.loadForTake(0);
            if (loaded == null) {
                throw new IllegalStateException("no slot");
            }
            long round = loaded.take(); // stays live, so that the slab is never whole
            slab = supply.memory().slabs().of(round);
            if (slab.slots() != SLOTS
                    || supply.memory().chunks().all()[0].units().take(OTHER_UNITS) < 0) {
                throw new IllegalStateException("there is more than the one slab");
            }
            slab.handOut(Slab.slotOf(round));
            first.handBack();
        }

        /**
         * Allocates, unless no slot is in reach.
         *
         * @param thread who does, from 0: a first and a last thread, and those of the parallel part
         */
        @Operation
        public final void allocate(@Param(gen = ThreadIdGen.class) int thread) {
            Magazine magazine = heaps.get(thread).loadForTake(0);
            if (magazine != null) {
                int slot = Slab.slotOf(magazine.take());
                if (slab.isLive(slot)) {
                    throw new AssertionError("slot " + slot + " is handed out twice");
                }
                slab.handOut(slot);
                live.get(thread).add(slot);
            }
        }

        /**
         * Frees what the thread allocated first.
         *
         * @param thread who does
         */
        @Operation
        public final void free(@Param(gen = ThreadIdGen.class) int thread) {
            Integer slot = live.get(thread).poll();
            if (slot != null) {
                if (!slab.takeBack(slot)) {
                    throw new AssertionError("slot " + slot + " is live, and its free was refused");
                }
                heaps.get(thread).put(slab, slot);
            }
        }

        /** Called when all is quiet: when all heaps and depots are emptied, all slots but the live ones are in. */
        @Validate
        public final void eachSlotIsInOnePlace() {
            int handedOut = 1; // the one that stays live
            for (Deque<Integer> blocks : live) {
                for (int slot : blocks) {
                    require(slab.isLive(slot), "what a thread has is live");
                    handedOut++;
                }
            }
            require(handedOut == slab.live(), "each live slot is handed out once");
            heaps.forEach(Heap::handBack);
            supply.drain();
            require(slab.checkInvariants() == 0, "no slot is cached when nobody caches");
            Slab found = supply.depot(0).takeSlab();
            require(found == (slab.live() < SLOTS ? slab : null), "a slab with a slot in is found");
        }

        private static void require(boolean holds, String what) {
            if (!holds) {
                throw new AssertionError("does not hold: " + what);
            }
        }
    }

    /** The depot keeps all magazines. */
    public static class Keeping extends Exchange {
        /** With room for all slots. */
        public Keeping() {
            super(1 << 20);
        }
    }

    /** The depot keeps no magazine, so that every round goes to the slab. */
    public static class KeepingNothing extends Exchange {
        /** With room for no slot. */
        public KeepingNothing() {
            super(0);
        }
    }

    /** Which slot a thread gets is not told, so that anything is linearizable. */
    public static class Anything {
        /** See {@link Exchange#allocate}. */
        public void allocate(int thread) {}

        /** See {@link Exchange#free}. */
        public void free(int thread) {}
    }
}
