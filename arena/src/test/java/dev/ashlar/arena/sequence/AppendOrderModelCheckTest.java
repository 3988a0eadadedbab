package dev.ashlar.arena.sequence;

import dev.ashlar.testkit.TestLength;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Appending threads, in the interleavings that Lincheck's model checker tries. Each index is handed out once and in
 * order, a reader finds no unwritten element, and after all appends all elements are published.
 *
 * <p>An append and a read are not checked as one object: by design an append may return before its element is
 * published.
 */
@Tag("unsafe")
public class AppendOrderModelCheckTest {

    private static final int ELEMENTS = 64;

    /** Marks on the Java heap, where the model checker sees them. */
    private static final class HeapMarks implements AppendOrder.Marks {

        private final AtomicIntegerArray marks = new AtomicIntegerArray(ELEMENTS);

        @Override
        public void mark(long index) {
            marks.set((int) index, 1);
        }

        @Override
        public long runFrom(long index) {
            return index < ELEMENTS ? marks.get((int) index) : 0;
        }
    }

    private final AppendOrder order = new AppendOrder();
    private final HeapMarks marks = new HeapMarks();
    private final long[] elements = new long[ELEMENTS];
    private final AtomicLong ended = new AtomicLong();

    /** Appends an element whose value shows that it was written. */
    @Operation
    public long append() {
        long index = order.claimed();
        while (!order.claim(index)) {
            index = order.claimed();
        }
        elements[(int) index] = index + 1;
        order.publish(index, marks);
        ended.incrementAndGet();
        return index;
    }

    /** Reads all published elements. The result does not depend on their number. */
    @Operation
    public boolean everythingPublishedIsWritten() {
        for (long i = order.published() - 1; i >= 0; i--) {
            if (elements[(int) i] != i + 1) {
                return false;
            }
        }
        return true;
    }

    /** Run by Lincheck when all threads have ended. */
    @Validate
    public void everythingMustBePublished() {
        if (order.published() != ended.get() || order.claimed() != ended.get()) {
            throw new AssertionError(
                    ended + " ended, " + order.claimed() + " claimed, " + order.published() + " published");
        }
    }

    @Test
    void mustPublishEverythingInOrderAndNothingUnwritten() {
        new ModelCheckingOptions()
                .threads(3)
                .actorsPerThread(2)
                .actorsBefore(1)
                .actorsAfter(1)
                .iterations(TestLength.of(5, 200))
                .invocationsPerIteration(TestLength.of(500, 10_000))
                .checkObstructionFreedom(true)
                .sequentialSpecification(Sequential.class)
                .check(AppendOrderModelCheckTest.class);
    }

    /** Appends in one thread. */
    public static class Sequential {

        private long size;

        /** See {@link AppendOrderModelCheckTest#append}. */
        public long append() {
            return size++;
        }

        /** See {@link AppendOrderModelCheckTest#everythingPublishedIsWritten}. */
        public boolean everythingPublishedIsWritten() {
            return true;
        }
    }
}
