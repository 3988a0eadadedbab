package dev.ashlar.heap;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** Pins, moves and frees of one block in the table of handles, under memory order. */
public class HandleTableStress {

    private static final int STALE = -1;
    private static final int BEFORE = 8;
    private static final int AFTER = 16;
    private static final int BYTES_BEFORE = 24;
    private static final int BYTES_AFTER = 32;

    private HandleTableStress() {}

    /** A table with one block, which a thread moves. */
    private static class OneBlock {
        final HandleTable table = new HandleTable();
        final Handle handle = table.add(BEFORE, BYTES_BEFORE);

        /** What a copy writes at the new address. */
        int copied;

        int pin() {
            try {
                return (int) table.pin(handle);
            } catch (StaleHandleException e) {
                return STALE;
            }
        }

        int free() {
            return (int) table.free(handle);
        }

        int move() {
            try {
                int from = (int) table.takeAlone(handle);
                if (from != 0) {
                    copied = from;
                    table.leave(handle, AFTER, BYTES_AFTER);
                }
                return from;
            } catch (StaleHandleException e) {
                return STALE;
            }
        }
    }

    /** A pin while the block is moved. Results: its address, its size, and what was copied to the new address. */
    @JCStressTest
    @Outcome(id = "8, 24, 0", expect = Expect.ACCEPTABLE, desc = "Pinned before the move, or kept from it")
    @Outcome(id = "16, 32, 8", expect = Expect.ACCEPTABLE, desc = "Pinned after the move, and it is seen whole")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Half a move is seen")
    @State
    public static class PinWhileMoved {
        private final OneBlock block = new OneBlock();

        /** Moves, unless it is pinned. */
        @Actor
        public void move() {
            block.move();
        }

        /** Reads under a pin. */
        @Actor
        public void pin(III_Result result) {
            result.r1 = block.pin();
            result.r2 = (int) block.table.byteSize(block.handle);
            result.r3 = block.copied;
            block.table.unpin(block.handle);
        }
    }

    /** A free while the block is pinned. Results: what the end of the pin and the free say is to be released. */
    @JCStressTest
    @Outcome(id = "-1, 8", expect = Expect.ACCEPTABLE, desc = "Freed before the pin")
    @Outcome(id = "0, 8", expect = Expect.ACCEPTABLE, desc = "Freed after the pin")
    @Outcome(id = "8, 0", expect = Expect.ACCEPTABLE, desc = "Freed meanwhile, and released with the pin")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The block is released twice or never")
    @State
    public static class PinWhileFreed {
        private final OneBlock block = new OneBlock();

        /** Pins for a moment. */
        @Actor
        public void pin(II_Result result) {
            result.r1 = block.pin() == STALE ? STALE : (int) block.table.unpin(block.handle);
        }

        /** Frees. */
        @Actor
        public void free(II_Result result) {
            result.r2 = block.free();
        }
    }

    /** A free while the block is moved. Results: where the move found it, and what the free says is to be released. */
    @JCStressTest
    @Outcome(id = "-1, 8", expect = Expect.ACCEPTABLE, desc = "Freed before the move")
    @Outcome(id = "8, 16", expect = Expect.ACCEPTABLE, desc = "Freed after the move, at the new address")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The block is released where it is not")
    @State
    public static class FreeWhileMoved {
        private final OneBlock block = new OneBlock();

        /** Moves. */
        @Actor
        public void move(II_Result result) {
            result.r1 = block.move();
        }

        /** Frees. */
        @Actor
        public void free(II_Result result) {
            result.r2 = block.free();
        }
    }
}
