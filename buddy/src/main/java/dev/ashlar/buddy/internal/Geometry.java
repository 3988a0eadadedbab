package dev.ashlar.buddy.internal;

import dev.ashlar.buddy.core.Fit;
import dev.ashlar.buddy.core.RegionCore;

/**
 * How bytes become granules, and how large regions are.
 *
 * @param fit the algorithm
 * @param granuleShift the granule, as the exponent of a power of two
 * @param regionSize the largest region in bytes
 */
public record Geometry(Fit fit, int granuleShift, long regionSize) {

    /** The smallest region that is taken ahead: of a heap of a few megabytes it is a few per cent. */
    public static final long SMALLEST_REGION = 64 * 1024;

    /**
     * What regions are aligned to, and their sizes are multiples of. It is the largest alignment that a block in a region
     * can have; the map from address to region has one entry for each, which at 4 bytes is 0.02 % of the memory.
     */
    static final int REGION_ALIGNMENT = 16 * 1024;

    /** A region is this part of what is committed: taken ahead at most, and less on average. */
    private static final int REGION_SHARE = 8;

    /** A region has room for so many of the block that it is taken for, unless that is much for the heap. */
    private static final int SEVERAL = 4;

    /**
     * Makes one of a granule in bytes.
     *
     * @param fit the algorithm
     * @param granule a power of two
     * @param regionSize the largest region in bytes
     */
    public static Geometry of(Fit fit, long granule, long regionSize) {
        return new Geometry(fit, Long.numberOfTrailingZeros(granule), regionSize);
    }

    long granule() {
        return 1L << granuleShift;
    }

    /** Whether a block of a size and an alignment can lie in a region. */
    boolean fitsRegion(long byteSize, long byteAlignment) {
        return byteSize <= regionSize && byteAlignment <= REGION_ALIGNMENT;
    }

    /** The granules that hold a size, at least one. */
    int granules(long byteSize) {
        return Math.max(1, (int) ((byteSize + granule() - 1) >>> granuleShift));
    }

    /** An alignment in granules. */
    int alignment(long byteAlignment) {
        return Math.max(1, (int) (byteAlignment >>> granuleShift));
    }

    long bytes(int granules) {
        return (long) granules << granuleShift;
    }

    /** The size of the smallest region that serves a request for which a free run of some granules is needed. */
    long smallestRegionFor(int run) {
        long unit = Math.max(REGION_ALIGNMENT, granule());
        return (bytes(run) + unit - 1) & -unit;
    }

    /** The size of a region that suits a heap: a power of two, because what grows in doublings meets the same sizes again. */
    long regionFor(int run, long committedBytes) {
        long least = smallestRegionFor(run);
        long several = Math.min(SEVERAL * least, committedBytes / 2);
        long wanted = Long.highestOneBit(Math.max(1, Math.max(committedBytes / REGION_SHARE, several)));
        return Math.max(least, Math.clamp(wanted, SMALLEST_REGION, regionSize));
    }

    /** The core of a region. */
    RegionCore core(long byteSize) {
        return fit.region((int) (byteSize >>> granuleShift));
    }
}
