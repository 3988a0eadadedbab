package dev.ashlar.buddy.core;

/** What must be true of a data structure. */
final class Invariant {

    private Invariant() {}

    static void require(boolean holds, String invariant) {
        if (!holds) {
            throw new IllegalStateException("Invariant broken: " + invariant);
        }
    }
}
