package dev.ashlar.slab;

import dev.ashlar.spi.support.SizeClasses;

/**
 * What can be set for the {@code slab} strategy beyond the general configuration.
 *
 * @param classesPerDoubling size classes between each power of two and the next: 4, 8 or 16; more classes waste less
 *     inside blocks and more in slabs that are partly used
 * @param largestBlock the largest block in bytes that is a slot of a slab, a power of two from 128 to 65,536
 * @param largeBlocks what becomes of larger requests
 */
public record SlabConfig(int classesPerDoubling, int largestBlock, LargeBlocks largeBlocks) {

    /** 8 classes a doubling, blocks to 64 KiB, larger ones go upstream. */
    public static final SlabConfig DEFAULTS = new SlabConfig(8, SizeClasses.MAX_SIZE, LargeBlocks.UPSTREAM);

    /** What becomes of requests for more than the largest block. */
    public enum LargeBlocks {
        /** They go to the configured upstream, or, if there is none, take memory from the source one by one. */
        UPSTREAM,
        /** They are refused. */
        REFUSE
    }

    /**
     * Checks every value.
     *
     * @throws IllegalArgumentException naming the value and what is allowed
     */
    public SlabConfig {
        SizeClasses.perDoubling(classesPerDoubling, largestBlock);
        if (largeBlocks == null) {
            throw new IllegalArgumentException("largeBlocks is null, must be UPSTREAM or REFUSE");
        }
    }

    /** The table of size classes. */
    public SizeClasses sizeClasses() {
        return SizeClasses.perDoubling(classesPerDoubling, largestBlock);
    }
}
