package dev.ashlar.buddy.core;

import java.util.ArrayList;
import java.util.List;

/**
 * A set of numbers below a bound. Finding the next or previous member takes a number of steps that grows with the
 * logarithm of the bound to base 64: at most ten for a bound of 2^28.
 *
 * <p>It is a bitmap. Above it is a bitmap with a bit for each word that is not 0, and so on until one word is left.
 * This costs 1.016 bits for each number.
 *
 * <p>Invariant: a bit of a level is set if and only if the word under it is not 0. Not synchronized.
 */
final class BitTree {

    private final int size;
    private final long[][] levels;
    private long steps;

    /**
     * An empty set.
     *
     * @param size members are below this; 1 or more
     */
    BitTree(int size) {
        this.size = size;
        List<long[]> made = new ArrayList<>();
        int bits = size;
        do {
            bits = (bits + 63) >>> 6;
            made.add(new long[bits]);
        } while (bits > 1);
        levels = made.toArray(long[][]::new);
    }

    boolean contains(int i) {
        return (levels[0][i >>> 6] & (1L << i)) != 0;
    }

    void add(int i) {
        int bit = i;
        for (long[] level : levels) {
            long word = level[bit >>> 6];
            level[bit >>> 6] = word | (1L << bit);
            if (word != 0) {
                return;
            }
            bit >>>= 6;
        }
    }

    void remove(int i) {
        int bit = i;
        for (long[] level : levels) {
            long word = level[bit >>> 6] & ~(1L << bit);
            level[bit >>> 6] = word;
            if (word != 0) {
                return;
            }
            bit >>>= 6;
        }
    }

    /** The first member at or above {@code from}, or -1. */
    int next(int from) {
        int level = 0;
        int bit = from;
        while (level < levels.length && bit >>> 6 < levels[level].length) {
            steps++;
            long word = levels[level][bit >>> 6] & (-1L << bit);
            if (word != 0) {
                bit = (bit & -64) + Long.numberOfTrailingZeros(word);
                while (level > 0) {
                    level--;
                    steps++;
                    bit = (bit << 6) + Long.numberOfTrailingZeros(levels[level][bit]);
                }
                return bit;
            }
            bit = (bit >>> 6) + 1;
            level++;
        }
        return -1;
    }

    /** The last member at or below {@code from}, or -1. */
    int previous(int from) {
        int level = 0;
        int bit = from;
        while (level < levels.length && bit >= 0) {
            steps++;
            long word = levels[level][bit >>> 6] & (-1L >>> ~bit);
            if (word != 0) {
                bit = (bit & -64) + 63 - Long.numberOfLeadingZeros(word);
                while (level > 0) {
                    level--;
                    steps++;
                    bit = (bit << 6) + 63 - Long.numberOfLeadingZeros(levels[level][bit]);
                }
                return bit;
            }
            bit = (bit >>> 6) - 1;
            level++;
        }
        return -1;
    }

    /** Words read by all searches so far. */
    long steps() {
        return steps;
    }

    long metadataBytes() {
        long bytes = 32 + 16;
        for (long[] level : levels) {
            bytes += 4 + 16 + (long) level.length * Long.BYTES;
        }
        return bytes;
    }

    /** Checks the invariant, and that no member is beyond the bound. */
    void checkInvariants() {
        for (int level = 1; level < levels.length; level++) {
            for (int word = 0; word < levels[level - 1].length; word++) {
                boolean told = (levels[level][word >>> 6] & (1L << word)) != 0;
                Invariant.require(told == (levels[level - 1][word] != 0), "a level shows which words are not 0");
            }
        }
        Invariant.require(next(size) < 0, "no member is beyond the bound");
    }
}
