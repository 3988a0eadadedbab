package dev.ashlar.benchmarks.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A table of figures: a row for each subject, a column for each value of a key.
 *
 * @param title its heading
 * @param text a sentence or two below that
 * @param file the file of the results
 * @param where which rows of the results, by the allowed values of a key
 * @param rows the keys that name a row of the table
 * @param column the key of the columns
 */
record Table(String title, String text, String file, Map<String, Set<String>> where, List<String> rows, String column) {

    private static final String THREADS = Row.THREADS;
    private static final List<String> SUBJECT = List.of(Row.SUBJECT);
    private static final List<String> BENCHMARK = List.of(Row.BENCHMARK, Row.SUBJECT);
    private static final List<String> TRACE = List.of("trace", Row.SUBJECT);
    private static final Map<String, Set<String>> TIME = figures("ns/op");

    /** All of them, in the order of the page. */
    static final List<Table> ALL = List.of(
            new Table(
                    "Pairs by size",
                    "Allocate a block by address, write its first byte, free it. ns.",
                    "pair",
                    TIME,
                    SUBJECT,
                    "size"),
            new Table(
                    "Pairs in all ways",
                    "The same as segments, through views, and on Netty's own threads. ns.",
                    "pair-api",
                    TIME,
                    SUBJECT,
                    "size"),
            new Table(
                    "Window",
                    "Free a random one of 8,192 live blocks of 16 B to 16 KiB, allocate another, write its first byte. ns.",
                    "window",
                    TIME,
                    SUBJECT,
                    THREADS),
            new Table(
                    "One and two threads",
                    "Each thread has blocks of its own. ns of one thread: equal times are ideal.",
                    "threads",
                    TIME,
                    BENCHMARK,
                    THREADS),
            new Table(
                    "Freed by another thread",
                    "One thread allocates blocks of 64 B, another frees them. ns.",
                    "remote",
                    TIME,
                    SUBJECT,
                    THREADS),
            new Table(
                    "Workloads",
                    "ns for each operation and thread. `void` is the cost of the workload without an allocator.",
                    "workloads",
                    TIME,
                    BENCHMARK,
                    THREADS),
            new Table(
                    "All other workloads",
                    "The same for every strategy and every peer, with 1 and 8 threads.",
                    "suite",
                    TIME,
                    List.of(Row.BENCHMARK, THREADS),
                    Row.SUBJECT),
            new Table(
                    "Memory of all other workloads",
                    "Peak of committed bytes over peak of requested bytes.",
                    "suite",
                    figures("committed/requested"),
                    List.of(Row.BENCHMARK, THREADS),
                    Row.SUBJECT),
            new Table(
                    "Memory of the workloads",
                    "Peak of committed bytes over peak of requested bytes.",
                    "workloads",
                    figures("committed/requested"),
                    BENCHMARK,
                    THREADS),
            new Table(
                    "False sharing",
                    "Threads write blocks of one cache line or less. The total work is the same, so equal times are ideal. ns.",
                    "false-sharing",
                    TIME,
                    BENCHMARK,
                    THREADS),
            new Table(
                    "Flatness, blocks of 64 B",
                    "Replace a random one of many live blocks. `void` touches the same memory. ns.",
                    "flatness-64",
                    TIME,
                    SUBJECT,
                    "live"),
            new Table("Flatness, blocks of 1 KiB", "The same. ns.", "flatness-1024", TIME, SUBJECT, "live"),
            new Table(
                    "Bursts",
                    "Allocate 64 blocks of 32 KiB to 1 MiB, touch each page, free all. ns for each block.",
                    "burst",
                    TIME,
                    SUBJECT,
                    THREADS),
            new Table(
                    "Hints",
                    "A pair of 64 B as segments, with the adaptive allocator. ns.",
                    "hints",
                    TIME,
                    SUBJECT,
                    THREADS),
            new Table(
                    "Traces by address",
                    "Recorded programs, replayed by [replay](../replay/README.md).",
                    "replay-address",
                    figures("ns/event", "committed/requested", "internal fragmentation, %", "metadata, %"),
                    TRACE,
                    Row.FIGURE),
            new Table(
                    "Traces by segment",
                    "The same with memory segments. malloc has addresses here too.",
                    "replay-segment",
                    figures("ns/event", "committed/requested"),
                    TRACE,
                    Row.FIGURE),
            new Table(
                    "Traces on two threads",
                    "Memory where one thread allocates and another frees.",
                    "replay-threads",
                    figures("committed/requested"),
                    TRACE,
                    Row.FIGURE),
            new Table(
                    "Object pools",
                    "Acquire an object of one shared pool, change a field, release it. ns.",
                    "pool",
                    TIME,
                    SUBJECT,
                    THREADS),
            new Table(
                    "Packets",
                    "Packets of 64 to 1,500 B are decoded and summed up on two threads, in a heap of 1 GiB: `leased` from a"
                            + " pool, `made` with new.",
                    "packets",
                    Map.of(),
                    List.of("liveMegabytes", Row.SUBJECT),
                    Row.FIGURE),
            new Table(
                    "Pooled and new objects",
                    "Each object is used as programs use it.",
                    "ready-pools",
                    Map.of(),
                    SUBJECT,
                    Row.FIGURE),
            new Table(
                    "Objects that are made",
                    "The same, counted.",
                    "ready-pools-objects",
                    figures("objects/op"),
                    SUBJECT,
                    Row.FIGURE));

    private static Map<String, Set<String>> figures(String... names) {
        return Map.of(Row.FIGURE, new LinkedHashSet<>(List.of(names)));
    }

    /** The table in Markdown; empty if nothing of it was measured. */
    String render(Results results) {
        Set<String> columns = new LinkedHashSet<>();
        Map<List<String>, Map<String, String>> cells = new LinkedHashMap<>();
        for (Row row : results.rows(file, where)) {
            columns.add(row.get(column));
            cells.computeIfAbsent(row.labels(rows), name -> new LinkedHashMap<>())
                    .put(row.get(column), Labels.sample(row.sample()));
        }
        if (cells.isEmpty()) {
            return "";
        }
        List<String> ordered = ordered(columns);
        StringBuilder page = new StringBuilder("\n### " + title + "\n\n" + text + "\n\n");
        page.append(line(
                List.of(""),
                ordered.stream().map(value -> Labels.of(column, value)).toList()));
        page.append("|---".repeat(1 + ordered.size())).append("|\n");
        cells.forEach((name, ofRow) -> page.append(line(
                List.of(String.join(", ", name)),
                ordered.stream().map(value -> ofRow.getOrDefault(value, "")).toList())));
        return page.toString();
    }

    /** Numbers ascending, other values as they came. */
    private static List<String> ordered(Collection<String> values) {
        return values.stream()
                .sorted(Comparator.comparingLong(
                        value -> value.matches("\\d{1,18}") ? Long.parseLong(value) : Long.MAX_VALUE))
                .toList();
    }

    /** A line of a table in Markdown. */
    static String line(List<String> first, List<String> others) {
        List<String> cells = new ArrayList<>(first);
        cells.addAll(others);
        return "| " + String.join(" | ", cells) + " |\n";
    }
}
