package dev.ashlar.buddy;

import dev.ashlar.buddy.internal.RegionLayout;
import dev.ashlar.spi.LargeBlockPolicy;

/**
 * What can be set for the {@code tlsf} strategy beyond the general configuration.
 *
 * @param granule what sizes are rounded up to in bytes, a power of two from 16 to 65,536: every block starts at a
 *     multiple of it, and bookkeeping takes 2.3 bits for each
 * @param regionSize the largest region in bytes, and so the largest block that is not a large one: a power of two from
 *     65,536 to 2^30, and at most 2^28 granules
 * @param largeBlocks what becomes of larger requests
 */
public record TlsfConfig(long granule, long regionSize, LargeBlockPolicy largeBlocks) {

    /** Granules of 64 bytes, regions to 64 MiB, larger blocks go upstream. */
    public static final TlsfConfig DEFAULTS = new TlsfConfig(64, 64 << 20, LargeBlockPolicy.UPSTREAM);

    /**
     * Checks every value.
     *
     * @throws IllegalArgumentException naming the value and what is allowed
     */
    public TlsfConfig {
        RegionLayout.requireValid("granule", granule, regionSize, largeBlocks);
    }
}
