package dev.ashlar.replay;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * An installed strategy or a baseline on which a trace can be replayed. A row of the table.
 *
 * @param name the name of the strategy or of the baseline
 * @param subjects opens fresh allocators
 * @param observed opens fresh allocators for the replay that is not timed: the same, but those that adapt use the clock
 *     of the trace
 * @param maxEvents the most events that are replayed; a longer trace is cut
 * @param frames how many frames it plays a trace in
 * @param note a note on its figures
 * @param threads makes the threads that play on it, or null for ordinary ones
 * @param jvmOptions options of a JVM of its own, beside those of this JVM
 */
record Contender(
        String name,
        Subject.Factory subjects,
        Subject.Factory observed,
        int maxEvents,
        Frames frames,
        Optional<String> note,
        @Nullable ThreadFactory threads,
        List<String> jvmOptions) {

    /** How many frames a trace is played in. */
    enum Frames {
        /** None: blocks are freed one by one. */
        NONE,
        /** One, the whole trace: it is not reset before the end. */
        WHOLE,
        /** One for each part of the trace at whose end no block is live. */
        QUIET
    }

    /** The frames of a trace, or null where there are none. */
    @Nullable Long frames(Trace trace) {
        return switch (frames) {
            case NONE -> null;
            case WHOLE -> 1L;
            case QUIET -> (long) trace.frames();
        };
    }

    /** Opens a fresh allocator. */
    Subject open(Trace trace) {
        return subjects.open(trace);
    }

    /** Opens a fresh allocator for the replay that is not timed. */
    Subject openObserved(Trace trace) {
        return observed.open(trace);
    }
}
