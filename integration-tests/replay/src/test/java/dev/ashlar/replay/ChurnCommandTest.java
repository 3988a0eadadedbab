package dev.ashlar.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.ashlar.replay.Churn.Course;
import dev.ashlar.replay.Churn.HeapFactory;
import dev.ashlar.replay.Churn.Sample;
import dev.ashlar.spi.AllocatorProviders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hours of churn, in short: the load, its figures, what the command prints, and that strategies stay within bounds. */
class ChurnCommandTest {

    private static final int REPETITIONS = 24;

    /** The most committed bytes of a repetition over its most live bytes, of which there are only a few megabytes. */
    private static final double MOST = 2;

    /** The same in the last quarter, over the quarter before, on average: the variation no longer grows. */
    private static final double DRIFT = 1.1;

    @TempDir
    static Path folder;

    /** A part of a trace, so that all repetitions together take about a second. */
    private static Trace part() throws TraceException {
        return new TraceFile("python-small").read().head(40_000).aligned(OffsetHeap.GRANULE);
    }

    private static HeapFactory strategy(String name) {
        return blocks -> new StrategyHeap(AllocatorProviders.require(name), blocks);
    }

    @ParameterizedTest
    @ValueSource(strings = {"adaptive", "slab", "lockfree", "tlsf"})
    void fragmentationMustStayBounded(String strategy) throws TraceException {
        Course course = new Churn(part(), REPETITIONS, 0.5, 4096).play(strategy(strategy));
        assertThat(course.refused()).isZero();
        List<Sample> samples = course.samples();
        assertThat(samples).hasSize(REPETITIONS).allSatisfy(sample -> {
            assertThat(ratio(sample)).isLessThan(MOST);
            assertThat(sample.unusable()).isBetween(0.0, 0.6);
        });
        double before = ratio(samples.subList(REPETITIONS / 2, REPETITIONS * 3 / 4));
        double last = ratio(samples.subList(REPETITIONS * 3 / 4, REPETITIONS));
        assertThat(last).isLessThan(before * DRIFT);
    }

    private static double ratio(Sample sample) {
        return (double) sample.committed() / sample.requested();
    }

    private static double ratio(List<Sample> samples) {
        return samples.stream().mapToDouble(ChurnCommandTest::ratio).average().orElseThrow();
    }

    @Test
    void mustMakeTheSameRequestsOfEveryHeapAndBeginWithTheTraceItself() throws TraceException {
        Trace trace = part();
        int range = OffsetHeap.rangeFor(trace);
        Churn churn = new Churn(trace, 4, 1, 4096);
        List<Long> requested = requested(churn.play(blocks -> new FirstFit(range, blocks)));
        assertThat(requested.getFirst()).isEqualTo(trace.peakRequestedBytes);
        assertThat(requested).doesNotHaveDuplicates();
        assertThat(requested(churn.play(blocks -> new BinaryBuddy(range, blocks))))
                .isEqualTo(requested);
        assertThat(requested(churn.play(strategy("slab")))).isEqualTo(requested);
    }

    private static List<Long> requested(Course course) {
        assertThat(course.refused()).isZero();
        return course.samples().stream().map(Sample::requested).toList();
    }

    /** Three blocks, the first of which is free when the third is allocated and does not fit there. */
    private static Trace threeBlocks() {
        return new Trace(
                "three", new int[] {~0, ~1, 0, ~2, 1, 2}, new int[6], new long[] {80, 80, 160}, new long[] {8, 8, 8});
    }

    @Test
    void mustMeasureFragmentationAsDefined() {
        for (long request : new long[] {80, 88}) {
            Course course = new Churn(threeBlocks(), 2, 0, request).play(blocks -> new FirstFit(64, blocks));
            assertThat(course.samples()).hasSize(2).allSatisfy(sample -> {
                assertThat(sample.requested()).isEqualTo(240);
                assertThat(sample.committed()).isEqualTo(320);
                assertThat(sample.realised()).isCloseTo(80.0 / 240, within(1e-9));
                assertThat(sample.unusable()).isEqualTo(request == 80 ? 0 : 1);
            });
        }
    }

    @Test
    void mustCountWhatIsRefusedAndGoOn() {
        Course course = new Churn(threeBlocks(), 3, 0, 8).play(blocks -> new FirstFit(32, blocks));
        assertThat(course.refused()).isEqualTo(3); // the third block, each time
        assertThat(course.samples()).extracting(Sample::committed).containsOnly(160L);
    }

    private static Run run(String... options) throws IOException {
        Path file = Files.writeString(folder.resolve("three.trace"), "a 0 80\na 1 80\nf 0\na 2 160\nf 1\nf 2\n");
        List<String> arguments = new ArrayList<>(List.of("replay", "churn", file.toString()));
        arguments.addAll(List.of(options));
        return Run.of(arguments.toArray(String[]::new));
    }

    @Test
    void mustPrintAColumnForEachHeapAndALineForEachHour() throws IOException {
        Run run = run("--hours=0.0001", "--strategies=slab");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.lines().getFirst())
                .isEqualTo("three: 60 repetitions in 0.0 simulated hours, variation 0 to 50 %, in per cent");
        assertThat(run.lines().get(2)).isEqualTo("realised fragmentation by hour");
        assertThat(run.lines().get(3).strip().split(" {2,}")).containsExactly("slab", "first fit", "binary buddy");
        assertThat(run.lines().subList(4, 16)).allMatch(line -> line.matches(" +0\\.0( +\\d+\\.\\d){3}"));
        assertThat(run.lines().get(16)).matches(" +highest( +\\d+\\.\\d){3}");
        assertThat(run.lines().get(18)).isEqualTo("free bytes unusable for 4096 bytes by hour");
        assertThat(run.lines()).hasSize(33);
    }

    @Test
    void mustPrintAJsonObjectForEachHeap() throws IOException {
        Run run = run("--strategies=tlsf", "--hours=0.000001", "--json");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.lines()).hasSize(3);
        Map<String, Object> first = JSON.std.mapFrom(run.lines().getFirst());
        assertThat(first)
                .containsOnlyKeys(
                        "churn", "strategy", "hours", "refused", "requested", "committed", "realised", "unusable")
                .containsEntry("churn", "three")
                .containsEntry("strategy", "tlsf");
        assertThat((List<?>) first.get("realised")).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--hours=0; --hours is 0.0, must be more than 0, and at most 10000",
                "--variation=101; --variation is 101, must be 0 to 100",
                "--request=0; --request is 0, must be 1 or more",
                "--strategies=arena; arena frees blocks together; --strategies must name some that free single blocks",
                "no-such.trace; no-such.trace: no such file, and no bundled trace",
            })
    void mustRefuseWrongUsage(String argumentAndMessage) {
        int end = argumentAndMessage.indexOf(';');
        Run run = Run.of("replay", "churn", argumentAndMessage.substring(0, end));
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains(argumentAndMessage.substring(end + 2));
        assertThat(run.out()).isEmpty();
    }
}
