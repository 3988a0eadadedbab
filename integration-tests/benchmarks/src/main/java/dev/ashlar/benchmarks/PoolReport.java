package dev.ashlar.benchmarks;

import java.io.PrintStream;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs {@link ReadyPoolBenchmark} and prints a table. For each kind of object, pooled and made, it has the time, the
 * bytes and the objects of an operation. Time and bytes come from JMH's usual run. Objects are counted in a second run
 * with a fixed number of operations.
 */
public final class PoolReport {

    private static final int OPERATIONS = 10_000;

    private PoolReport() {}

    /** The results of a subject. */
    private record Row(double nanos, double bytes, double objects) {

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%,.1f | %,.0f | %.2f", nanos, bytes, objects);
        }
    }

    /**
     * Prints the table.
     *
     * @param options options of JMH, for the run that measures the time
     * @throws CommandLineOptionException if JMH does not know an option
     * @throws RunnerException if a benchmark fails
     */
    public static void main(String[] options) throws CommandLineOptionException, RunnerException {
        Options timed = new OptionsBuilder()
                .parent(new CommandLineOptions(options))
                .include(ReadyPoolBenchmark.class.getName())
                .addProfiler(GCProfiler.class)
                .build();
        Options counted = new OptionsBuilder()
                .include(ReadyPoolBenchmark.class.getName())
                .mode(Mode.SingleShotTime)
                .measurementBatchSize(OPERATIONS)
                .warmupBatchSize(OPERATIONS)
                .warmupIterations(20) // the code is compiled by then
                .measurementIterations(5)
                .warmupTime(TimeValue.NONE)
                .forks(1)
                .addProfiler(ObjectsProfiler.class)
                .build();
        print(System.out, new Runner(timed).run(), new Runner(counted).run());
    }

    private static void print(PrintStream out, Collection<RunResult> timed, Collection<RunResult> counted) {
        Map<String, Row> rows = new TreeMap<>();
        Map<String, Double> objects = new TreeMap<>();
        counted.forEach(run -> objects.put(subject(run), secondary(run, ObjectsProfiler.LABEL)));
        timed.forEach(run -> rows.put(
                subject(run),
                new Row(
                        run.getPrimaryResult().getScore(),
                        secondary(run, "gc.alloc.rate.norm"),
                        objects.getOrDefault(subject(run), Double.NaN))));
        out.println("| object | pooled: ns/op | B/op | objects/op | made: ns/op | B/op | objects/op |");
        out.println("|---|---|---|---|---|---|---|");
        rows.forEach((subject, made) -> {
            if (subject.endsWith("Made")) {
                String kind = subject.substring(0, subject.length() - "Made".length());
                out.println("| `" + kind + "` | " + rows.get(kind + "Pooled") + " | " + made + " |");
            }
        });
    }

    private static String subject(RunResult run) {
        String name = run.getParams().getBenchmark();
        return name.substring(name.lastIndexOf('.') + 1);
    }

    /** The figure of a profiler, or NaN if it has none. */
    private static double secondary(RunResult run, String label) {
        Result<?> result = run.getSecondaryResults().get(label);
        return result == null ? Double.NaN : result.getScore();
    }
}
