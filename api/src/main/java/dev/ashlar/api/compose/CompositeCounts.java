package dev.ashlar.api.compose;

import dev.ashlar.api.AllocatorStats;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts the refusals of a composite. The figures of its sides do not show them: a side also counts requests that the
 * other side then served, and requests of its other clients. A refusal costs one striped addition more. Other
 * operations cost nothing.
 *
 * <p>A composite and its views share the counts. Counts only grow. Safe for use by many threads.
 */
final class CompositeCounts {

    private final LongAdder refused = new LongAdder();
    private final LongAdder invalidFrees = new LongAdder();

    /**
     * Counts a request if it was refused.
     *
     * @param <B> the type of the result
     * @param served the result, or null if the request was refused
     * @return the same result
     */
    <B> @Nullable B counted(@Nullable B served) {
        if (served == null) {
            refused();
        }
        return served;
    }

    /** Counts a refused request. */
    void refused() {
        refused.increment();
    }

    /** Counts a refused free or resize of a block that is not live. */
    void invalidFree() {
        invalidFrees.increment();
    }

    /**
     * The figures of a composite.
     *
     * @param sum the sum of the figures of both sides
     */
    AllocatorStats in(AllocatorStats sum) {
        return sum.toBuilder()
                .refused(refused.sum())
                .invalidFrees(invalidFrees.sum())
                .build();
    }
}
