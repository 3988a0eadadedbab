package dev.ashlar.spi.support;

/** Hashing by a product: spreads neighbouring keys evenly over a table (Knuth, TAOCP 3, 6.4). */
final class GoldenHash {

    /** 2^64 divided by the golden ratio. */
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private GoldenHash() {}

    /**
     * Where a key belongs.
     *
     * @param shift 64 minus the binary logarithm of the table's length, 33 to 63
     */
    static int index(long key, int shift) {
        return (int) ((key * GOLDEN) >>> shift);
    }
}
