package dev.ashlar.spi;

/** Checks of values; the messages name the allowed range. */
final class Range {

    private Range() {}

    static long requireAtLeast(String name, long value, long smallest) {
        if (value < smallest) {
            throw new IllegalArgumentException(
                    name + " is " + value + ", must be " + smallest + " to " + Long.MAX_VALUE);
        }
        return value;
    }

    static void requireAtMost(String name, long value, String bound, long largest) {
        if (value > largest) {
            throw new IllegalArgumentException(name + " is " + value + ", must be 0 to " + bound + ", which is "
                    + largest + ". Lower the one or raise the other.");
        }
    }
}
