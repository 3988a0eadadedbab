package dev.ashlar.replay;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Replays a trace on a contender, and reports a failure on standard error. */
sealed interface Runner {

    /**
     * Replays a trace.
     *
     * @return the result, or empty if the contender broke its contract, which has been reported
     */
    Optional<Result> run(TraceFile file, Trace trace, Contender contender) throws IOException, InterruptedException;

    /** Reports how a contender failed. */
    private static void report(PrintWriter err, Contender contender, String how) {
        err.println("replay: " + contender.name() + " failed: " + how);
        err.flush();
    }

    /** In this JVM. */
    record Local(PrintWriter err, Measurement measurement) implements Runner {

        @Override
        public Optional<Result> run(TraceFile file, Trace trace, Contender contender) {
            try {
                return Optional.of(measurement.measure(trace, contender));
            } catch (ReplayFailure e) {
                Runner.report(err, contender, String.valueOf(e.getMessage()));
                return Optional.empty();
            }
        }
    }

    /** In a fresh {@link ChildJvm}, which reports its failures itself. */
    record Forked(PrintWriter err, List<String> arguments) implements Runner {

        @Override
        public Optional<Result> run(TraceFile file, Trace trace, Contender contender)
                throws IOException, InterruptedException {
            List<String> all = new ArrayList<>(arguments);
            all.add("--strategies=" + contender.name());
            all.add("--");
            all.add(file.argument());
            ChildJvm.Outcome outcome = ChildJvm.run(contender.jvmOptions(), all);
            if (outcome.exitCode() == 0) {
                return Optional.of(JsonWriter.read(outcome.output().getLast())); // JVM options can print lines before
            }
            if (outcome.exitCode() != 1) {
                Runner.report(err, contender, "its JVM ended with exit code " + outcome.exitCode());
            }
            return Optional.empty();
        }
    }
}
