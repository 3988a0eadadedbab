package dev.ashlar.insight.gc;

import java.util.List;

/**
 * Something to do. Immutable.
 *
 * @param type what is to be changed
 * @param words why, for people
 * @param benefit what is expected of it
 * @param risk of the change
 * @param flags options of the JVM, such as {@code -Xmx512m}; empty if the program is to be changed
 */
public record Recommendation(Type type, String words, String benefit, Risk risk, List<String> flags) {

    /** Copies the list. */
    public Recommendation {
        flags = List.copyOf(flags);
    }

    /** What is to be changed. */
    public enum Type {
        /** The size of the heap. */
        HEAP_SIZE,
        /** The size of the young generation. */
        YOUNG_SIZE,
        /** The size of G1's regions. */
        REGION_SIZE,
        /** The goal of the collector. */
        GOAL,
        /** The collector. */
        COLLECTOR,
        /** Objects of the program are to be pooled, or to be blocks of an allocator. */
        POOLING,
        /** The program keeps or calls for too much. */
        PROGRAM
    }

    /** What a change may cost. */
    public enum Risk {
        /** At worst it has no effect. */
        LOW,
        /** It costs memory, or some speed. */
        MEDIUM,
        /** It changes how the whole program behaves, and needs a test of all of it. */
        HIGH
    }

    /** The recommendation in two lines. */
    public String text() {
        return type + ", risk " + risk + ": " + words + " " + benefit
                + (flags.isEmpty() ? "" : System.lineSeparator() + "  " + String.join(" ", flags));
    }
}
