package dev.ashlar.metrics;

import java.util.Objects;
import java.util.function.ToDoubleFunction;

/**
 * A figure of something that is watched. {@link Figures} has those of allocators, pools and limits.
 *
 * @param <S> a snapshot that it is read from
 * @param name a word or several, such as {@code liveBlocks}; what is in bytes ends in {@code Bytes}
 * @param kind how to show it
 * @param description a sentence for people
 * @param value reads it
 */
public record Figure<S>(String name, Kind kind, String description, ToDoubleFunction<? super S> value) {

    /** How to show a figure. */
    public enum Kind {
        /** Bytes at this moment. */
        BYTES,
        /** A number of something at this moment. */
        NUMBER,
        /** A fraction: 0.05 is five per cent. */
        RATIO,
        /** How often something happened so far. What is shown never falls. */
        COUNTER
    }

    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if it is not a word or several in camel case
     */
    public Figure {
        Words.requireValid("name", name);
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(description, "description");
        Objects.requireNonNull(value, "value");
    }
}
