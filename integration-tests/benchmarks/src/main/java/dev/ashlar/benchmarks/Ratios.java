package dev.ashlar.benchmarks;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * Prints the results that JMH wrote with {@code -rf json} as tables. They have the median of all iterations of all
 * forks, the lowest and the highest value, and the ratio of the median to that of each peer in the same benchmark. If
 * the benchmark was also run on one thread, they have the ratio of the throughputs.
 */
public final class Ratios {

    private static final List<String> PEERS =
            List.of("nettyAsItComes", "nettyAdaptive", "nettyEventLoop", "mallocPlain", "mutex", "stormpotThreadSafe");

    private final List<Run> runs;

    private Ratios(List<Run> runs) {
        this.runs = runs;
    }

    /** The parts of one result of JMH that are used here. */
    record Run(String benchmark, int threads, Map<String, String> params, Metric primaryMetric) {

        Run {
            params = params == null ? Map.of() : new TreeMap<>(params);
        }

        String subject() {
            return benchmark.substring(benchmark.lastIndexOf('.') + 1);
        }

        /** The benchmark, parameters and threads with which subjects are compared. */
        String setting(int threads) {
            String type = benchmark.substring(0, benchmark.lastIndexOf('.'));
            return type.substring(type.lastIndexOf('.') + 1) + (params.isEmpty() ? "" : " " + params) + ", threads="
                    + threads;
        }

        double[] sorted() {
            double[] times = primaryMetric.rawData().stream()
                    .flatMap(List::stream)
                    .mapToDouble(Number::doubleValue)
                    .toArray();
            Arrays.sort(times);
            return times;
        }

        double median() {
            double[] times = sorted();
            return (times[(times.length - 1) / 2] + times[times.length / 2]) / 2;
        }
    }

    /** The times of each iteration of each fork. */
    record Metric(List<List<Double>> rawData) {}

    /**
     * Prints the tables.
     *
     * @param files one or more files that JMH wrote
     * @throws IOException if one cannot be read
     */
    public static void main(String[] files) throws IOException {
        List<Run> runs = new ArrayList<>();
        for (String file : files) {
            runs.addAll(JSON.std.listOfFrom(Run.class, Files.readString(Path.of(file))));
        }
        new Ratios(runs).print(System.out);
    }

    private void print(PrintStream out) {
        runs.stream()
                .collect(groupingBy(run -> run.setting(run.threads()), LinkedHashMap::new, toList()))
                .forEach((setting, ofSetting) -> {
                    out.printf("%n%s%n%-24s%10s%22s", setting, "ns/op", "median", "min - max");
                    List<String> peers = PEERS.stream()
                            .filter(peer -> ofSetting.stream()
                                    .anyMatch(run -> run.subject().equals(peer)))
                            .toList();
                    peers.forEach(peer -> out.printf("%21s", "/ " + peer));
                    out.printf("%9s%n", "scaling");
                    ofSetting.forEach(run -> print(run, peers, out));
                });
    }

    private void print(Run run, List<String> peers, PrintStream out) {
        double[] times = run.sorted();
        double median = run.median();
        String range = String.format(Locale.ROOT, "%.1f - %.1f", times[0], times[times.length - 1]);
        out.printf(Locale.ROOT, "%-24s%10.1f%22s", run.subject(), median, range);
        peers.forEach(peer -> out.printf("%21s", ratio(median, median(run, peer, run.threads()))));
        OptionalDouble alone = run.threads() == 1 ? OptionalDouble.empty() : median(run, run.subject(), 1);
        out.printf(
                "%9s%n", alone.isEmpty() ? "" : ratio(run.threads() * alone.getAsDouble(), OptionalDouble.of(median)));
    }

    private OptionalDouble median(Run like, String subject, int threads) {
        return runs.stream()
                .filter(run -> run.setting(run.threads()).equals(like.setting(threads)))
                .filter(run -> run.subject().equals(subject))
                .mapToDouble(Run::median)
                .findFirst();
    }

    private static String ratio(double value, OptionalDouble peer) {
        return peer.isEmpty() ? "" : String.format(Locale.ROOT, "%.2f", value / peer.getAsDouble());
    }
}
