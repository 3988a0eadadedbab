package dev.ashlar.insight.rollout;

import dev.ashlar.api.AllocatorStats;
import dev.ashlar.insight.rollout.Comparison.Verdict;
import dev.ashlar.insight.text.PlainText;
import java.util.List;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * A rollout at one moment. Immutable.
 *
 * @param state whether it goes on
 * @param stopped why it was stopped, or null
 * @param share of the keys that are on the treatment now, 0 to 1
 * @param phase the number of the phase, from 1
 * @param phases how many there are
 * @param control the figures of control
 * @param treatment the figures of the treatment
 * @param comparisons one for each phase so far, the current one last
 */
public record RolloutReport(
        State state,
        @Nullable String stopped,
        double share,
        int phase,
        int phases,
        Side control,
        Side treatment,
        List<Comparison> comparisons) {

    /** Copies the list. */
    public RolloutReport {
        comparisons = List.copyOf(comparisons);
    }

    /** Whether a rollout goes on. */
    public enum State {
        /** There is a phase to end. */
        RUNNING,
        /** Each phase has had its time. The share stays, and the guard still watches. */
        FINISHED,
        /** All requests go to control, by the guard or by the program. */
        STOPPED
    }

    /**
     * One side.
     *
     * @param stats its figures, which include its other users
     * @param externalFragmentation 1 - largest free run / free bytes; {@link Double#NaN} if it cannot be inspected
     * @param allocations latency of allocations in this phase
     * @param frees latency of frees in this phase
     * @param errors allocations that threw something for no fault of the caller
     */
    public record Side(
            AllocatorStats stats, double externalFragmentation, Latency allocations, Latency frees, long errors) {

        private Stream<String> lines() {
            return Stream.of(
                    "allocations p50/90/99/99.9/99.99  " + allocations.text(),
                    "frees       p50/90/99/99.9/99.99  " + frees.text(),
                    PlainText.format(
                            "%,d bytes committed for %,d requested, peak %,d; hit rate %.4f",
                            stats.committedBytes(),
                            stats.requestedBytes(),
                            stats.peakCommittedBytes(),
                            stats.hitRate()),
                    PlainText.format(
                            "fragmentation: internal %.3f, external %.3f; %d refused, %d invalid frees, %d errors",
                            stats.internalFragmentation(),
                            externalFragmentation,
                            stats.refused(),
                            stats.invalidFrees(),
                            errors));
        }
    }

    /**
     * Latencies in nanoseconds. The figures are those of samples, and as exact as one per cent.
     *
     * @param samples how many calls were measured
     * @param p50 the median
     * @param p90 of 100 calls, 10 take longer
     * @param p99 of 100 calls, 1 takes longer
     * @param p999 of 1,000 calls, 1 takes longer
     * @param p9999 of 10,000 calls, 1 takes longer
     * @param longest of all
     */
    public record Latency(long samples, long p50, long p90, long p99, long p999, long p9999, long longest) {

        static Latency of(Histogram histogram) {
            return new Latency(
                    histogram.getTotalCount(),
                    histogram.getValueAtPercentile(50),
                    histogram.getValueAtPercentile(90),
                    histogram.getValueAtPercentile(99),
                    histogram.getValueAtPercentile(99.9),
                    histogram.getValueAtPercentile(99.99),
                    histogram.getMaxValue());
        }

        private String text() {
            return PlainText.format(
                    "%,d / %,d / %,d / %,d / %,d ns of %,d samples", p50, p90, p99, p999, p9999, samples);
        }
    }

    /** The verdict of the last phase that has one. */
    public Verdict verdict() {
        return comparisons.reversed().stream()
                .map(Comparison::verdict)
                .filter(verdict -> verdict != Verdict.NO_DIFFERENCE_SHOWN)
                .findFirst()
                .orElse(Verdict.NO_DIFFERENCE_SHOWN);
    }

    /** The report as text. */
    public String text() {
        return PlainText.format(
                        "%s in phase %d of %d, %.1f %% of the keys on the treatment: %s",
                        state, phase, phases, 100 * share, verdict())
                + (stopped == null ? "" : System.lineSeparator() + "stopped: " + stopped)
                + PlainText.part("control", control.lines())
                + PlainText.part("treatment", treatment.lines())
                + PlainText.part("latencies compared", comparisons.stream().map(Comparison::text));
    }
}
