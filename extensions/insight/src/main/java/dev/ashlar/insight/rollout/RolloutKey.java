package dev.ashlar.insight.rollout;

import dev.ashlar.api.AllocationHints;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What decides the side of a request: requests of one key go to the same side while the share stays as it is, and a
 * larger share keeps all keys of a smaller one. The key is hashed, so any numbers do.
 *
 * <p>A program that serves requests of its own can divide by these: {@code hints -> USER.get()} with a {@link
 * ScopedValue}. It is called once for each allocation, on its thread, and must be quick. Raw addresses and batches have
 * no hints, {@link AllocationHints#NONE}.
 */
@FunctionalInterface
public interface RolloutKey {

    /** Each allocation has a key of its own, by chance. The comparison needs the fewest samples with it. */
    RolloutKey ALLOCATION = _ -> ThreadLocalRandom.current().nextLong();

    /** All allocations of a thread have one key. */
    RolloutKey THREAD = _ -> Thread.currentThread().threadId();

    /** All allocations with a tag have one key, and all without a tag have another. */
    RolloutKey TAG = hints -> hints.tag() == null ? 0 : hints.tag().hashCode();

    /**
     * The key of a request.
     *
     * @param hints of the request
     */
    long of(AllocationHints hints);
}
