package dev.ashlar.buddy;

import dev.ashlar.buddy.core.BuddyAlgorithm;
import dev.ashlar.buddy.internal.RegionLayout;
import dev.ashlar.spi.LargeBlockPolicy;

/**
 * What can be set for the {@code buddy} strategy beyond the general configuration.
 *
 * @param minimumBlock the smallest block in bytes, a power of two from 16 to 65,536: every block starts at a multiple
 *     of it, and bookkeeping takes 4 bits for each
 * @param regionSize the largest region in bytes, and so the largest block that is not a large one: a power of two from
 *     65,536 to 2^30, and at most 2^28 minimum blocks
 * @param parts into how many parts a buddy is cut, so that a block takes no more of them than it needs: a power of two
 *     from 1, for buddies that stay whole, to 64
 * @param largeBlocks what becomes of larger requests
 */
public record BuddyConfig(long minimumBlock, long regionSize, int parts, LargeBlockPolicy largeBlocks) {

    /** Pages, regions to 64 MiB, blocks trimmed to sixteenths, larger ones go upstream. */
    public static final BuddyConfig DEFAULTS = new BuddyConfig(4096, 64 << 20, 16, LargeBlockPolicy.UPSTREAM);

    /**
     * Checks every value.
     *
     * @throws IllegalArgumentException naming the value and what is allowed
     */
    public BuddyConfig {
        RegionLayout.requireValid("minimumBlock", minimumBlock, regionSize, largeBlocks);
        new BuddyAlgorithm(parts);
    }
}
