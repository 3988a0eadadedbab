package dev.ashlar.api.compose;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * The capability to report live blocks by the place that allocated them. A tracking allocator has it, by {@code
 * allocator.as(Tracked.class)}, and so have limits and recordings over one. A tracking pool is an instance of it.
 *
 * <p>Safe for use by many threads, also after a close. The walk is exact when the allocator is quiet. While other
 * threads work it sees each block at some moment of the walk. It stops no thread for longer than it takes to read a
 * sixty-fourth of the blocks.
 */
public interface Tracked {

    /** A report of all live blocks. Costs time in proportion to the sampled live blocks, and no object for a block. */
    TrackingReport report();

    /**
     * A report in which only blocks of some age count as live, which are the leaks of a program whose blocks live
     * shorter than that. What the sites allocated and freed is the same as in {@link #report()}.
     *
     * @param age blocks count that are as old as this or older; not negative
     * @throws IllegalArgumentException if it is negative
     */
    TrackingReport reportOlderThan(Duration age);

    /**
     * Shows each sampled live block. Costs an object for each.
     *
     * @param visitor must not allocate from or free to the allocator
     */
    void blocks(Consumer<? super TrackedBlock> visitor);
}
