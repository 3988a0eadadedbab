package dev.ashlar.adaptive;

import java.time.Duration;

/** Checks of settings; the messages name the value and the allowed range. */
final class Checks {

    private Checks() {}

    static void requireBetween(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " is " + value + ", must be " + least + " to " + most);
        }
    }

    static void requireBetween(String name, double value, double least, double most) {
        if (!(value >= least && value <= most)) { // refuses NaN too
            throw new IllegalArgumentException(name + " is " + value + ", must be " + least + " to " + most);
        }
    }

    static void requireBetween(String name, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(name + " is " + value + ", must be " + least + " to " + most);
        }
    }
}
