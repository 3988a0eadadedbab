package dev.ashlar.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

/** The page and the charts of results that are made up. */
class ReportTest {

    private static final String MACHINE = """
            {"cpu": "A CPU", "processors": 2, "system": "Linux amd64", "java": "25", "length": "full",
             "commit": "abc", "date": "2026-11-29", "newPageNanos": 500}
            """;

    @TempDir
    private Path directory;

    @BeforeEach
    void writeMachine() throws IOException {
        Files.writeString(directory.resolve(Machine.FILE), MACHINE);
    }

    private void write(String file, String... lines) throws IOException {
        Files.write(directory.resolve(file + ".json"), List.of(lines));
    }

    private static String benchmark(String type, String subject, int threads, String parameters, double... nanos) {
        return measured(type, subject, threads, parameters, "ns/op", nanos);
    }

    private static String measured(
            String type, String subject, int threads, String parameters, String unit, double... values) {
        return String.format(
                Locale.ROOT,
                "{\"benchmark\":\"%s\",\"subject\":\"%s\",\"threads\":%d,\"mode\":\"avgt\",\"parameters\":{%s},"
                        + "\"figures\":{\"%s\":%s}}",
                type,
                subject,
                threads,
                parameters,
                unit,
                Arrays.toString(values));
    }

    private static String trace(String trace, String strategy, double committed, double... nanos) {
        return String.format(
                Locale.ROOT,
                "{\"trace\":\"%s\",\"strategy\":\"%s\",\"events\":9,\"nsPerEvent\":1,\"nsPerEventOfRuns\":%s,"
                        + "\"committedOverRequested\":%s,\"hitRate\":null}",
                trace,
                strategy,
                Arrays.toString(nanos),
                committed);
    }

    private static String workload(String workload, String allocator, int threads, double... nanos) {
        return String.format(
                Locale.ROOT,
                "{\"workload\":\"%s\",\"allocator\":\"%s\",\"api\":\"address\",\"threads\":%d,\"parameters\":{},"
                        + "\"operations\":7,\"nanosPerOperation\":%s,\"operationsPerSecond\":[1e6,2e6,3e6],"
                        + "\"p50\":1,\"committedOverRequested\":1.25,\"checked\":false}",
                workload,
                allocator,
                threads,
                Arrays.toString(nanos));
    }

    /** The lines of the rendered page. */
    private List<String> render() throws IOException {
        Path page = directory.resolve("RESULTS.md");
        Report.main(directory.toString(), page.toString());
        return Files.readAllLines(page);
    }

    @Test
    void mustCompareMediansOfAllIterationsWithTheBound() throws IOException {
        write(
                "window",
                benchmark("WindowBenchmark", "slabAddress", 1, "", 70, 50, 61, 60),
                benchmark("WindowBenchmark", "adaptiveAddress", 1, "", 100, 90, 80),
                benchmark("WindowBenchmark", "mallocPlain", 1, "", 99, 100, 110));
        assertThat(render())
                .contains(
                        "| window, addresses | slabAddress | mallocPlain 100 | 60.5 | 50.0–70.0 | 0.605 | at most 0.60 |"
                                + " **no**: [why](PERFORMANCE.md#window-address) |",
                        "| window, addresses | adaptiveAddress | mallocPlain 100 | 90.0 | 80.0–100 | 0.900 | at most 0.60 |"
                                + " **no**: [why](PERFORMANCE.md#window-address) |",
                        "| window, segments | slabSegment | mallocPlain |  |  |  | at most 0.90 | not measured |",
                        "| window, addresses | slabAddress | nettyEventLoop |  |  |  | at most 0.70 | not measured |");
    }

    @Test
    void mustHoldAtTheBound() throws IOException {
        write(
                "window",
                benchmark("WindowBenchmark", "slabAddress", 1, "", 60),
                benchmark("WindowBenchmark", "mallocPlain", 1, "", 100));
        assertThat(render())
                .contains(
                        "| window, addresses | slabAddress | mallocPlain 100 | 60.0 |  | 0.600 | at most 0.60 | yes |");
    }

    @Test
    void mustCompareEachTraceAndEachSizeWithItsOwn() throws IOException {
        write(
                "replay-address",
                trace("one", "slab", 1.1, 8),
                trace("one", "malloc", 1.1, 10),
                trace("two", "slab", 1.1, 9),
                trace("two", "malloc", 1.1, 10),
                trace("sqlite", "adaptive", 1.07, 9));
        assertThat(render())
                .contains(
                        "| replay, addresses, one | slab | malloc 10.0 | 8.00 |  | 0.800 | at most 0.85 | yes |",
                        "| replay, addresses, two | slab | malloc 10.0 | 9.00 |  | 0.900 | at most 0.85 |"
                                + " **no**: [why](PERFORMANCE.md#replay-address) |",
                        "| memory, sqlite | adaptive | requested | 1.07 |  | 1.070 | at most 1.06 |"
                                + " **no**: [why](PERFORMANCE.md#memory) |",
                        "| memory, python | adaptive | requested |  |  |  | at most 1.11 | not measured |");
    }

    @Test
    void mustCompareOnlyWhatIsInOneFile() throws IOException {
        write("window", benchmark("WindowBenchmark", "slabAddress", 1, "", 60));
        write("threads", benchmark("WindowBenchmark", "mallocPlain", 1, "", 100));
        assertThat(render())
                .contains("| window, addresses | slabAddress | mallocPlain |  |  |  | at most 0.60 | not measured |");
    }

    /** From 10 to 40 ns without the harness, where malloc goes from 10 to 20. */
    @Test
    void mustCompareHowTimesGrowWithLiveBlocks() throws IOException {
        write(
                "flatness-64",
                flatness("replace", "slab", 1_000, 11),
                flatness("replace", "slab", 100_000, 45),
                flatness("replace", "slab", 50_000, 1),
                flatness("replace", "malloc", 1_000, 11),
                flatness("replace", "malloc", 50_000, 1),
                flatness("replace", "malloc", 100_000, 25),
                flatness("voidAddress", null, 1_000, 1),
                flatness("voidAddress", null, 100_000, 5));
        assertThat(render())
                .contains(
                        "| growth with live blocks, 64 B, 100,000 live | slab | malloc 25.0 | 45.0 |  | 2.000 | at most 1.00 |"
                                + " **no**: [why](PERFORMANCE.md#flatness) |",
                        "| growth with live blocks | adaptive | malloc |  |  |  | at most 1.00 | not measured |");
    }

    private static String flatness(String subject, @Nullable String allocator, int live, double nanos) {
        String parameters = "\"live\":\"" + live + "\",\"size\":\"64\""
                + (allocator == null ? "" : ",\"allocator\":\"" + allocator + "\"");
        return benchmark("FlatnessBenchmark", subject, 1, parameters, nanos);
    }

    @Test
    void mustCompareWithTheBestOfThePeers() throws IOException {
        write(
                "pair",
                benchmark("PairBenchmark", "adaptiveAddress", 1, "\"size\":\"64\"", 23),
                benchmark("PairBenchmark", "tlsfAddress", 1, "\"size\":\"64\"", 20),
                benchmark("PairBenchmark", "slabAddress", 1, "\"size\":\"64\"", 25),
                benchmark("PairBenchmark", "slabAddress", 1, "\"size\":\"16\"", 1));
        assertThat(render())
                .contains(
                        "| the best strategy of any size, 64 B | adaptiveAddress | tlsfAddress 20.0 | 23.0 |  | 1.150 |"
                                + " at most 1.15 | yes |");
    }

    @Test
    void mustTellTheSpeedOfTwoThreads() throws IOException {
        write(
                "threads",
                benchmark("PairBenchmark", "slabAddress", 1, "", 9),
                benchmark("PairBenchmark", "slabAddress", 2, "", 10),
                benchmark("WindowBenchmark", "slabAddress", 1, "", 8),
                benchmark("WindowBenchmark", "slabAddress", 2, "", 10));
        assertThat(render())
                .contains(
                        "| 2 threads against 1, throughput, PairBenchmark | slabAddress | twice that of 1 thread 9.00 |"
                                + " 10.0 |  | 0.900 | at least 0.90 | yes |",
                        "| 2 threads against 1, throughput, WindowBenchmark | slabAddress | twice that of 1 thread 8.00 |"
                                + " 10.0 |  | 0.800 | at least 0.90 | **no**: [why](PERFORMANCE.md#scaling) |");
    }

    @Test
    void mustTellTheThroughputOfPackets() throws IOException {
        write(
                "packets",
                measured("PacketBenchmark", "leased", 2, "\"liveMegabytes\":\"500\"", "ops/us", 6),
                measured("PacketBenchmark", "made", 2, "\"liveMegabytes\":\"500\"", "ops/us", 4));
        assertThat(render())
                .contains(
                        "| packets, pooled, 500 MB live | leased | made 4.00 | 6.00 |  | 1.500 | at least 1.45 | yes |");
    }

    @Test
    void mustSubtractTheTimeOfTheWorkload() throws IOException {
        write(
                "workloads",
                workload("larson", "slab", 8, 60),
                workload("larson", "malloc", 8, 50),
                workload("larson", "void", 8, 40));
        assertThat(render())
                .contains("| 8 threads, larson | slab | malloc 50.0 | 60.0 |  | 2.000 | at most 1.00 |"
                        + " **no**: [why](PERFORMANCE.md#workloads) |");
    }

    @Test
    void mustShowEveryFigure() throws IOException {
        write(
                "pair",
                benchmark("LargePairBenchmark", "slabAddress", 1, "\"size\":\"65536\"", 400),
                benchmark("PairBenchmark", "slabAddress", 1, "\"size\":\"16\"", 9, 10, 12),
                benchmark("PairBenchmark", "nettyAdaptive", 1, "\"size\":\"16\"", 30));
        write("burst", benchmark("BurstBenchmark", "burst", 1, "\"allocator\":\"slab\"", 1234));
        write("replay-address", trace("one", "slab", 1.125, 8));
        assertThat(render())
                .containsSubsequence(
                        "### Pairs by size",
                        "|  | 16 B | 64 KiB |",
                        "|---|---|---|",
                        "| slabAddress | 10.0 (9.00–12.0) | 400 |",
                        "| nettyAdaptive | 30.0 |  |")
                .containsSubsequence("### Bursts", "|  | 1 thread |", "| slab | 1,234 |")
                .containsSubsequence(
                        "### Traces by address", "|  | ns/event | committed/requested |", "| one, slab | 8.00 | 1.13 |")
                .doesNotContain("### Window");
    }

    @Test
    void mustSummarise() throws IOException {
        write(
                "window",
                benchmark("WindowBenchmark", "slabAddress", 1, "", 60),
                benchmark("WindowBenchmark", "adaptiveAddress", 1, "", 61),
                benchmark("WindowBenchmark", "mallocPlain", 1, "", 100));
        assertThat(render())
                .anyMatch(line -> line.matches("1 of \\d+ hold, 1 do not, \\d+ were not measured\\."))
                .anyMatch(line -> line.startsWith("Figures of a full run of commit abc on 2026-11-29, on A CPU,"
                        + " 2 processors, Linux amd64, JDK 25, where a new page takes 500 ns."));
    }

    @Test
    void mustDrawAValidChartOfEachKind() throws Exception {
        write(
                "pair",
                benchmark("PairBenchmark", "slabAddress", 1, "\"size\":\"16\"", 9),
                benchmark("LargePairBenchmark", "slabAddress", 1, "\"size\":\"1048576\"", 900));
        write(
                "flatness-64",
                benchmark("FlatnessBenchmark", "replace", 1, "\"allocator\":\"slab\",\"live\":\"1000\"", 20),
                benchmark("FlatnessBenchmark", "replace", 1, "\"allocator\":\"slab\",\"live\":\"100000\"", 30));
        write("workloads", workload("larson", "slab", 1, 60), workload("larson", "slab", 8, 60));
        write(
                "series",
                "{\"trace\":\"one\",\"strategy\":\"slab\",\"nsPerEventOfRuns\":[1],\"series\":"
                        + "{\"interval\":100,\"requested\":[10,2000000],\"committed\":[65536,3000000]}}",
                "{\"trace\":\"one\",\"strategy\":\"malloc\",\"nsPerEventOfRuns\":[1],\"series\":"
                        + "{\"interval\":100,\"requested\":[10,2000000],\"committed\":[null,null]}}");
        write(
                "churn",
                "{\"churn\":\"one\",\"strategy\":\"slab\",\"hours\":0.5,\"refused\":0,\"requested\":[10,20],"
                        + "\"committed\":[15,40],\"realised\":[0.5,1],\"unusable\":[0.25,0]}");
        List<String> page = render();
        List<String> charts = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".svg"))
                    .sorted()
                    .toList()) {
                charts.add(String.valueOf(file.getFileName()));
                assertThat(Files.size(file)).isLessThan(100_000);
                DocumentBuilderFactory parsers = DocumentBuilderFactory.newInstance();
                parsers.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
                parsers.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
                Document svg = parsers.newDocumentBuilder().parse(file.toFile());
                assertThat(svg.getDocumentElement().getTagName()).isEqualTo("svg");
                assertThat(page).anyMatch(line -> line.endsWith("](" + file.getFileName() + ")"));
            }
        }
        assertThat(charts)
                .containsExactly(
                        "churn-realised-one.svg",
                        "churn-unusable-one.svg",
                        "committed-one.svg",
                        "flatness-64.svg",
                        "throughput-by-threads.svg",
                        "time-by-size.svg");
        byte[] first = Files.readAllBytes(directory.resolve("time-by-size.svg"));
        render();
        assertThat(directory.resolve("time-by-size.svg")).as("drawn again").hasBinaryContent(first);
    }

    @Test
    void mustNameTheLineThatIsNoResult() throws IOException {
        write("window", benchmark("WindowBenchmark", "slabAddress", 1, "", 60), "{\"hello\": 1}");
        assertThatThrownBy(this::render)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("window.json:2: ")
                .hasMessageContaining("[hello]");
    }
}
