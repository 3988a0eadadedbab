package dev.ashlar.insight.gc;

import dev.ashlar.insight.text.PlainText;

/**
 * Something that the collector costs the program. Immutable.
 *
 * @param kind what it is
 * @param severity 0.2 where the bottleneck begins, to 1
 * @param words with the figures that show it
 */
public record Bottleneck(Kind kind, double severity, String words) {

    /** What can be wrong. */
    public enum Kind {
        /** Live memory leaves so little room that collections take much of the time. */
        HEAP_TOO_SMALL,
        /** Live memory fills most of the heap after a collection of all of it. */
        HIGH_OCCUPANCY,
        /** G1 places many objects that take half of a region or more. */
        HUMONGOUS_OBJECTS,
        /** The young generation is full many times a second. */
        FREQUENT_YOUNG_COLLECTIONS,
        /** The program, or a thread that waits for memory, stands still for long. */
        LONG_PAUSES,
        /** More than 5 % of the time is lost, for whatever reason. */
        TIME_IN_COLLECTOR,
        /** Most of the heap is never used. */
        HEAP_TOO_LARGE
    }

    /** The bottleneck in a line. */
    public String text() {
        return PlainText.format("%.2f %s: %s", severity, kind, words);
    }
}
