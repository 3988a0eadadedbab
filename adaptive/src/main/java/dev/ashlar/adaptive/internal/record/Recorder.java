package dev.ashlar.adaptive.internal.record;

import dev.ashlar.adaptive.AllocatorEvent;
import org.jspecify.annotations.Nullable;

/**
 * Is told of events where and when they happen, maybe with locks held: it must not wait, throw, or call anybody. That
 * is what tells it from a listener, which is a user's and hears of them later. Where the JVM has no flight recorder
 * nothing is recorded.
 */
public interface Recorder {

    /**
     * Something happened.
     *
     * @param event what
     */
    default void happened(AllocatorEvent event) {}

    /** Whether anybody wants {@link #allocated} to be called. */
    default boolean wantsAllocations() {
        return false;
    }

    /**
     * A request was made; called for a sample of them.
     *
     * @param byteSize what was asked for
     * @param tag the tag of its hints, or null
     */
    default void allocated(long byteSize, @Nullable String tag) {}

    /** The flight recorder where the JVM has one, or one that forgets. */
    static Recorder ofJvm() {
        boolean present = ModuleLayer.boot().findModule("jdk.jfr").isPresent();
        return present ? new FlightRecorder() : new Recorder() {};
    }
}
