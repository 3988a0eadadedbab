package dev.ashlar.spi;

/** Checks of settings; the messages name the value and the allowed range. */
public final class Range {

    private Range() {}

    /**
     * Refuses a value that is out of range or not a number.
     *
     * @param name the setting's name
     * @param value its value
     * @param least the least allowed
     * @param most the most allowed
     * @return the value
     * @throws IllegalArgumentException naming all of them
     */
    public static <T extends Comparable<T>> T requireBetween(String name, T value, T least, T most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(name + " is " + value + ", must be " + least + " to " + most);
        }
        return value;
    }

    /**
     * Refuses a value that is no power of two or out of range.
     *
     * @param name the setting's name
     * @param value its value
     * @param least the least allowed
     * @param most the most allowed
     * @return the value
     * @throws IllegalArgumentException naming all of them
     */
    public static long requirePowerOfTwo(String name, long value, long least, long most) {
        if (value < least || value > most || Long.bitCount(value) != 1) {
            throw new IllegalArgumentException(
                    name + " is " + value + ", must be a power of two from " + least + " to " + most);
        }
        return value;
    }

    static long requireAtLeast(String name, long value, long smallest) {
        return requireBetween(name, value, smallest, Long.MAX_VALUE);
    }
}
