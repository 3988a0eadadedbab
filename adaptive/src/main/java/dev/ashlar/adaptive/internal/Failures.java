package dev.ashlar.adaptive.internal;

import org.jspecify.annotations.Nullable;

/** What went wrong in steps of which each is made whatever became of the others. For one thread. */
final class Failures {

    private @Nullable RuntimeException first;

    /** Makes a step, and keeps what it throws. */
    void run(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            if (first == null) {
                first = e;
            } else if (first != e) {
                first.addSuppressed(e);
            }
        }
    }

    /** Throws what was thrown first, with the others suppressed. */
    void throwFirst() {
        if (first != null) {
            throw first;
        }
    }
}
