package dev.ashlar.lockfree.internal;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** The tagged stack under memory order. */
public class TaggedStackStress {

    private static final int NOTHING = -1;

    private TaggedStackStress() {}

    private static TaggedStack stackFor(int indices) {
        Segments<AtomicIntegerArray> links = new Segments<>(AtomicIntegerArray::new);
        links.cover(indices - 1);
        return new TaggedStack(links);
    }

    /**
     * One thread takes an index while another takes two and puts the first back. In this sequence a stack without a tag
     * loses an index and hands out another twice. Results: the indices that each thread has, and how many are left.
     */
    @JCStressTest
    @Outcome(id = "2, 0, 1", expect = Expect.ACCEPTABLE, desc = "The first came before the second")
    @Outcome(id = "2, 1, 1", expect = Expect.ACCEPTABLE, desc = "The first came after the second")
    @Outcome(id = "1, 0, 1", expect = Expect.ACCEPTABLE, desc = "The first took between the two of the second")
    @Outcome(id = "0, 1, 1", expect = Expect.ACCEPTABLE, desc = "The first took what was left between")
    @Outcome(expect = Expect.FORBIDDEN, desc = "An index is lost, or two threads have it")
    @State
    public static class TakeWhileTopComesBack {
        private final TaggedStack stack = stackFor(3);

        /** Three indices, 2 on top. */
        public TakeWhileTopComesBack() {
            stack.push(0);
            stack.push(1);
            stack.push(2);
        }

        /** Takes. */
        @Actor
        public void take(III_Result result) {
            result.r1 = stack.pop();
        }

        /** Takes two and puts the first back. */
        @Actor
        public void takeTwoAndPutBack(III_Result result) {
            int first = stack.pop();
            result.r2 = stack.pop();
            stack.push(first);
        }

        /** Counts what is left. */
        @Arbiter
        public void count(III_Result result) {
            result.r3 = stack.checkInvariants();
        }
    }

    /** A thread that pops sees the writes of another thread before its push. */
    @JCStressTest
    @Outcome(id = "-1, 0", expect = Expect.ACCEPTABLE, desc = "Not pushed yet")
    @Outcome(id = "0, 42", expect = Expect.ACCEPTABLE, desc = "Pushed, and seen whole")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Popped, and not seen")
    @State
    public static class Publication {
        private final TaggedStack stack = stackFor(1);
        private int thing;

        /** Writes and pushes. */
        @Actor
        public void push() {
            thing = 42;
            stack.push(0);
        }

        /** Pops and reads. */
        @Actor
        public void pop(II_Result result) {
            result.r1 = stack.pop();
            result.r2 = result.r1 == NOTHING ? 0 : thing;
        }
    }
}
