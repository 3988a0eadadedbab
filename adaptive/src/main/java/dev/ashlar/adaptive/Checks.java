package dev.ashlar.adaptive;

/** Checks of settings; the messages name the value and the allowed range. */
final class Checks {

    private Checks() {}

    /** Refuses what is out of range, and what is no number, which is above all others. */
    static <T extends Comparable<T>> void requireBetween(String name, T value, T least, T most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(name + " is " + value + ", must be " + least + " to " + most);
        }
    }
}
