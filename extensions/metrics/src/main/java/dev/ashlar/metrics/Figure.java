package dev.ashlar.metrics;

import java.util.Objects;
import java.util.function.ToDoubleFunction;

/**
 * A figure of something that is watched. {@link Figures} has those of allocators, pools and limits.
 *
 * @param <S> the snapshot that it is read from
 * @param name one or more words, such as {@code liveBlocks}; a figure in bytes ends in {@code Bytes}
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
        /** How often something has happened. The shown value never falls. */
        COUNTER;

        /** A value as it is shown: a fraction as a {@code Double}, all others as a {@code Long}. */
        Number number(double value) {
            return this == RATIO ? (Number) value : (Number) (long) value;
        }
    }

    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if it is not one or more words in camel case
     */
    public Figure {
        Words.requireValid("name", name);
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(description, "description");
        Objects.requireNonNull(value, "value");
    }
}
