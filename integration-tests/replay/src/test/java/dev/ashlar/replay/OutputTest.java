package dev.ashlar.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The output of results and strategies. */
class OutputTest {

    private static final Result FULL = new Result(
            "small",
            "slab",
            418236,
            0,
            12.34,
            List.of(12.0, 12.34, 13.5),
            8652176L,
            9437184L,
            1.09072,
            0.0417,
            0.9312,
            0.0052,
            0.9987,
            1234L,
            0L,
            3L,
            null,
            null);

    private static final Result UNKNOWN = new Result(
            "small", "jdk", 9, 2, 700.04, List.of(), 128L, null, null, null, null, null, null, null, null, null, null,
            null);

    private final StringWriter text = new StringWriter();
    private final PrintWriter out = new PrintWriter(text);

    @Test
    void mustExplainOnlyWhatIsExplained() {
        JsonWriter json = new JsonWriter(out);
        json.write(new Result(
                "small",
                "slab",
                9,
                0,
                1,
                List.of(),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                List.of("one", "two"),
                new Series(512, List.of(0L, 9L), List.of(64L, 128L))));
        assertThat(text.toString())
                .contains("\"misuse\":null,\"frames\":null,\"explanation\":[\"one\",\"two\"],\"series\":{")
                .contains("\"interval\":512", "\"requested\":[0,9]", "\"committed\":[64,128]");
    }

    @Test
    void mustPrintOneJsonObjectALineWithAllFieldsInOrder() {
        JsonWriter json = new JsonWriter(out);
        json.begin(TraceTest.trace("a 0 8"));
        json.write(FULL);
        json.write(UNKNOWN);
        json.end(List.of("a note"));
        assertThat(text.toString().lines())
                .containsExactly(
                        "{\"trace\":\"small\",\"strategy\":\"slab\",\"events\":418236,\"refused\":0,\"nsPerEvent\":12.34,\"nsPerEventOfRuns\":[12.0,12.34,13.5],"
                                + "\"peakRequested\":8652176,\"peakCommitted\":9437184,\"committedOverRequested\":1.09072,"
                                + "\"internalFragmentation\":0.0417,\"utilisation\":0.9312,\"metadata\":0.0052,"
                                + "\"hitRate\":0.9987,\"upstreamCalls\":1234,\"misuse\":0,\"frames\":3}",
                        "{\"trace\":\"small\",\"strategy\":\"jdk\",\"events\":9,\"refused\":2,\"nsPerEvent\":700.04,\"nsPerEventOfRuns\":[],"
                                + "\"peakRequested\":128,\"peakCommitted\":null,\"committedOverRequested\":null,"
                                + "\"internalFragmentation\":null,\"utilisation\":null,\"metadata\":null,"
                                + "\"hitRate\":null,\"upstreamCalls\":null,\"misuse\":null,\"frames\":null}");
    }

    @Test
    void mustReadWhatItPrinted() throws IOException {
        JsonWriter json = new JsonWriter(out);
        json.write(FULL);
        json.write(UNKNOWN);
        List<String> lines = text.toString().lines().toList();
        assertThat(JsonWriter.read(lines.get(0))).isEqualTo(FULL);
        assertThat(JsonWriter.read(lines.get(1))).isEqualTo(UNKNOWN);
    }

    @Test
    void mustLineUpTheTable() {
        TableWriter table = new TableWriter(out, "1 run", List.of("slab", "jdk"));
        table.begin(TraceTest.trace("a 0 8"));
        table.write(FULL);
        table.write(UNKNOWN);
        table.end(List.of("A note."));
        assertThat(text.toString().lines().map(String::stripTrailing))
                .containsExactlyElementsOf("""
                        test: 1 events, 1 blocks; 1 run
                                                    ns per       peak       peak  committed/  internal   utili-    meta-       hit  upstream
                        strategy   events  refused   event  requested  committed   requested    fragm.   sation     data      rate     calls  misuse  frames
                        slab      418,236        0    12.3   8.25 MiB   9.00 MiB       1.091    4.17 %  93.12 %   0.52 %   99.87 %     1,234       0       3
                        jdk             9        2   700.0   0.00 MiB          -           -         -        -        -         -         -       -       -

                        A note.
                        """.lines().toList());
    }

    @Test
    void mustListStrategies() {
        Run run = Run.of("strategies");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .contains("test-honest 1.2.3", "blocks up to 1000 bytes, alignments up to 4 KiB", "AddressAllocator")
                .contains("dev.ashlar.replay.TestProviders$Honest from file:");
    }

    @Test
    void mustExplainItself() {
        assertThat(Run.of("--version").out()).startsWith("ashlar ");
        assertThat(Run.of("--help").out()).contains("replay", "strategies");
        assertThat(Run.of("replay", "--help").out()).contains("--strategies", "Exit codes");
        assertThat(Run.of().exitCode()).isEqualTo(2);
        assertThat(Run.of("repaly").exitCode()).isEqualTo(2);
    }
}
