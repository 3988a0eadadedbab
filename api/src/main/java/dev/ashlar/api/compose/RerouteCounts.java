package dev.ashlar.api.compose;

import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.InvalidBlockException;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what one side of a composite refused and the other side was asked for instead, so that the sum of both sides'
 * figures counts each request and each free once. Only the roundabout path pays for it, one striped addition.
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

    /** A block that one side refused goes to the other, which has it. */
    void free() {
        frees.increment();
    }

    /**
     * A block that one side refused goes to the other.
     *
     * @param refusal of the one side
     * @param other frees it on the other
     * @throws InvalidBlockException if that refuses it too; of the two refusals the one that knows the block
     */
    void free(InvalidBlockException refusal, Runnable other) {
        free();
        try {
            other.run();
        } catch (InvalidBlockException e) {
            throw refusal.reason() == InvalidBlockException.Reason.FOREIGN ? e : refusal;
        }
    }

    /** Both sides' figures less what they count twice; a side that is not counting makes nothing negative. */
    AllocatorStats deductedFrom(AllocatorStats sum) {
        return sum.toBuilder()
                .refused(Math.max(0, sum.refused() - requests.sum()))
                .invalidFrees(Math.max(0, sum.invalidFrees() - frees.sum()))
                .build();
    }
}
