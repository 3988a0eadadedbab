package dev.ashlar.replay;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one trace went on one strategy: a row of the table, or a JSON object with these names in this order. Bytes are
 * numbers, ratios are fractions, null is unknown.
 *
 * @param trace the trace's name
 * @param strategy the strategy's name
 * @param events events that were replayed
 * @param refused requests that the strategy could not serve; their frees are left out
 * @param nsPerEvent nanoseconds an event: the median of the timed runs of all forks
 * @param nsPerEventOfRuns the same of each timed run, ascending
 * @param peakRequested the most bytes of served blocks that were live at once
 * @param peakCommitted the most bytes that the strategy had taken from its source at once
 * @param committedOverRequested the one over the other
 * @param internalFragmentation 1 - requested / allocated, when most bytes are live
 * @param utilisation allocated / committed at that moment
 * @param metadata bookkeeping / committed at that moment
 * @param hitRate share of the requests that were served from memory already held
 * @param upstreamCalls calls to the source
 * @param misuse frees that the strategy rejected
 * @param frames in how many frames it was played, where blocks are freed together
 * @param explanation the decisions of the strategy, one in a line, if requested
 * @param series requested and committed bytes by event, if requested
 */
record Result(
        String trace,
        String strategy,
        long events,
        long refused,
        double nsPerEvent,
        List<Double> nsPerEventOfRuns,
        @Nullable Long peakRequested,
        @Nullable Long peakCommitted,
        @Nullable Double committedOverRequested,
        @Nullable Double internalFragmentation,
        @Nullable Double utilisation,
        @Nullable Double metadata,
        @Nullable Double hitRate,
        @Nullable Long upstreamCalls,
        @Nullable Long misuse,
        @Nullable Long frames,
        @Nullable List<String> explanation,
        @Nullable Series series) {

    static Result of(
            Trace trace,
            Contender contender,
            double[] nanosOfRuns,
            Accounting.Account account,
            @Nullable List<String> explanation) {
        Figures atPeak = account.atPeak();
        Figures atEnd = account.atEnd();
        Long peakCommitted = atEnd.peakCommitted();
        double[] ascending = sorted(nanosOfRuns);
        return new Result(
                trace.name,
                contender.name(),
                trace.events(),
                account.refused(),
                median(ascending),
                Arrays.stream(ascending).boxed().toList(),
                account.peakRequested(),
                peakCommitted,
                peakCommitted == null || account.peakRequested() == 0
                        ? null
                        : (double) peakCommitted / account.peakRequested(),
                atPeak.internalFragmentation(),
                atPeak.utilisation(),
                atPeak.metadata(),
                atEnd.hitRate(),
                atEnd.upstreamCalls(),
                atEnd.misuse(),
                contender.frames(trace),
                explanation,
                account.series());
    }

    /** The result of several JVMs: the times of all, and the other figures of the first. */
    static Result ofForks(List<Result> forks) {
        Result first = forks.getFirst();
        double[] ascending = sorted(forks.stream()
                .flatMap(fork -> fork.nsPerEventOfRuns.stream())
                .mapToDouble(Double::doubleValue)
                .toArray());
        return new Result(
                first.trace,
                first.strategy,
                first.events,
                first.refused,
                median(ascending),
                Arrays.stream(ascending).boxed().toList(),
                first.peakRequested,
                first.peakCommitted,
                first.committedOverRequested,
                first.internalFragmentation,
                first.utilisation,
                first.metadata,
                first.hitRate,
                first.upstreamCalls,
                first.misuse,
                first.frames,
                first.explanation,
                first.series);
    }

    private static double[] sorted(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted;
    }

    private static double median(double[] ascending) {
        return (ascending[(ascending.length - 1) / 2] + ascending[ascending.length / 2]) / 2;
    }
}
