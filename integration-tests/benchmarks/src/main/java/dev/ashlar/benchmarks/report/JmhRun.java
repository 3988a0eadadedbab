package dev.ashlar.benchmarks.report;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs JMH with one or several numbers of threads, and writes each result as a JSON object on a line of its own. It has
 * the values of all iterations of all forks, and not the many things that JMH's own files have.
 */
public final class JmhRun {

    /** The figures of profilers that are written: bytes, and objects, of an operation. */
    private static final List<String> PROFILED = List.of("gc.alloc.rate.norm", "objects");

    private JmhRun() {}

    /**
     * Runs the benchmarks.
     *
     * @param arguments the file to write, numbers of threads separated by commas, and JMH's options
     * @throws CommandLineOptionException if JMH does not know an option
     * @throws RunnerException if JMH cannot run
     * @throws IOException if the file cannot be written
     */
    public static void main(String... arguments) throws CommandLineOptionException, RunnerException, IOException {
        Path file = Path.of(arguments[0]);
        CommandLineOptions options = new CommandLineOptions(Arrays.copyOfRange(arguments, 2, arguments.length));
        StringBuilder lines = new StringBuilder();
        for (String threads : arguments[1].split(",", -1)) {
            Collection<RunResult> results = new Runner(new OptionsBuilder()
                            .parent(options)
                            .threads(Integer.parseInt(threads))
                            .build())
                    .run();
            for (RunResult result : results) {
                lines.append(JSON.std.asString(line(result))).append('\n');
            }
        }
        Files.writeString(file, lines); // at the end, so that a file is complete if it exists
    }

    private static Map<String, Object> line(RunResult result) {
        BenchmarkParams params = result.getParams();
        String[] name = params.getBenchmark().split("\\.", -1);
        Map<String, Object> parameters = new TreeMap<>();
        params.getParamsKeys().forEach(key -> parameters.put(key, params.getParam(key)));
        Map<String, Object> line = new LinkedHashMap<>();
        line.put(Row.BENCHMARK, name[name.length - 2]);
        line.put(Row.SUBJECT, name[name.length - 1]);
        line.put(Row.THREADS, params.getThreads());
        line.put("mode", params.getMode().shortLabel());
        line.put("parameters", parameters);
        line.put("figures", figures(result));
        return line;
    }

    private static Map<String, Object> figures(RunResult result) {
        Map<String, Object> figures = new LinkedHashMap<>();
        Result<?> primary = result.getPrimaryResult();
        figures.put(
                primary.getScoreUnit(),
                result.getBenchmarkResults().stream()
                        .flatMap(fork -> fork.getIterationResults().stream())
                        .map(iteration -> iteration.getPrimaryResult().getScore())
                        .toList());
        PROFILED.forEach(label -> {
            Result<?> profiled = result.getSecondaryResults().get(label);
            if (profiled != null) {
                figures.put(profiled.getScoreUnit(), List.of(profiled.getScore()));
            }
        });
        return figures;
    }
}
