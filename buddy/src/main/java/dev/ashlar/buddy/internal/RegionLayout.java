package dev.ashlar.buddy.internal;

import dev.ashlar.buddy.core.RegionAlgorithm;
import dev.ashlar.buddy.core.RegionCore;
import dev.ashlar.spi.support.MeteredSource;

/**
 * Converts bytes to granules, and computes the sizes of regions.
 *
 * @param algorithm the algorithm that divides regions
 * @param granuleShift the granule, as the exponent of a power of two
 * @param regionSize the largest region in bytes
 */
public record RegionLayout(RegionAlgorithm algorithm, int granuleShift, long regionSize) {

    /** The smallest region that is taken in advance: a few per cent of a heap of a few megabytes. */
    public static final long SMALLEST_REGION = 64 * 1024;

    /**
     * The alignment of regions in bytes. It is the largest alignment that a block in a region can have. The map from
     * address to region has an entry of 4 bytes for each of these units, which is 0.02 % of the memory.
     */
    public static final int REGION_ALIGNMENT = 16 * 1024;

    /** The largest region that can be set. It has at most 2^26 granules, which a core can count. */
    public static final long LARGEST_REGION = 1 << 30;

    /** Sizes of regions are multiples of a page, or of a granule, if that is larger. */
    private static final long PAGE = 4096;

    /** A region is at most this part of what is committed. */
    private static final int REGION_SHARE = 16;

    /**
     * The same for a region that is taken because other threads are in the others. It saves six competing threads a
     * tenth of their memory.
     */
    private static final int BUSY_SHARE = 128;

    /**
     * A region has room for four blocks of the requested size, unless that is more than a fourth of the committed
     * bytes.
     */
    private static final int SEVERAL = 4;

    /**
     * With this many blocks or more in a region, the rest at its end is small enough for a size that is a power of two.
     */
    private static final int MANY = 16;

    /**
     * A layout with a granule in bytes.
     *
     * @param algorithm the algorithm that divides regions
     * @param granule a power of two
     * @param regionSize the largest region in bytes
     */
    public static RegionLayout of(RegionAlgorithm algorithm, long granule, long regionSize) {
        return new RegionLayout(algorithm, Long.numberOfTrailingZeros(granule), regionSize);
    }

    long granule() {
        return 1L << granuleShift;
    }

    /** Whether a region can hold a block of a size and an alignment. */
    boolean fitsRegion(long byteSize, long byteAlignment) {
        return byteSize <= regionSize && byteAlignment <= REGION_ALIGNMENT;
    }

    /** The length that the longest free run of a region must have at least to serve a request. */
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

    /** The size of the smallest region that serves a request for a free run of a number of granules. */
    long smallestRegionFor(int run) {
        return (bytes(run) + unit() - 1) & -unit();
    }

    /**
     * The size of the largest region that takes no more than a number of bytes, including padding; 0 or less if there
     * is none.
     */
    long regionTaking(long takenBytes, MeteredSource source) {
        return takenBytes <= 0 ? 0 : source.sizeTaking(takenBytes, REGION_ALIGNMENT) & -unit();
    }

    private long unit() {
        return Math.max(PAGE, granule());
    }

    /**
     * The size of a new region for a heap. It is a power of two, so that the same sizes occur again as a heap grows.
     * But if it has room for only a few blocks of the requested size, it has exactly room for them.
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
