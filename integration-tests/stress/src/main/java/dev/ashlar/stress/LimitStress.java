package dev.ashlar.stress;

import dev.ashlar.api.Limit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** Limits under memory order. */
public class LimitStress {

    private LimitStress() {}

    /** A parent of 10 bytes. The first child has a reservation of 4 bytes, the second one has none. */
    public static class Tree {
        final Limit parent = Limit.of("parent", 10);
        final Limit reserved = parent.child("reserved").reserved(4).build();
        final Limit free = parent.child("free").build();

        Tree() {}

        static int charge(Limit limit, long bytes) {
            return limit.tryCharge(bytes) == null ? 1 : 0;
        }

        /** The counts of the limits in one number, two digits each: parent, child with the reservation, other child. */
        int used() {
            return (int) (parent.usedBytes() * 10_000 + reserved.usedBytes() * 100 + free.usedBytes());
        }
    }

    /**
     * Each thread charges its child, but beside the reservation there is room for only one charge. Results: whether
     * each was charged, and the counts of the limits at the end.
     */
    @JCStressTest
    @Outcome(id = "1, 0, 80800", expect = Expect.ACCEPTABLE, desc = "The first was charged")
    @Outcome(id = "0, 1, 90005", expect = Expect.ACCEPTABLE, desc = "The second was charged")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Both or neither were charged, or bytes are lost")
    @State
    public static class OneHasRoom extends Tree {

        /** Charges 8 bytes: 4 more than the reservation. */
        @Actor
        public void chargeReserved(III_Result result) {
            result.r1 = charge(reserved, 8);
        }

        /** Charges 5 bytes. */
        @Actor
        public void chargeFree(III_Result result) {
            result.r2 = charge(free, 5);
        }

        /** Reads the limits. */
        @Arbiter
        public void count(III_Result result) {
            result.r3 = used();
        }
    }

    /** Reserved bytes can be charged whatever the other thread does. Results as in {@link OneHasRoom}. */
    @JCStressTest
    @Outcome(id = "1, 1, 100406", expect = Expect.ACCEPTABLE, desc = "Both have room")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A charge that has room was refused, or bytes are lost")
    @State
    public static class Reserved extends Tree {

        /** Charges the reserved bytes. */
        @Actor
        public void chargeReserved(III_Result result) {
            result.r1 = charge(reserved, 4);
        }

        /** Charges the rest, after a request that never has room. */
        @Actor
        public void chargeFree(III_Result result) {
            result.r2 = charge(free, 7) * 10 + charge(free, 6);
        }

        /** Reads the limits. */
        @Arbiter
        public void count(III_Result result) {
            result.r3 = used();
        }
    }

    /**
     * Two threads charge and discharge one child, across its reservation. Results: whether each was charged and read
     * nothing out of bounds, and the counts of the limits at the end.
     */
    @JCStressTest
    @Outcome(id = "1, 1, 40000", expect = Expect.ACCEPTABLE, desc = "Everything was discharged")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Bytes are lost, or a limit was passed")
    @State
    public static class ChargeAndDischarge extends Tree {

        /** Charges and discharges less than the reservation. */
        @Actor
        public void chargeLess(III_Result result) {
            result.r1 = chargeAndDischarge(3);
        }

        /** Charges and discharges more than the reservation. */
        @Actor
        public void chargeMore(III_Result result) {
            result.r2 = chargeAndDischarge(7);
        }

        private int chargeAndDischarge(int bytes) {
            int charged = charge(reserved, bytes);
            long child = reserved.usedBytes();
            long whole = parent.usedBytes();
            reserved.discharge(bytes);
            return child >= bytes && child <= 10 && whole >= 4 && whole >= bytes && whole <= 10 ? charged : 0;
        }

        /** Reads the limits. */
        @Arbiter
        public void count(III_Result result) {
            result.r3 = used();
        }
    }

    /**
     * One thread closes a child while another charges it. Results: whether it was charged, -1 if it was found closed,
     * and the counts of the limits at the end.
     */
    @JCStressTest
    @Outcome(id = "1, 50500", expect = Expect.ACCEPTABLE, desc = "Charged, then closed")
    @Outcome(id = "-1, 0", expect = Expect.ACCEPTABLE, desc = "Closed, and the parent has its bytes back")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The reservation stays charged, or a charge was lost")
    @State
    public static class ChargeWhileClosing extends Tree {

        /** Charges more than the reservation. */
        @Actor
        public void charge(II_Result result) {
            try {
                result.r1 = charge(reserved, 5);
            } catch (IllegalStateException e) {
                result.r1 = -1;
            }
        }

        /** Closes. */
        @Actor
        public void close() {
            reserved.close();
        }

        /** Reads the limits. */
        @Arbiter
        public void count(II_Result result) {
            result.r2 = used();
        }
    }
}
