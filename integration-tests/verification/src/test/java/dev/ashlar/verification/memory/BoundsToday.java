package dev.ashlar.verification.memory;

import dev.ashlar.testkit.MemoryBounds;
import java.util.stream.Stream;

/**
 * The bounds of strategies that do not reach the defaults of {@link MemoryBounds} yet. This is the only place where a
 * bound is relaxed. Remove a line that is not needed any more, and add none.
 */
final class BoundsToday {

    private BoundsToday() {}

    /**
     * Its granule is 64 bytes, which is 8 % of the passed bytes, and a new region is an eighth of the committed bytes.
     */
    static MemoryBounds tlsf() {
        return MemoryBounds.builder()
                .sharedTable(1.45)
                .sharedTableOfLargeBlocks(1.5)
                .handover(1.22)
                .build();
    }

    /** Strategies in {@code adaptive} with which a size that fits stays available at the limit. */
    static Stream<String> servingAtTheLimit() {
        return Stream.of("slab", "lockfree", "tlsf");
    }
}
