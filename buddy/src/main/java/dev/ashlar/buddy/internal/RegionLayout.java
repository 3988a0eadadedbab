package dev.ashlar.buddy.internal;

import dev.ashlar.buddy.core.RegionAlgorithm;
import dev.ashlar.buddy.core.RegionCore;
import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.spi.support.MeteredSource;

/**
 * How bytes become granules, and how large regions are.
 *
 * @param algorithm what divides regions
 * @param granuleShift the granule, as the exponent of a power of two
 * @param regionSize the largest region in bytes
 */
public record RegionLayout(RegionAlgorithm algorithm, int granuleShift, long regionSize) {

    /** The smallest region that is taken ahead: of a heap of a few megabytes it is a few per cent. */
    public static final long SMALLEST_REGION = 64 * 1024;

    /**
     * What regions are aligned to. It is the largest alignment that a block in a region can have; the map from address
     * to region has one entry for each, which at 4 bytes is 0.02 % of the memory.
     */
    public static final int REGION_ALIGNMENT = 16 * 1024;

    private static final long LARGEST_REGION = 1 << 30;
    private static final long SMALLEST_GRANULE = 16;

    /** Sizes of regions are multiples of a page, or of a granule, if that is larger. */
    private static final long PAGE = 4096;

    /** A region is this part of what is committed: taken ahead at most, and less on average. */
    private static final int REGION_SHARE = 16;

    /**
     * The same for a region that is taken because others are busy: six threads that meet hold a tenth less memory so.
     */
    private static final int BUSY_SHARE = 128;

    /** A region has room for four of the block that it is taken for, unless that is more than a fourth of the heap. */
    private static final int SEVERAL = 4;

    /** From so many blocks in a region on, what is left over at its end is not worth a size that is no power of two. */
    private static final int MANY = 16;

    /**
     * Makes one of a granule in bytes.
     *
     * @param algorithm what divides regions
     * @param granule a power of two
     * @param regionSize the largest region in bytes
     */
    public static RegionLayout of(RegionAlgorithm algorithm, long granule, long regionSize) {
        return new RegionLayout(algorithm, Long.numberOfTrailingZeros(granule), regionSize);
    }

    /**
     * Checks the settings that both strategies have.
     *
     * @param granuleName what the strategy calls its granule
     * @param granule in bytes
     * @param regionSize the largest region in bytes
     * @param largeBlocks what becomes of larger requests
     * @throws IllegalArgumentException naming the value and what is allowed
     */
    public static void requireValid(String granuleName, long granule, long regionSize, LargeBlockPolicy largeBlocks) {
        requirePowerOfTwo(granuleName, granule, SMALLEST_GRANULE, SMALLEST_REGION);
        requirePowerOfTwo("regionSize", regionSize, SMALLEST_REGION, LARGEST_REGION);
        if (regionSize / granule > RegionAlgorithm.LARGEST_REGION) {
            throw new IllegalArgumentException("regionSize is " + regionSize + ", must be at most "
                    + RegionAlgorithm.LARGEST_REGION + " times " + granuleName + ", which is " + granule);
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

    long granule() {
        return 1L << granuleShift;
    }

    /** Whether a block of a size and an alignment can lie in a region. */
    boolean fitsRegion(long byteSize, long byteAlignment) {
        return byteSize <= regionSize && byteAlignment <= REGION_ALIGNMENT;
    }

    /** The length that a region's longest free run has at least if the region serves a request. */
    int runFor(long byteSize, long byteAlignment) {
        return algorithm.runFor(granules(byteSize), alignment(byteAlignment));
    }

    /** An alignment in granules. */
    int alignment(long byteAlignment) {
        return Math.max(1, (int) (byteAlignment >>> granuleShift));
    }

    /** The granules that hold a size, at least one. */
    int granules(long byteSize) {
        return Math.max(1, (int) ((byteSize + granule() - 1) >>> granuleShift));
    }

    /** The bytes that a block of a size takes. */
    long blockSize(long byteSize) {
        return bytes(algorithm.rounded(granules(byteSize)));
    }

    long bytes(int granules) {
        return (long) granules << granuleShift;
    }

    /** The size of the smallest region that serves a request for which a free run of some granules is needed. */
    long smallestRegionFor(int run) {
        return (bytes(run) + unit() - 1) & -unit();
    }

    /** The size of the largest region that takes no more than some bytes; not above 0 if there is none. */
    long regionTaking(long takenBytes, MeteredSource source) {
        return takenBytes <= 0 ? 0 : source.sizeTaking(takenBytes, REGION_ALIGNMENT) & -unit();
    }

    private long unit() {
        return Math.max(PAGE, granule());
    }

    /**
     * The size of a region that suits a heap. It is a power of two, because what grows in doublings meets the same
     * sizes again, unless it has room for few blocks like the one that it is taken for: then it has room for them and
     * no more.
     *
     * @param metBusy whether there may be room in a region in which another thread is
     */
    long regionFor(int run, long committedBytes, boolean metBusy) {
        long share = committedBytes / (metBusy ? BUSY_SHARE : REGION_SHARE);
        long several = Math.min(SEVERAL * smallestRegionFor(run), committedBytes / SEVERAL);
        long suits = Long.highestOneBit(Math.max(1, metBusy ? share : Math.max(share, several)));
        long wanted = Math.clamp(suits, SMALLEST_REGION, regionSize);
        long blocks = Math.max(1, wanted / bytes(run));
        return blocks >= MANY ? wanted : smallestRegionFor((int) blocks * run);
    }

    /** The core of a region. */
    RegionCore core(long byteSize) {
        return algorithm.region((int) (byteSize >>> granuleShift));
    }
}
