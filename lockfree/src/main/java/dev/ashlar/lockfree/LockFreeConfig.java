package dev.ashlar.lockfree;

import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.spi.Range;
import dev.ashlar.spi.support.SizeClassAllocator;
import dev.ashlar.spi.support.SizeClasses;

/**
 * What can be set for the {@code lockfree} strategy beyond the general configuration.
 *
 * @param classesPerDoubling size classes between each power of two and the next: 4, 8 or 16
 * @param largestBlock the largest block in bytes that is a slot of a slab, a power of two from 128 to 65,536
 * @param largeBlocks what becomes of larger requests
 * @param threadBytes bytes of slabs that each thread may hold whatever is live, 0 to 1 GiB; beyond that, all threads
 *     together hold a share of what is committed
 */
public record LockFreeConfig(
        int classesPerDoubling, long largestBlock, LargeBlockPolicy largeBlocks, long threadBytes) {

    /** 8 classes a doubling, blocks to 64 KiB, larger ones go upstream, 64 KiB for each thread. */
    public static final LockFreeConfig DEFAULTS = new LockFreeConfig(
            8, SizeClasses.MAX_SIZE, LargeBlockPolicy.UPSTREAM, SizeClassAllocator.DEFAULT_THREAD_BYTES);

    /**
     * Checks every value.
     *
     * @throws IllegalArgumentException naming the value and what is allowed
     */
    public LockFreeConfig {
        SizeClasses.perDoubling(classesPerDoubling, largestBlock);
        if (largeBlocks == null) {
            throw new IllegalArgumentException("largeBlocks is null, must be UPSTREAM or REFUSE");
        }
        Range.requireBetween("threadBytes", threadBytes, 0L, SizeClassAllocator.MOST_THREAD_BYTES);
    }

    /** The table of size classes. */
    public SizeClasses sizeClasses() {
        return SizeClasses.perDoubling(classesPerDoubling, largestBlock);
    }
}
