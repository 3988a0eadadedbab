package dev.ashlar.buddy.core;

/**
 * The binary buddy system with trimmed blocks: a block is a part of a buddy, and the unused rest of the buddy is freed
 * as smaller buddies.
 *
 * @param parts into how many parts a buddy is divided for trimming, a power of two from 1 to 64. With 16 a block wastes
 *     less than 1/8 of itself, and 4 % on average. With 1 buddies stay whole, as in the plain binary buddy system,
 *     which wastes up to a half and 28 % on average.
 */
public record BuddyAlgorithm(int parts) implements RegionAlgorithm {

    private static final int MOST_PARTS = 64;

    /**
     * Checks the number of parts.
     *
     * @throws IllegalArgumentException if it is no power of two from 1 to 64
     */
    public BuddyAlgorithm {
        if (parts < 1 || parts > MOST_PARTS || Integer.bitCount(parts) != 1) {
            throw new IllegalArgumentException(
                    "parts is " + parts + ", must be a power of two from 1 to " + MOST_PARTS);
        }
    }

    @Override
    public int rounded(int length) {
        int part = Math.max(1, buddyFor(length) / parts);
        return (length + part - 1) & -part;
    }

    @Override
    public int runFor(int length, int alignment) {
        return Math.max(buddyFor(length), alignment);
    }

    /** The smallest power of two that is not smaller. */
    static int buddyFor(int length) {
        return 1 << orderFor(length);
    }

    /** The exponent of the smallest power of two that is not smaller. */
    static int orderFor(int length) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(length - 1);
    }

    @Override
    public RegionCore region(int length) {
        return new BuddyCore(this, length);
    }
}
