package dev.ashlar.lockfree.internal;

import dev.ashlar.spi.support.AddressMap;
import dev.ashlar.spi.support.UnitChunk;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJJ_Result;
import org.openjdk.jcstress.infra.results.JJ_Result;
import org.openjdk.jcstress.infra.results.J_Result;

/** Magazines that change hands at a depot. Their rounds and counts are plain. */
public class MagazineStress {

    private static final int ROUNDS = 2;

    private MagazineStress() {}

    private static Depot depot(Magazines magazines) {
        return new Depot(
                64,
                new MagazineSize(ROUNDS, ROUNDS, ROUNDS),
                new Kept(1 << 20),
                magazines,
                new SlabTable(new AddressMap<>(UnitChunk.PAGE)));
    }

    private static long sum(@Nullable Magazine magazine) {
        long sum = 0;
        while (magazine != null && !magazine.isEmpty()) {
            sum += magazine.take();
        }
        return sum;
    }

    /** A magazine that one thread fills and another takes. */
    @JCStressTest
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "Not there yet")
    @Outcome(id = "12", expect = Expect.ACCEPTABLE, desc = "There, with all its rounds")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A round or the count was not seen")
    @State
    public static class Handover {
        private final Magazines magazines = new Magazines();
        private final Depot depot = depot(magazines);

        /** Fills one and keeps it. */
        @Actor
        public void keep() {
            Magazine magazine = depot.takeEmpty();
            magazine.put(5);
            magazine.put(7);
            depot.keepFull(magazine);
        }

        /** Takes it. */
        @Actor
        public void take(J_Result result) {
            result.r1 = sum(depot.takeFull());
        }
    }

    /** Two threads exchange a full magazine for an empty one and back, with the same few magazines. */
    @JCStressTest
    @Outcome(
            id = "12, 0, 12",
            expect = Expect.ACCEPTABLE,
            desc = "The first took the full one before the other kept its own")
    @Outcome(id = "24, 0, 0", expect = Expect.ACCEPTABLE, desc = "The first took both")
    @Outcome(id = "12, 12, 0", expect = Expect.ACCEPTABLE, desc = "Each took one")
    @Outcome(id = "0, 12, 12", expect = Expect.ACCEPTABLE, desc = "One was taken by the second")
    @Outcome(id = "0, 24, 0", expect = Expect.ACCEPTABLE, desc = "The second took both")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A round is lost, or two threads have it")
    @State
    public static class Exchange {
        private final Magazines magazines = new Magazines();
        private final Depot depot = depot(magazines);

        /** One full magazine in the depot, and two empty ones. */
        public Exchange() {
            Magazine one = depot.takeEmpty();
            Magazine two = depot.takeEmpty();
            Magazine full = depot.takeEmpty();
            full.put(5);
            full.put(7);
            depot.keepFull(full);
            depot.keepEmpty(one);
            depot.keepEmpty(two);
        }

        /** Takes full ones, and gives them back empty. */
        @Actor
        public void use(JJJ_Result result) {
            result.r1 = takeAndEmpty() + takeAndEmpty();
        }

        /** Fills an empty one, keeps it, and takes a full one. */
        @Actor
        public void fillAndUse(JJJ_Result result) {
            Magazine magazine = depot.takeEmpty();
            magazine.put(5);
            magazine.put(7);
            depot.keepFull(magazine);
            result.r2 = takeAndEmpty();
        }

        private long takeAndEmpty() {
            Magazine magazine = depot.takeFull();
            long sum = sum(magazine);
            if (magazine != null) {
                depot.keepEmpty(magazine);
            }
            return sum;
        }

        /** What is left. */
        @Arbiter
        public void rest(JJJ_Result result) {
            result.r3 = takeAndEmpty() + takeAndEmpty();
        }
    }

    /** Two threads keep a magazine where there is room for one. Two actors, because jcstress has no more than processors. */
    @JCStressTest
    @Outcome(id = "12, 0", expect = Expect.ACCEPTABLE, desc = "One of the two was kept, and taken")
    @Outcome(id = "12, 12", expect = Expect.ACCEPTABLE, desc = "It was taken, and then there was room for the other")
    @Outcome(id = "0, 12", expect = Expect.ACCEPTABLE, desc = "The first was kept after the second had looked")
    @Outcome(
            id = "0, 0",
            expect = Expect.ACCEPTABLE_INTERESTING,
            desc = "Both counted, and each saw the other: none was kept")
    @Outcome(expect = Expect.FORBIDDEN, desc = "More is kept than the capacity allows, or a round is lost")
    @State
    public static class Bound {
        private final Magazines magazines = new Magazines();
        private final Depot depot = new Depot(
                1,
                new MagazineSize(ROUNDS, ROUNDS, ROUNDS),
                new Kept(ROUNDS),
                magazines,
                new SlabTable(new AddressMap<>(UnitChunk.PAGE)));

        private void keepOne() {
            Magazine magazine = depot.takeEmpty();
            magazine.put(5);
            magazine.put(7);
            depot.keepFull(magazine);
        }

        /** Keeps one. */
        @Actor
        public void first() {
            keepOne();
        }

        /** Keeps another, and takes one. */
        @Actor
        public void second(JJ_Result result) {
            keepOne();
            result.r1 = sum(depot.takeFull());
        }

        /** What is left. */
        @Arbiter
        public void rest(JJ_Result result) {
            result.r2 = sum(depot.takeFull()) + sum(depot.takeFull());
        }
    }
}
