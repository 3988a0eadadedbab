package dev.ashlar.api.compose;

import dev.ashlar.api.AllocatorStats;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What a composite refused its own clients. The figures of its sides do not tell that: a side also counts what the
 * other side served afterwards, and what its other clients asked for. Only a refusal pays for it, one striped addition.
 *
 * <p>Shared by a composite and its views. Counts only grow. Safe for use by many threads.
 */
final class CompositeCounts {

    private final LongAdder refused = new LongAdder();
    private final LongAdder invalidFrees = new LongAdder();

    /**
     * Counts a request if it was refused.
     *
     * @param <B> what was asked for
     * @param served null if it was refused
     * @return the same
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
     * @param sum those of both sides together
     */
    AllocatorStats in(AllocatorStats sum) {
        return sum.toBuilder()
                .refused(refused.sum())
                .invalidFrees(invalidFrees.sum())
                .build();
    }
}
