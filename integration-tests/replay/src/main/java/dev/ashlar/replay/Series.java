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
    private static final int SAMPLES = 128;

    /** An empty series for all events of a trace, at an interval with one digit that is not 0. */
    static Series over(Trace trace) {
        int least = Math.ceilDiv(trace.events(), SAMPLES);
        int power = (int) Math.pow(10, (int) Math.log10(least));
        return new Series(Math.ceilDiv(least, power) * power, new ArrayList<>(), new ArrayList<>());
    }

    /** Adds a sample. */
    void add(long requestedBytes, @Nullable Long committedBytes) {
        requested.add(requestedBytes);
        committed.add(committedBytes);
    }
}
