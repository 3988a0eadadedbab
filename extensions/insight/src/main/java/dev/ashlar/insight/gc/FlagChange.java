package dev.ashlar.insight.gc;

/**
 * A flag of the running JVM that was changed. Immutable.
 *
 * @param flag its name, such as {@code SoftMaxHeapSize}
 * @param before its value before
 * @param after its value after
 * @param state what became of it
 */
public record FlagChange(String flag, String before, String after, State state) {

    /** What became of a change. */
    public enum State {
        /** No window has ended since. */
        ON_TRIAL,
        /** The next window was not worse. */
        KEPT,
        /** The next window was worse, and the flag has its old value again. */
        TAKEN_BACK
    }

    /** The change in a line. */
    public String text() {
        return "flag " + flag + " from " + before + " to " + after;
    }

    FlagChange as(State next) {
        return new FlagChange(flag, before, after, next);
    }
}
