package dev.ashlar.replay;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Samples of a replay, one after each {@code interval} events.
 *
 * @param interval events between two samples
 * @param requested bytes of live blocks
 * @param committed bytes taken from the memory source; null where unknown
 */
record Series(int interval, List<Long> requested, List<@Nullable Long> committed) {

    /** As many as a chart can show. */
    private static final int SAMPLES = 256;

    /** An empty series for all events of a trace. */
    static Series over(Trace trace) {
        return new Series(Math.ceilDiv(trace.events(), SAMPLES), new ArrayList<>(), new ArrayList<>());
    }

    /** Adds a sample. */
    void add(long requestedBytes, @Nullable Long committedBytes) {
        requested.add(requestedBytes);
        committed.add(committedBytes);
    }
}
