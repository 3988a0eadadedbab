package dev.ashlar.api.compose;

import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.InvalidBlockException;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts requests and frees that one side of a composite refused before the other side was asked. With it the sum of
 * both sides counts each request and each free once. It costs one striped addition, on that path only.
 */
final class RerouteCounts {

    private final LongAdder requests = new LongAdder();
    private final LongAdder frees = new LongAdder();

    /** A request that one side refused goes to the other. */
    void request() {
        requests.increment();
    }

    /** A free that was refused before any side was asked. */
    void invalidFree() {
        frees.decrement();
    }

    /** A block that one side refused is freed on the other side. */
    void free() {
        frees.increment();
    }

    /**
     * A block that one side refused goes to the other.
     *
     * @param refusal of the one side
     * @param other frees it on the other
     * @throws InvalidBlockException if that side refuses it too; the refusal of the side that knows the block
     */
    void free(InvalidBlockException refusal, Runnable other) {
        free();
        try {
            other.run();
        } catch (InvalidBlockException e) {
            throw refusal.reason() == InvalidBlockException.Reason.FOREIGN ? e : refusal;
        }
    }

    /** The sum of both sides without what they count twice. It is never negative, also if a side counts nothing. */
    AllocatorStats deductedFrom(AllocatorStats sum) {
        return sum.toBuilder()
                .refused(Math.max(0, sum.refused() - requests.sum()))
                .invalidFrees(Math.max(0, sum.invalidFrees() - frees.sum()))
                .build();
    }
}
