package dev.ashlar.buddy;

import dev.ashlar.buddy.core.Fit;
import dev.ashlar.buddy.internal.Geometry;
import dev.ashlar.spi.LargeBlockPolicy;

/** Checks of settings that both strategies have. */
final class RegionRange {

    private static final long SMALLEST_GRANULE = 16;
    private static final long LARGEST_REGION = 1 << 30;

    private RegionRange() {}

    static void require(String granuleName, long granule, long regionSize, LargeBlockPolicy largeBlocks) {
        requirePowerOfTwo(granuleName, granule, SMALLEST_GRANULE, Geometry.SMALLEST_REGION);
        requirePowerOfTwo("regionSize", regionSize, Geometry.SMALLEST_REGION, LARGEST_REGION);
        if (regionSize / granule > Fit.LARGEST_REGION) {
            throw new IllegalArgumentException("regionSize is " + regionSize + ", must be at most " + Fit.LARGEST_REGION
                    + " times " + granuleName + ", which is " + granule);
        }
        if (largeBlocks == null) {
            throw new IllegalArgumentException("largeBlocks is null, must be UPSTREAM or REFUSE");
        }
    }

    private static void requirePowerOfTwo(String name, long value, long smallest, long largest) {
        if (value < smallest || value > largest || Long.bitCount(value) != 1) {
            throw new IllegalArgumentException(
                    name + " is " + value + ", must be a power of two from " + smallest + " to " + largest);
        }
    }
}
