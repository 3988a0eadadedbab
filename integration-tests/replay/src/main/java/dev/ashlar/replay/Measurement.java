package dev.ashlar.replay;

import dev.ashlar.api.Allocator;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a contender is replayed: once for the figures, then for warm-up, then for the time, then, if requested, with all
 * blocks checked. Each of these runs has a fresh allocator.
 *
 * @param runs timed runs, 1 or more
 * @param warmup runs before them at least, 0 for none
 * @param threads real threads, or 0 for as many as were recorded
 * @param check whether contents and overlap are checked, in a run of its own that is not timed
 * @param alignment of blocks that the trace gives none for, a power of two
 * @param explain whether the strategy says what it did by itself
 * @param series whether requested and committed bytes are sampled in the run for the figures
 */
record Measurement(int runs, int warmup, int threads, boolean check, long alignment, boolean explain, boolean series) {

    private static final Logger log = LoggerFactory.getLogger(Measurement.class);

    /**
     * The least time of the warm-up: a few runs of a short trace may end before the background compiler has finished.
     */
    private static final long WARMUP_NANOS = 500_000_000;

    /**
     * Replays a trace.
     *
     * @throws ReplayFailure if the contender breaks its contract
     */
    Result measure(Trace whole, Contender contender) {
        Trace trace = whole.head(contender.maxEvents()).aligned(alignment);
        Lanes lanes = Lanes.of(trace, threads, contender.threads());
        Accounting.Account account;
        List<String> explanation = List.of();
        try (Subject subject = contender.openObserved(trace)) {
            account = Accounting.play(trace, lanes, subject, series);
            if (explain) {
                explanation = subject.books().explanation();
            }
            Replay.finish(trace, subject);
        }
        warmUp(trace, lanes, contender);
        double[] nanos = new double[runs];
        for (int run = 0; run < runs; run++) {
            nanos[run] = (double) time(trace, lanes, contender) / trace.events();
            log.info("{} on {}: run {}: {} ns an event", trace.name, contender.name(), run + 1, nanos[run]);
        }
        if (check) {
            try (Subject subject = new CheckedSubject(contender.open(trace), trace)) {
                Replay.play(trace, lanes, subject);
                Replay.finish(trace, subject);
            }
        }
        return Result.of(trace, contender, nanos, account, explain ? explanation : null);
    }

    /**
     * Plays a trace up to its peak, in the recorded order, and passes the allocator with the blocks that are live then.
     * Does nothing if its memory cannot be walked over.
     *
     * @throws ReplayFailure if the contender breaks its contract
     */
    void atPeak(Trace whole, Contender contender, Consumer<Allocator> use) {
        Trace trace = whole.head(contender.maxEvents()).aligned(alignment).upToPeak();
        try (Subject subject = contender.openObserved(trace)) {
            if (subject.books().inspectable().isPresent() && trace.events() > 0) {
                Accounting.play(trace, Lanes.of(trace, threads, contender.threads()), subject, false);
            }
            subject.books().inspectable().ifPresent(use);
            Replay.finish(trace, subject);
        }
    }

    private void warmUp(Trace trace, Lanes lanes, Contender contender) {
        long nanos = 0;
        for (int run = 0; run < warmup || (warmup > 0 && nanos < WARMUP_NANOS); run++) {
            nanos += time(trace, lanes, contender);
        }
    }

    private static long time(Trace trace, Lanes lanes, Contender contender) {
        try (Subject subject = contender.open(trace)) {
            long nanos = Replay.play(trace, lanes, subject);
            Replay.finish(trace, subject);
            return nanos;
        }
    }

    /** For the line above a table. */
    @Override
    public String toString() {
        return (threads == 0 ? "recorded threads" : threads == 1 ? "1 thread" : threads + " threads")
                + (runs == 1 ? ", 1 run" : ", median of " + runs + " runs")
                + (check ? ", checked" : "");
    }
}
