package dev.ashlar.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The replay command on a small trace: figures, output, exit codes. */
class ReplayCommandTest {

    /** Two threads, a refused block, and one that stays live. Most bytes are live after block 3. */
    private static final String TRACE = "t 1\na 0 7\na 1 100\nt 2\na 2 5000\nf 1\na 3 128\nt 1\nf 2\na 4 0\nf 0\nf 4\n";

    @TempDir
    private Path folder;

    private String trace = "";

    @BeforeEach
    void writeTrace() throws IOException {
        trace = Files.writeString(folder.resolve("small.trace"), TRACE).toString();
    }

    private Run replay(String... arguments) {
        List<String> all = new ArrayList<>(List.of("replay", "--no-fork", "--warmup=0"));
        all.addAll(List.of(arguments));
        return Run.of(all.toArray(String[]::new));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--threads=1", "--threads=2", "--api=address", "--check"})
    void mustTellTheFiguresOfARecordedOrder(String option) throws IOException {
        Run run = replay("--json", "--strategies=test-honest", option, trace);

        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isZero();
        assertThat(run.lines()).hasSize(1);
        Result result = JsonWriter.read(run.lines().getFirst());
        assertThat(result.trace()).isEqualTo("small");
        assertThat(result.strategy()).isEqualTo("test-honest");
        assertThat(result.events()).isEqualTo(9);
        assertThat(result.refused()).as("the block of 5,000 bytes").isEqualTo(1);
        assertThat(result.nsPerEvent()).isPositive();
        assertThat(result.peakRequested())
                .as("blocks 0 and 3; the refused one does not count")
                .isEqualTo(135);
        assertThat(result.peakCommitted()).isEqualTo(256);
        assertThat(result.committedOverRequested()).isEqualTo(256 / 135.0);
        assertThat(result.hitRate()).isZero();
        assertThat(result.upstreamCalls()).isEqualTo(7);
        assertThat(result.misuse()).isZero();
    }

    @Test
    void mustSampleRequestedAndCommittedBytesByEvent() throws IOException {
        Run run = replay("--json", "--strategies=test-honest", "--series", trace);
        Result result = JsonWriter.read(run.lines().getFirst());
        assertThat(result.series())
                .isEqualTo(new Series(
                        1,
                        List.of(7L, 107L, 107L, 7L, 135L, 135L, 135L, 128L, 128L),
                        List.of(64L, 192L, 192L, 64L, 192L, 192L, 256L, 192L, 128L)));
    }

    @Test
    void mustHaveTheTimeOfEachRun() throws IOException {
        Run run = replay("--json", "--strategies=test-honest", "--runs=4", trace);
        Result result = JsonWriter.read(run.lines().getFirst());
        assertThat(result.nsPerEventOfRuns()).hasSize(4).isSorted();
        assertThat(result.nsPerEvent())
                .isEqualTo((result.nsPerEventOfRuns().get(1)
                                + result.nsPerEventOfRuns().get(2))
                        / 2);
    }

    /** Blocks are freed in the order of their allocation, so only a reset returns memory. */
    @ParameterizedTest
    @ValueSource(strings = {"--api=segment", "--api=address", "--check"})
    void mustResetAnArenaWhereTheTraceHasNothingLive(String option) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int frame = 0; frame < 100; frame++) {
            int block = 2 * frame;
            lines.append("a %d 20000\na %d 30000\nf %d\nf %d\n".formatted(block, block + 1, block, block + 1));
        }
        String frames = Files.writeString(folder.resolve("frames.trace"), lines).toString();
        Run run = replay("--json", "--strategies=arena", option, frames);
        Result result = JsonWriter.read(run.lines().getFirst());
        assertThat(run.exitCode()).isZero();
        assertThat(result.frames()).isEqualTo(100);
        assertThat(result.peakCommitted()).isLessThan(200_000);
        assertThat(replay("--strategies=arena", frames).out()).contains("frames", "arena frees blocks together");
    }

    @Test
    void mustReadRatiosWhenMostBytesAreLive() throws IOException {
        String peak = Files.writeString(folder.resolve("peak.trace"), "a 0 30\na 1 190\nf 1\nf 0\na 2 64\n")
                .toString();
        Run run = replay("--json", "--strategies=test-honest", peak);
        Result result = JsonWriter.read(run.lines().getFirst());
        assertThat(result.internalFragmentation()).isEqualTo(1 - 220 / 224.0); // at the end it is 0
        assertThat(result.utilisation()).isEqualTo(224 / 256.0); // at the end it is 1
        assertThat(result.metadata()).isEqualTo(0.25);
    }

    @Test
    void mustPrintATable() {
        Run run = replay("--strategies=test-honest,malloc", "--check", trace);
        assertThat(run.exitCode()).isZero();
        assertThat(run.lines())
                .anySatisfy(line -> assertThat(line)
                        .isEqualTo("small: 9 events, 5 blocks of 2 threads;"
                                + " segment API, recorded threads, median of 5 runs, checked"))
                .anySatisfy(line -> assertThat(line).matches("test-honest +9 +1 .* 0.00 % +7 +0 +-"))
                .anySatisfy(line -> assertThat(line).matches("malloc +9 +0 .* - +- +-"))
                .anySatisfy(line -> assertThat(line).startsWith("malloc is the C library's"));
    }

    @Test
    void mustReplayOnNettyWithEveryBlockChecked() throws IOException {
        for (String threads : List.of("--threads=1", "--threads=2")) {
            Run run = replay("--strategies=netty", "--check", "--json", threads, trace);
            assertThat(run.err()).isEmpty();
            assertThat(run.exitCode()).isZero();
            Result netty = JsonWriter.read(run.lines().getFirst());
            assertThat(netty.refused()).isZero();
            assertThat(netty.peakRequested()).isEqualTo(5135);
            assertThat(netty.peakCommitted()).as("bytes of chunks").isGreaterThan(5135);
        }
    }

    @Test
    void mustLeaveOutACLibraryThatIsMissing() {
        System.setProperty("ashlar.jemalloc.library", "/nowhere/libjemalloc.so");
        try {
            Run named = replay("--strategies=jemalloc", trace);
            assertThat(named.exitCode()).isEqualTo(2);
            assertThat(named.err()).contains("jemalloc", "/nowhere/libjemalloc.so", "ashlar.jemalloc.library");
            Run all = replay("--runs=1", trace);
            assertThat(all.lines())
                    .noneMatch(line -> line.startsWith("jemalloc "))
                    .anySatisfy(line -> assertThat(line)
                            .startsWith("Left out: The strategy 'jemalloc' cannot load its C library: /nowhere/"));
        } finally {
            System.clearProperty("ashlar.jemalloc.library");
        }
    }

    @Test
    void mustReplayASampleOnTheBareJdk() {
        Run run = replay("--strategies=jdk", "--runs=1", "python-small");
        assertThat(run.exitCode()).isZero();
        assertThat(run.lines())
                .anySatisfy(line -> assertThat(line).startsWith("python-small: 491,603 events, 246,083 blocks; "))
                .anySatisfy(line -> assertThat(line).matches("jdk +100,000 .*"))
                .anySatisfy(line -> assertThat(line).contains("the first 100,000 events"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            test-overlapping  | event 2 of broken (allocate block 1, 8 bytes): the block at 0x[0-9a-f]+ .* overlaps live block 0 .*
            test-scribbling   | event 3 of broken (free block 0, 16 bytes): the contents at .* changed .* offset 8 of 16 .*
            test-leaking      | after the last event of broken: leak: 2 chunks of 128 bytes did not go back .*
            test-miscounting  | event 2 of broken (allocate block 1, 8 bytes): live are 2 blocks of 24 bytes, .* 3 blocks .*
            test-misstating   | event 2 of broken (allocate block 1, 8 bytes): live are 2 blocks of 24 bytes, .* 2 blocks of 25 .*
            test-understating | event 2 of broken (allocate block 1, 8 bytes): the memory source .* 128 bytes, .* 64 are .*
            """)
    void mustFailWithTheEventThatAStrategyBreaks(String strategy, String how) throws IOException {
        String broken = Files.writeString(folder.resolve("broken.trace"), "a 0 16\na 1 8\nf 0\nf 1\n")
                .toString();
        Run run = replay("--check", "--json", "--alignment=1", "--strategies=" + strategy + ",test-honest", broken);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err().strip())
                .matches("replay: " + strategy + " failed: "
                        + how.replace("(", "\\(").replace(")", "\\)"));
        assertThat(run.lines())
                .as("the other strategy's result only")
                .singleElement()
                .satisfies(line -> assertThat(line).contains("test-honest"));
    }

    @Test
    void mustFindAFailureOnAnyThread() throws IOException {
        String broken = Files.writeString(folder.resolve("broken.trace"), "a 0 16\na 1 8\nf 1\n")
                .toString();
        Run run = replay("--check", "--alignment=1", "--threads=2", "--strategies=test-overlapping", broken);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("test-overlapping failed: event ");
    }

    @Test
    void mustReplayInAJvmOfItsOwn() throws IOException {
        Run run = Run.of(
                "replay", "--runs=1", "--warmup=0", "--json", "--check", "--strategies=test-honest,malloc", trace);
        assertThat(run.err()).doesNotContain("replay: "); // on a slow machine it has lines of progress
        assertThat(run.exitCode()).isZero();
        assertThat(run.lines()).hasSize(2);
        Result malloc = JsonWriter.read(run.lines().getLast());
        assertThat(malloc.strategy()).isEqualTo("malloc");
        assertThat(malloc.peakRequested()).isEqualTo(5135);
        assertThat(malloc.hitRate()).isNull();
    }

    @Test
    void mustTakeTheMedianOfSeveralJvms() throws IOException {
        Run run = Run.of(
                "replay",
                "--forks=2",
                "--runs=2",
                "--warmup=0",
                "--json",
                "--strategies=test-honest,test-miscounting",
                trace);
        assertThat(run.exitCode()).as("test-miscounting fails").isEqualTo(1);
        assertThat(run.lines()).hasSize(1);
        Result result = JsonWriter.read(run.lines().getFirst());
        List<Double> times = result.nsPerEventOfRuns();
        assertThat(times).hasSize(4).isSorted();
        assertThat(result.nsPerEvent()).isEqualTo((times.get(1) + times.get(2)) / 2);
        assertThat(result.upstreamCalls()).as("of one JVM").isEqualTo(7);
    }

    @Test
    void mustReportTheFailureOfAJvmOfItsOwn() {
        Run run = Run.of("replay", "--runs=1", "--warmup=0", "--json", "--strategies=test-miscounting", trace);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void mustNotReplayAnythingIfOneTraceIsBad() throws IOException {
        Path bad = Files.writeString(folder.resolve("bad.trace"), "a 0 8\nf 1\n");
        Run run = replay("--strategies=test-honest", trace, bad.toString());
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err())
                .isEqualToIgnoringNewLines(
                        "replay: " + bad + ":2: frees block 1, which was never allocated (there are 1 so far)");
    }

    @Test
    void mustListWhatIsInstalledIfAStrategyIsUnknown() {
        Run run = replay("--strategies=slap", trace);
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err())
                .startsWith("replay: no strategy 'slap' is installed; there are ")
                .contains("test-honest, ", "malloc, jemalloc, mimalloc, tcmalloc, netty, jdk");
    }

    @ParameterizedTest
    @CsvSource({
        "--runs=0,--runs is 0",
        "--warmup=-1,--warmup is -1",
        "--forks=0,'--forks is 0, must be 1 to 100'",
        "--alignment=24,--alignment is 24",
        "--threads=-1,'--threads is -1, must be 0 to 1000'",
        "--threads=1000000,'--threads is 1000000, must be 0 to 1000'",
        "--threads=two,Invalid value for option '--threads'",
        "--threads=,Invalid value for option '--threads'",
        "--api=pointer,Invalid value for option '--api'",
        "--what,Unknown option: '--what'",
    })
    void mustRefuseWrongUsage(String option, String message) {
        Run run = Run.of("replay", option, trace);
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith("replay: " + message).endsWith("Try 'ashlar replay --help'.\n");
    }

    @Test
    void mustRefuseSeveralJvmsWithoutAFork() {
        Run run = replay("--forks=2", "--strategies=test-honest", trace);
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).startsWith("replay: --forks is 2, must be 1 with --no-fork");
    }

    @Test
    void mustPlayOnTheRecordedThreadsIfNotToldOtherwise() {
        Run run = replay("--strategies=test-honest", trace);
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).contains("recorded threads");
    }

    @Test
    void mustLeaveTheJdkOutOfSeveralThreads() {
        Run run = replay("--strategies=jdk", "--threads=2", trace);
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("jdk confines each arena to the thread that opened it");
    }
}
