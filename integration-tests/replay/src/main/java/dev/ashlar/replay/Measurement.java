package dev.ashlar.replay;

import dev.ashlar.api.Allocator;
import dev.ashlar.replay.Accounting.Account;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a contender is replayed: once for the figures, then for warm-up, then for the time, then, if requested, with all
 * blocks checked. Each of these has a fresh allocator, but the runs for warm-up and for the time share one: each finds
 * the memory that the run before has left, as in a program that runs long.
 *
 * @param runs timed runs, 1 or more
 * @param warmup runs before them at least, 0 for none
 * @param fresh whether each of the runs that are timed has a fresh allocator too, and pays for its first use of memory
 * @param threads real threads, or 0 for as many as were recorded
 * @param check whether contents and overlap are checked, in a run of its own that is not timed
 * @param alignment of blocks that the trace gives none for, a power of two
 * @param explain whether the strategy says what it did by itself
 * @param series whether requested and committed bytes are sampled in the run for the figures
 */
record Measurement(
        int runs,
        int warmup,
        boolean fresh,
        int threads,
        boolean check,
        long alignment,
        boolean explain,
        boolean series) {

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
        try (Lanes lanes = Lanes.of(trace, threads, contender.threads())) {
            Account account;
            List<String> explanation = List.of();
            try (Subject subject = contender.openObserved(trace)) {
                account = Accounting.play(trace, lanes, subject, series);
                if (explain) {
                    explanation = subject.books().explanation();
                }
                Replay.finish(trace, subject);
            }
            double[] nanos = time(trace, lanes, contender);
            if (check) {
                try (Subject subject = new CheckedSubject(contender.open(trace), trace)) {
                    Replay.play(trace, lanes, subject);
                    Replay.finish(trace, subject);
                }
            }
            return Result.of(trace, contender, nanos, account, explain ? explanation : null);
        }
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
                try (Lanes lanes = Lanes.of(trace, threads, contender.threads())) {
                    Accounting.play(trace, lanes, subject, false);
                }
            }
            subject.books().inspectable().ifPresent(use);
            Replay.finish(trace, subject);
        }
    }

    /** Nanoseconds an event of each timed run. */
    private double[] time(Trace trace, Lanes lanes, Contender contender) {
        if (fresh) {
            return time(trace, contender, () -> {
                try (Subject subject = contender.open(trace)) {
                    long nanos = Replay.play(trace, lanes, subject);
                    Replay.finish(trace, subject);
                    return nanos;
                }
            });
        }
        try (Subject subject = contender.open(trace)) {
            double[] nanos = time(trace, contender, () -> {
                long run = Replay.play(trace, lanes, subject);
                Replay.settle(trace, subject);
                return run;
            });
            Replay.finish(trace, subject);
            return nanos;
        }
    }

    /**
     * Warms up, then takes the times.
     *
     * @param play plays the trace, and returns the nanoseconds
     */
    private double[] time(Trace trace, Contender contender, LongSupplier play) {
        long warm = 0;
        for (int run = 0; run < warmup || (warmup > 0 && warm < WARMUP_NANOS); run++) {
            warm += play.getAsLong();
        }
        double[] nanos = new double[runs];
        for (int run = 0; run < runs; run++) {
            nanos[run] = (double) play.getAsLong() / trace.events();
            log.info("{} on {}: run {}: {} ns an event", trace.name, contender.name(), run + 1, nanos[run]);
        }
        return nanos;
    }

    /** For the line above a table. */
    @Override
    public String toString() {
        return (threads == 0 ? "recorded threads" : threads == 1 ? "1 thread" : threads + " threads")
                + (runs == 1 ? ", 1 run" : ", median of " + runs + " runs")
                + (fresh ? ", each on a fresh allocator" : "")
                + (check ? ", checked" : "");
    }
}
