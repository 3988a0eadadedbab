package dev.ashlar.buddy.core;

/**
 * An algorithm for regions: rounds requests, computes how large a region must be, and makes the cores of regions. All
 * lengths are in granules.
 *
 * <p>Immutable.
 */
public sealed interface RegionAlgorithm permits BuddyAlgorithm, TlsfAlgorithm {

    /** The largest region, in granules: lengths and their roundings fit an {@code int}. */
    int LARGEST_REGION = 1 << 28;

    /**
     * The length of the block that a request gets.
     *
     * @param length 1 to {@link #LARGEST_REGION}
     */
    int rounded(int length);

    /**
     * The least length of a region's longest free run with which the region serves a request, and of an unused region
     * that serves it.
     *
     * @param length 1 to {@link #LARGEST_REGION}
     * @param alignment a power of two
     */
    int runFor(int length, int alignment);

    /**
     * A core for a region in which nothing is live.
     *
     * @param length the region's length, 1 to {@link #LARGEST_REGION}
     * @throws IllegalArgumentException if it is not
     */
    RegionCore region(int length);

    /** Refuses a length that no region can have. */
    static void requireRegion(int length) {
        if (length < 1 || length > LARGEST_REGION) {
            throw new IllegalArgumentException("length of a region is " + length + ", must be 1 to " + LARGEST_REGION);
        }
    }
}
