package dev.ashlar.verification.memory;

import dev.ashlar.testkit.MemoryBounds;
import java.util.stream.Stream;

/**
 * Where a strategy does not reach the bounds that {@link MemoryBounds} has by default: what it reaches today. This is the only
 * place where a bound is loosened. A line that is not needed any more goes, and nothing is added.
 */
final class BoundsToday {

    private BoundsToday() {}

    /** Slabs are not shared between classes, and each round in a magazine pins the slab that it lies in. */
    static MemoryBounds lockfree() {
        return MemoryBounds.builder()
                .sharedTable(1.35)
                .sharedTableOfLargeBlocks(1.7)
                .phases(3.35)
                .manySizes(1.9)
                .retainedBytesPerThread(256 * 1024)
                .pinnedBytesPerThread(64 << 20)
                .limit(1.9)
                .build();
    }

    /** Its granule is 64 bytes, which is 8 % of what is handed over, and a new region is an eighth of all there is. */
    static MemoryBounds tlsf() {
        return MemoryBounds.builder()
                .sharedTable(1.45)
                .sharedTableOfLargeBlocks(1.5)
                .handover(1.22)
                .build();
    }

    /** Those of {@code tlsf} for medium blocks, and those of {@code lockfree} for small ones. */
    static MemoryBounds adaptive() {
        return MemoryBounds.builder()
                .sharedTable(1.45)
                .sharedTableOfLargeBlocks(1.5)
                .handover(1.22)
                .phases(3.4)
                .pinnedBytesPerThread(32 << 20)
                .build();
    }

    /**
     * Strategies under {@code adaptive} of which a size that fits stays available at the limit. Not {@code slab}, yet: after a
     * switch of size classes the slots that are free are of the old ones.
     */
    static Stream<String> servingAtTheLimit() {
        return Stream.of("lockfree", "tlsf");
    }
}
