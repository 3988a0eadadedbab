package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.lockfree.internal.ModelChecks;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The shared tier compared with a sequential stack, in the interleavings that the model checker tries. */
@Tag("unsafe")
public class SharedTierModelCheckTest {

    private final SharedTier tier = new SharedTier();

    /** Adds an object. */
    @Operation
    public boolean push(int number) {
        return tier.push(number);
    }

    /** The object that was added last, or null. */
    @Operation
    public Object pop() {
        return tier.pop();
    }

    @Test
    void mustBeALinearizableStack() {
        ModelChecks.options()
                .sequentialSpecification(Sequential.class)
                .checkObstructionFreedom(true)
                .check(SharedTierModelCheckTest.class);
    }

    /** A stack in one thread. */
    public static class Sequential {

        private final Deque<Integer> stack = new ArrayDeque<>();

        /** See {@link SharedTierModelCheckTest#push}. */
        public boolean push(int number) {
            stack.push(number);
            return true;
        }

        /** See {@link SharedTierModelCheckTest#pop}. */
        public Object pop() {
            return stack.poll();
        }
    }
}
