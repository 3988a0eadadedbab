package dev.ashlar.slab;

import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.spi.Range;
import dev.ashlar.spi.support.SizeClassAllocator;
import dev.ashlar.spi.support.SizeClasses;
import java.util.Arrays;

/**
 * What can be set for the {@code slab} strategy beyond the general configuration.
 *
 * @param classesPerDoubling size classes between each power of two and the next: 4, 8 or 16; more classes waste less
 *     inside blocks and more in slabs that are partly used
 * @param largestBlock the largest block in bytes that is a slot of a slab, a power of two from 128 to 65,536
 * @param largeBlocks what becomes of larger requests
 * @param sizes the size classes themselves, ascending multiples of 8 up to 65,536 separated by commas, such as one that
 *     was computed for a load; if it is not empty, it overrides {@code classesPerDoubling} and {@code largestBlock}
 * @param threadBytes bytes of slabs that each thread may hold whatever is live, 0 to 1 GiB; beyond that, all threads
 *     together hold a share of what is committed
 */
public record SlabConfig(
        int classesPerDoubling, int largestBlock, LargeBlockPolicy largeBlocks, String sizes, long threadBytes) {

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
        if (!sizes.isBlank()) {
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
    public SlabConfig(int classesPerDoubling, int largestBlock, LargeBlockPolicy largeBlocks) {
        this(classesPerDoubling, largestBlock, largeBlocks, "", SizeClassAllocator.DEFAULT_THREAD_BYTES);
    }

    /** The table of size classes. */
    public SizeClasses sizeClasses() {
        return sizes.isBlank() ? SizeClasses.perDoubling(classesPerDoubling, largestBlock) : table(sizes);
    }

    private static SizeClasses table(String sizes) {
        try {
            return SizeClasses.of(Arrays.stream(sizes.split(",", -1))
                    .map(String::strip)
                    .mapToInt(Integer::parseInt)
                    .toArray());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "sizes is '" + sizes + "', must be whole numbers separated by commas, such as 16,32,64", e);
        }
    }
}
