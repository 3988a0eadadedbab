package dev.ashlar.buddy.core;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The starts of live blocks: a bit for each granule, changed by atomic operations only. A block ends when its bit is
 * cleared. So if two threads free it at the same instant, one is refused.
 */
final class LiveSet {

    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

    private final int size;
    private final long[] words;

    LiveSet(int size) {
        this.size = size;
        this.words = new long[(size + 63) >>> 6];
    }

    void add(int i) {
        WORD.getAndBitwiseOr(words, i >>> 6, 1L << i);
    }

    /** Removes a granule from the set; false if it is not in it. For any thread. */
    boolean remove(int i) {
        long bit = 1L << i;
        return contains(i) && ((long) WORD.getAndBitwiseAnd(words, i >>> 6, ~bit) & bit) != 0;
    }

    boolean contains(int i) {
        return ((long) WORD.getVolatile(words, i >>> 6) & (1L << i)) != 0;
    }

    /** The first member at or above {@code from}, or -1. */
    int next(int from) {
        if (from >= size) {
            return -1;
        }
        long bits = words[from >>> 6] & (-1L << from);
        for (int word = from >>> 6; ; bits = words[word]) {
            if (bits != 0) {
                return (word << 6) + Long.numberOfTrailingZeros(bits);
            }
            word++;
            if (word == words.length) {
                return -1;
            }
        }
    }

    /** The last member at or below {@code from}, or -1. */
    int previous(int from) {
        long bits = words[from >>> 6] & (-1L >>> ~from);
        for (int word = from >>> 6; ; bits = words[word]) {
            if (bits != 0) {
                return (word << 6) + 63 - Long.numberOfLeadingZeros(bits);
            }
            word--;
            if (word < 0) {
                return -1;
            }
        }
    }

    /** The number of members. For tests and walks: it reads every word. */
    int count() {
        int count = 0;
        for (long word : words) {
            count += Long.bitCount(word);
        }
        return count;
    }

    long metadataBytes() {
        return 24 + 16 + (long) words.length * Long.BYTES;
    }
}
