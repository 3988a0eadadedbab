package dev.ashlar.benchmarks.report;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All results of a run: the JSON files of a directory, one object a line. There are those of {@link JmhRun}, of the
 * suite of workloads, of {@code replay --json}, and of {@code replay churn --json}.
 */
final class Results {

    private static final String EXTENSION = ".json";

    private final List<Row> rows = new ArrayList<>();
    private final List<Series> series = new ArrayList<>();
    private final List<Churn> churns = new ArrayList<>();

    private Results() {}

    /**
     * Live and committed bytes while a trace was replayed.
     *
     * @param interval events between two values
     */
    record Series(String trace, String subject, int interval, List<Number> requested, List<Number> committed) {}

    /**
     * Fragmentation while a trace was repeated with variation.
     *
     * @param hours simulated hours between two values
     */
    record Churn(String trace, String subject, double hours, List<Number> realised, List<Number> unusable) {}

    /**
     * Reads a directory.
     *
     * @throws IOException if a file cannot be read
     * @throws IllegalArgumentException if a line is no result; the message has the file and the line
     */
    static Results read(Path directory) throws IOException {
        Results results = new Results();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.sorted().toList()) {
                String name = String.valueOf(file.getFileName());
                if (name.endsWith(EXTENSION) && !name.equals(Machine.FILE)) {
                    results.readFile(file, name.substring(0, name.length() - EXTENSION.length()));
                }
            }
        }
        results.rows.sort(
                Comparator.comparingLong(row -> Long.parseLong(row.setting().getOrDefault("size", "0"))));
        return results;
    }

    private void readFile(Path file, String name) throws IOException {
        int number = 0;
        for (String line : Files.readAllLines(file)) {
            number++;
            try {
                readLine(name, JSON.std.mapFrom(line));
            } catch (IOException | ClassCastException | IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        file + ":" + number + ": no result of a benchmark (" + e.getMessage()
                                + "); delete the file and measure it again",
                        e);
            }
        }
    }

    private void readLine(String file, Map<String, Object> line) {
        if (line.containsKey(Row.BENCHMARK)) {
            readBenchmark(file, line);
        } else if (line.containsKey("workload")) {
            readWorkload(file, line);
        } else if (line.containsKey("trace")) {
            readTrace(file, line);
        } else if (line.containsKey("churn")) {
            churns.add(new Churn(
                    text(line, "churn"),
                    text(line, "strategy"),
                    Double.parseDouble(text(line, "hours")),
                    numbers(line.get("realised")),
                    numbers(line.get("unusable"))));
        } else {
            throw new IllegalArgumentException(
                    "it has none of benchmark, workload, trace and churn, only " + line.keySet());
        }
    }

    private void readBenchmark(String file, Map<String, Object> line) {
        Map<String, String> setting = setting(text(line, Row.BENCHMARK), text(line, Row.SUBJECT), line);
        setting.put("mode", text(line, "mode"));
        map(line, "parameters").forEach((key, value) -> setting.put(key, String.valueOf(value)));
        String allocator = setting.remove("allocator");
        if (allocator != null) {
            setting.put(Row.SUBJECT, allocator);
        }
        map(line, "figures").forEach((figure, values) -> add(file, setting, figure, values));
    }

    private void readWorkload(String file, Map<String, Object> line) {
        Map<String, String> setting = setting(text(line, "workload"), text(line, "allocator"), line);
        setting.put("api", text(line, "api"));
        add(file, setting, "ns/op", line.get("nanosPerOperation"));
        add(file, setting, "ops/s", line.get("operationsPerSecond"));
        add(file, setting, "committed/requested", line.get("committedOverRequested"));
    }

    private void readTrace(String file, Map<String, Object> line) {
        Map<String, String> setting = setting("replay", text(line, "strategy"), line);
        setting.put("trace", text(line, "trace"));
        add(file, setting, "ns/event", line.get("nsPerEventOfRuns"));
        add(file, setting, "committed/requested", line.get("committedOverRequested"));
        addPercent(file, setting, "internal fragmentation, %", line.get("internalFragmentation"));
        addPercent(file, setting, "metadata, %", line.get("metadata"));
        Map<String, Object> samples = map(line, "series");
        if (!samples.isEmpty()) {
            series.add(new Series(
                    text(line, "trace"),
                    text(line, "strategy"),
                    Integer.parseInt(text(samples, "interval")),
                    numbers(samples.get("requested")),
                    numbers(samples.get("committed"))));
        }
    }

    private static Map<String, String> setting(String benchmark, String subject, Map<String, Object> line) {
        Map<String, String> setting = new LinkedHashMap<>();
        setting.put(Row.BENCHMARK, benchmark);
        setting.put(Row.SUBJECT, subject);
        if (line.containsKey(Row.THREADS)) {
            setting.put(Row.THREADS, text(line, Row.THREADS));
        }
        return setting;
    }

    /** Adds a row, unless the figure is unknown. */
    private void add(String file, Map<String, String> setting, String figure, @Nullable Object values) {
        List<Number> numbers = numbers(values);
        if (!numbers.isEmpty()) {
            Map<String, String> whole = new LinkedHashMap<>(setting);
            whole.put(Row.FIGURE, figure);
            rows.add(new Row(file, whole, Sample.of(numbers)));
        }
    }

    private void addPercent(String file, Map<String, String> setting, String figure, @Nullable Object fraction) {
        add(file, setting, figure, fraction instanceof Number number ? number.doubleValue() * 100 : null);
    }

    private static String text(Map<String, Object> line, String key) {
        Object value = line.get(key);
        if (value == null) {
            throw new IllegalArgumentException("it has no " + key + ", only " + line.keySet());
        }
        return value.toString();
    }

    private static Map<String, Object> map(Map<String, Object> line, String key) {
        Map<String, Object> map = new LinkedHashMap<>();
        if (line.get(key) instanceof Map<?, ?> found) {
            found.forEach((name, value) -> map.put(String.valueOf(name), value));
        }
        return map;
    }

    /** One number or a list of them, without those that are unknown. */
    private static List<Number> numbers(@Nullable Object values) {
        List<?> list = values instanceof List<?> many ? many : values == null ? List.of() : List.of(values);
        return list.stream().filter(Objects::nonNull).map(Number.class::cast).toList();
    }

    /** The rows of a file for which each key has one of the given values. */
    List<Row> rows(String file, Map<String, Set<String>> where) {
        return rows.stream()
                .filter(row -> row.file().equals(file) && row.matches(where))
                .toList();
    }

    /** The row of a file with exactly this setting. */
    Optional<Row> row(String file, Map<String, String> setting) {
        return rows.stream()
                .filter(row -> row.file().equals(file) && row.setting().equals(setting))
                .findFirst();
    }

    /** Live and committed bytes by event, of all traces and strategies. */
    List<Series> series() {
        return series;
    }

    /** Fragmentation by simulated hour, of all traces and heaps. */
    List<Churn> churns() {
        return churns;
    }
}
