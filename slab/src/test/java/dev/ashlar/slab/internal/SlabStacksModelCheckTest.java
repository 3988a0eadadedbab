package dev.ashlar.slab.internal;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

/** A stack of slabs against a sequential stack, in every interleaving that the model checker gets to. */
@Param(name = "slab", gen = IntGen.class, conf = "0:2")
public class SlabStacksModelCheckTest {

    private final SlabStacks stacks = new SlabStacks(1);

    /** Pushes a slab; one may be in the stack more than once. */
    @Operation
    public void push(@Param(name = "slab") int number) {
        stacks.push(ModelCheck.SLABS[number]);
    }

    /** The number of the slab that was pushed last, or -1. */
    @Operation
    public int pop() {
        Slab slab = stacks.pop(0);
        return slab == null ? -1 : slab.firstUnit();
    }

    @Test
    void mustBeALinearizableStack() {
        ModelCheck.options()
                .sequentialSpecification(Sequential.class)
                .checkObstructionFreedom(true)
                .check(SlabStacksModelCheckTest.class);
    }

    /** What a stack does in one thread. */
    public static class Sequential {

        private final Deque<Integer> stack = new ArrayDeque<>();

        /** See {@link SlabStacksModelCheckTest#push}. */
        public void push(int number) {
            stack.push(number);
        }

        /** See {@link SlabStacksModelCheckTest#pop}. */
        public int pop() {
            return stack.isEmpty() ? -1 : stack.pop();
        }
    }
}
