package dev.ashlar.lockfree.internal;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ashlar.testkit.TestLength;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Threads take indices from a stack and put them back, oldest first, so an index may return above other indices than
 * before. All operations must be linearizable. The same check must fail for a stack without a tag.
 */
@Tag("unsafe")
class TaggedStackModelCheckTest {

    private static final int INDICES = 3;

    /** Enough random scenarios to include one that fails without a tag. */
    private static final int SCENARIOS = 5;

    /** The same for both, so that a fault of one would also be found in the other. */
    private static ModelCheckingOptions options() {
        return ModelChecks.options()
                .actorsBefore(0)
                .actorsAfter(0)
                .iterations(TestLength.of(SCENARIOS, 500))
                .invocationsPerIteration(TestLength.of(200, 10_000))
                .sequentialSpecification(Sequential.class);
    }

    @Test
    void mustBeALinearizableStack() {
        options().checkObstructionFreedom(true).check(Tagged.class);
    }

    /** The trace shows A, B and A: a take of one thread between two steps of another thread. */
    @Test
    void mustFailWithAnAbaTraceIfTheStackIsNotTagged() {
        assertThatThrownBy(() -> options().minimizeFailedScenario(false).check(Untagged.class))
                .isInstanceOf(LincheckAssertionError.class)
                .hasMessageContaining("Invalid execution results")
                .hasMessageContaining("putBack")
                .hasMessageContaining("head.compareAndSet");
    }

    /** A stack of all indices, and the indices that each thread holds, oldest first. */
    public abstract static class Exchange {

        private final List<Deque<Integer>> held =
                List.of(new ArrayDeque<>(), new ArrayDeque<>(), new ArrayDeque<>(), new ArrayDeque<>());

        abstract void push(int index);

        abstract int pop();

        final void fill() {
            for (int index = 0; index < INDICES; index++) {
                push(index);
            }
        }

        /**
         * Takes an index.
         *
         * @param thread its number, from 0: a first and a last thread, and those of the parallel part
         */
        @Operation
        public final int take(@Param(gen = ThreadIdGen.class) int thread) {
            int index = pop();
            if (index != TaggedStack.NONE) {
                held.get(thread).add(index);
            }
            return index;
        }

        /**
         * Puts back the index that a thread has held longest.
         *
         * @param thread its number
         */
        @Operation
        public final int putBack(@Param(gen = ThreadIdGen.class) int thread) {
            Integer index = held.get(thread).poll();
            if (index == null) {
                return TaggedStack.NONE;
            }
            push(index);
            return index;
        }
    }

    /** The stack as it is. */
    public static class Tagged extends Exchange {

        private final Segments<AtomicIntegerArray> links = new Segments<>(AtomicIntegerArray::new);
        private final TaggedStack stack = new TaggedStack(links);

        /** All indices are in the stack. */
        public Tagged() {
            links.cover(INDICES - 1);
            fill();
        }

        @Override
        void push(int index) {
            stack.push(index);
        }

        @Override
        int pop() {
            return stack.pop();
        }
    }

    /** The stack without its tag. */
    public static class Untagged extends Exchange {

        private final UntaggedStack stack = new UntaggedStack(INDICES);

        /** All indices are in the stack. */
        public Untagged() {
            fill();
        }

        @Override
        void push(int index) {
            stack.push(index);
        }

        @Override
        int pop() {
            return stack.pop();
        }
    }

    /** A stack in one thread. */
    public static class Sequential extends Exchange {

        private final Deque<Integer> stack = new ArrayDeque<>();

        /** All indices are in the stack. */
        public Sequential() {
            fill();
        }

        @Override
        void push(int index) {
            stack.push(index);
        }

        @Override
        int pop() {
            return stack.isEmpty() ? TaggedStack.NONE : stack.pop();
        }
    }
}
