package dev.ashlar.replay;

import java.util.Optional;

/**
 * What a trace can be replayed on: an installed strategy or a baseline. A row of the table.
 *
 * @param name the strategy's name, or {@code malloc} or {@code jdk}
 * @param subjects opens fresh allocators
 * @param observed opens fresh allocators for the replay that is not timed: the same, but those that adapt do so in the
 *     time of the trace
 * @param maxEvents events that are replayed at most; a trace with more is cut
 * @param note what readers of its figures must know
 */
record Contender(
        String name, Subject.Factory subjects, Subject.Factory observed, int maxEvents, Optional<String> note) {

    /** Opens a fresh allocator. */
    Subject open(Trace trace) {
        return subjects.open(trace);
    }

    /** Opens a fresh allocator for the replay that is not timed. */
    Subject openObserved(Trace trace) {
        return observed.open(trace);
    }
}
