package dev.ashlar.adaptive.internal.record;

import dev.ashlar.adaptive.AllocatorEvent;
import org.jspecify.annotations.Nullable;

/**
 * Receives events when they happen, on the same thread, possibly with locks held. So it must not wait, throw, or call
 * other code. A listener, in contrast, is code of the user and is called later. If the JVM has no flight recorder
 * nothing is recorded.
 */
public interface Recorder {

    /**
     * Something happened.
     *
     * @param event what
     */
    default void happened(AllocatorEvent event) {}

    /** Whether {@link #allocated} should be called. */
    default boolean wantsAllocations() {
        return false;
    }

    /**
     * A request was made; called for a sample of them.
     *
     * @param byteSize the requested size
     * @param tag the tag of its hints, or null
     */
    default void allocated(long byteSize, @Nullable String tag) {}

    /** The flight recorder of the JVM, or a recorder that does nothing if there is none. */
    static Recorder ofJvm() {
        boolean present = ModuleLayer.boot().findModule("jdk.jfr").isPresent();
        return present ? new FlightRecorder() : new Recorder() {};
    }
}
