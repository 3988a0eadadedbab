package dev.ashlar.metrics;

import java.util.Locale;

/** The words that a name such as {@code liveBlocks} is made of. */
final class Words {

    private Words() {}

    static void requireValid(String what, String name) {
        if (!name.matches("[a-z][A-Za-z0-9]*")) {
            throw new IllegalArgumentException(
                    what + " is '" + name + "', must be letters and digits that begin with a lower-case letter");
        }
    }

    /** {@code LiveBlocks}. */
    static String capitalised(String name) {
        return name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
    }

    /** {@code Live Blocks}. */
    static String title(String name) {
        return capitalised(name).replaceAll("(?<=[a-z])(?=[A-Z])", " ");
    }
}
