package dev.ashlar.slab;

import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.spi.Range;
import dev.ashlar.spi.support.SizeClassAllocator;
import dev.ashlar.spi.support.SizeClasses;
import java.util.List;

/**
 * What can be set for the {@code slab} strategy beyond the general configuration.
 *
 * @param classesPerDoubling size classes between each power of two and the next: 4, 8 or 16; more classes waste less
 *     inside blocks and more in slabs that are partly used
 * @param largestBlock the largest block in bytes that is a slot of a slab, a power of two from 128 to 65,536
 * @param largeBlocks what becomes of larger requests
 * @param sizes the size classes themselves, ascending multiples of 8 up to 65,536, such as those that were computed for
 *     a load; if there are any, they override {@code classesPerDoubling} and {@code largestBlock}
 * @param threadBytes bytes of slabs that each thread may hold whatever is live, 0 to 1 GiB; beyond that, all threads
 *     together hold a share of what is committed
 */
public record SlabConfig(
        int classesPerDoubling,
        long largestBlock,
        LargeBlockPolicy largeBlocks,
        List<Integer> sizes,
        long threadBytes) {

    /** 8 classes a doubling, blocks to 64 KiB, larger ones go upstream, 64 KiB for each thread. */
    public static final SlabConfig DEFAULTS = new SlabConfig(8, SizeClasses.MAX_SIZE, LargeBlockPolicy.UPSTREAM);

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
        sizes = List.copyOf(sizes);
        if (!sizes.isEmpty()) {
            table(sizes);
        }
        Range.requireBetween("threadBytes", threadBytes, 0L, SizeClassAllocator.MOST_THREAD_BYTES);
    }

    /**
     * Settings with size classes by the doubling.
     *
     * @param classesPerDoubling 4, 8 or 16
     * @param largestBlock the largest block in bytes that is a slot of a slab
     * @param largeBlocks what becomes of larger requests
     */
    public SlabConfig(int classesPerDoubling, long largestBlock, LargeBlockPolicy largeBlocks) {
        this(classesPerDoubling, largestBlock, largeBlocks, List.of(), SizeClassAllocator.DEFAULT_THREAD_BYTES);
    }

    /** The table of size classes. */
    public SizeClasses sizeClasses() {
        return sizes.isEmpty() ? SizeClasses.perDoubling(classesPerDoubling, largestBlock) : table(sizes);
    }

    private static SizeClasses table(List<Integer> sizes) {
        return SizeClasses.of(sizes.stream().mapToInt(Integer::intValue).toArray());
    }
}
