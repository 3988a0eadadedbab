package dev.ashlar.verification.memory;

import dev.ashlar.testkit.MemoryBounds;
import java.util.stream.Stream;

/**
 * Where a strategy does not reach the bounds that {@link MemoryBounds} has by default: what it reaches today. This is
 * the only place where a bound is loosened. A line that is not needed any more goes, and nothing is added.
 */
final class BoundsToday {

    private BoundsToday() {}

    /**
     * Its granule is 64 bytes, which is 8 % of what is handed over, and a new region is an eighth of all there is. Very
     * many sizes reach 1.458 with the seeds of the long tests.
     */
    static MemoryBounds tlsf() {
        return MemoryBounds.builder()
                .sharedTable(1.45)
                .sharedTableOfLargeBlocks(1.5)
                .handover(1.22)
                .manySizes(1.46)
                .build();
    }

    /** Strategies under {@code adaptive} of which a size that fits stays available at the limit. */
    static Stream<String> servingAtTheLimit() {
        return Stream.of("slab", "lockfree", "tlsf");
    }
}
