package dev.ashlar.insight.gc;

import static dev.ashlar.insight.gc.FiguresBuilder.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.insight.gc.Bottleneck.Kind;
import dev.ashlar.insight.gc.GcFigures.Site;
import dev.ashlar.insight.gc.PoolAdvice.Verdict;
import dev.ashlar.insight.gc.Recommendation.Risk;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GcAdviceTest {

    private final FiguresBuilder program = new FiguresBuilder();

    private void assertFirst(Kind kind) {
        GcAdvice advice = program.advice();
        assertThat(advice.bottlenecks()).isNotEmpty();
        assertThat(advice.bottlenecks().getFirst().kind()).as(advice.text()).isEqualTo(kind);
        assertThat(advice.bottlenecks()).allMatch(one -> one.severity() >= 0.2 && one.severity() <= 1);
        assertThat(advice.score()).isBetween(0.0, 0.8);
        assertThat(advice.recommendations()).isNotEmpty();
    }

    private void assertFlag(String flag) {
        assertThat(program.advice().recommendations().stream().flatMap(one -> one.flags().stream()))
                .contains(flag);
    }

    @ParameterizedTest
    @EnumSource
    void mustFindNothingInAProgramThatIsWell(Collector collector) {
        program.collector = collector;
        assertThat(program.advice().bottlenecks()).isEmpty();
        assertThat(program.advice().recommendations()).isEmpty();
        assertThat(program.advice().score()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void mustSayThatTheHeapIsTooSmallWhenLiveMemoryTakesTheRoom(Collector collector) {
        program.collector = collector;
        program.live = 700 * MIB;
        program.paused = Duration.ofSeconds(2);
        program.pausedForYoung = Duration.ofSeconds(2);
        program.young = 500;
        assertFirst(Kind.HEAP_TOO_SMALL);
        assertThat(program.advice().bottlenecks()).hasSize(1);
        assertFlag("-Xmx2100m");
    }

    @Test
    void mustTakeTimesOfAnyLength() {
        Duration huge = Duration.ofSeconds(Long.MAX_VALUE);
        assertThat(GcAdvice.of(program.figures(), huge).bottlenecks()).isEmpty();
        program.window = huge;
        program.paused = huge;
        program.stalled = huge;
        program.pausedForYoung = huge;
        assertThat(program.figures().lost()).isEqualTo(1);
        assertThat(program.figures().lostToYoung()).isEqualTo(1);
        assertFirst(Kind.LONG_PAUSES);
    }

    @Test
    void mustSayThatTheHeapIsFullWhenNoTimeIsLostYet() {
        program.live = 900 * MIB;
        assertFirst(Kind.HIGH_OCCUPANCY);
        assertFlag("-XX:+HeapDumpOnOutOfMemoryError");
    }

    @Test
    void mustFindHumongousObjectsByTheirBytesOrTheirCollections() {
        program.sites = List.of(new Site("byte[]", "a.B.c:1", 0.5, 0.4, MIB, 3 * MIB));
        assertFirst(Kind.HUMONGOUS_OBJECTS);
        assertFlag("-XX:G1HeapRegionSize=8m");
        program.sites = List.of();
        program.humongous = 5;
        assertFirst(Kind.HUMONGOUS_OBJECTS);
        assertFlag("-XX:G1HeapRegionSize=2m");
        program.sites = List.of(new Site("byte[]", "a.B.c:1", 0.5, 0.4, MIB, 20 * MIB));
        assertThat(program.advice().recommendations())
                .as("no region is large enough")
                .allMatch(one -> one.flags().isEmpty());
    }

    @Test
    void mustTellHowLargeTheYoungGenerationShouldBe() {
        program.young = 300;
        program.pausedForYoung = Duration.ofMillis(300);
        program.paused = Duration.ofSeconds(1);
        program.collector = Collector.SERIAL;
        assertFirst(Kind.FREQUENT_YOUNG_COLLECTIONS);
        assertThat(program.advice().bottlenecks())
                .as("the lost time follows from it")
                .hasSize(1);
        assertFlag("-Xmn200m");
        program.collector = Collector.G1;
        assertFlag("-XX:G1NewSizePercent=40");
    }

    @Test
    void mustNotMindFrequentCollectionsThatTakeNoTime() {
        program.young = 300;
        program.pausedForYoung = Duration.ofMillis(30);
        assertThat(program.advice().bottlenecks()).isEmpty();
    }

    @Test
    void mustNotWantALargerYoungGenerationWhereMostIsPromoted() {
        program.young = 300;
        program.pausedForYoung = Duration.ofSeconds(1);
        program.paused = Duration.ofSeconds(1);
        program.promoted = 700 * MIB;
        assertFirst(Kind.TIME_IN_COLLECTOR);
    }

    @Test
    void mustNotTakeOneSlowCollectionForAShareOfTheTime() {
        program.young = 1;
        program.whole = 1;
        program.paused = Duration.ofSeconds(1);
        assertThat(program.advice().bottlenecks()).isEmpty();
        program.young = 2;
        program.longest = Duration.ofMillis(900);
        assertThat(GcAdvice.of(program.figures(), Duration.ofSeconds(2)).bottlenecks())
                .isEmpty();
        program.longest = Duration.ofMillis(300);
        assertThat(GcAdvice.of(program.figures(), Duration.ofSeconds(2)).bottlenecks())
                .hasSize(1);
    }

    @Test
    void mustFindLongPausesAndThreadsThatWait() {
        program.longest = Duration.ofMillis(400);
        program.cause = "System.gc()";
        assertFirst(Kind.LONG_PAUSES);
        assertFlag("-XX:+ExplicitGCInvokesConcurrent");
        assertFlag("-XX:MaxGCPauseMillis=200");
        program.collector = Collector.PARALLEL;
        assertFlag("-XX:+UseZGC");
        program.collector = Collector.ZGC;
        program.longest = Duration.ZERO;
        program.stalled = Duration.ofMillis(300);
        assertFirst(Kind.LONG_PAUSES);
        assertThat(program.advice().text()).contains("a thread waited 300 ms", "Allocation Stall");
        assertFlag("-Xmx1536m");
    }

    @Test
    void mustNameLostTimeWhereNoCauseIsFound() {
        program.paused = Duration.ofSeconds(1);
        assertFirst(Kind.TIME_IN_COLLECTOR);
    }

    @Test
    void mustFindAHeapThatIsNotUsed() {
        program.live = 5 * MIB;
        assertFirst(Kind.HEAP_TOO_LARGE);
        assertThat(program.advice().recommendations()).allMatch(one -> one.risk() == Risk.LOW);
        program.live = -1;
        assertThat(program.advice().bottlenecks()).as("400 MiB were used").isEmpty();
        program.peakUsed = 5 * MIB;
        assertFirst(Kind.HEAP_TOO_LARGE);
        program.collector = Collector.ZGC;
        program.peakUsed = 40 * MIB;
        assertFlag("-XX:SoftMaxHeapSize=" + 80 * MIB);
        program.committed = 100 * MIB;
        assertThat(program.advice().bottlenecks())
                .as("there is not much to save")
                .isEmpty();
    }

    @Test
    void mustNotJudgeTheSizeOfAHeapByAMoment() {
        program.live = 5 * MIB;
        program.young = 1;
        program.paused = Duration.ZERO;
        program.pausedForYoung = Duration.ZERO;
        program.window = Duration.ofMillis(999);
        assertThat(program.advice().bottlenecks()).isEmpty();
        program.window = Duration.ofSeconds(1);
        assertFirst(Kind.HEAP_TOO_LARGE);
    }

    @Test
    void mustRankTheSevererFirstAndScoreBoth() {
        program.live = 800 * MIB;
        program.longest = Duration.ofSeconds(2);
        GcAdvice advice = program.advice();
        assertThat(advice.bottlenecks())
                .extracting(Bottleneck::kind)
                .containsExactly(Kind.LONG_PAUSES, Kind.HIGH_OCCUPANCY);
        assertThat(advice.score()).isZero();
        assertThat(advice.text()).contains("bottlenecks", "1.00 LONG_PAUSES", "recommendations", "risk LOW");
    }

    @Test
    void mustPoolWhatIsLargeAndDiesYoungAndNothingElse() {
        program.sites = List.of(
                new Site("byte[]", "a.Large.read:7", 0.4, 0.4, 16_384, 16_384),
                new Site("java.lang.Long", "a.Small.box:8", 0.3, 0, 0, 0),
                new Site("int[]", "a.Kept.store:9", 0.25, 0.25, 16_384, 16_384),
                new Site("char[]", "a.Rare.text:1", 0.01, 0.01, 16_384, 16_384));
        program.promoted = 100 * MIB;
        List<PoolAdvice> pools = program.advice().pools();
        assertThat(pools)
                .extracting(PoolAdvice::verdict)
                .containsExactly(Verdict.POOL, Verdict.DO_NOT_POOL, Verdict.POOL);
        assertThat(pools.getFirst().savedBytesPerSecond()).isEqualTo(80.0 * MIB);
        assertThat(pools.getFirst().diesYoung()).isEqualTo(0.875);
        assertThat(pools.getFirst().text()).contains("POOL byte[] at a.Large.read:7", "40 % of the garbage");
        program.promoted = 150 * MIB;
        assertThat(program.advice().pools())
                .extracting(PoolAdvice::verdict)
                .as("a third of the bytes of int[] may have been promoted")
                .containsExactly(Verdict.POOL, Verdict.DO_NOT_POOL, Verdict.DO_NOT_POOL);
        assertThat(program.advice().recommendations()).as("it is well").isEmpty();
    }

    @Test
    void mustNotTakePromotionsForTheLifeOfHumongousObjects() {
        program.sites = List.of(new Site("byte[]", "a.B.c:1", 0.5, 0.5, MIB, MIB));
        program.promoted = 0;
        program.live = 900 * MIB;
        assertThat(program.advice().pools()).singleElement().satisfies(pool -> {
            assertThat(pool.diesYoung()).isLessThan(0.2);
            assertThat(pool.verdict()).isEqualTo(Verdict.DO_NOT_POOL);
        });
    }

    @Test
    void mustRecommendAPoolWhereTheCollectorHasTrouble() {
        program.paused = Duration.ofSeconds(1);
        program.sites = List.of(new Site("byte[]", "a.B.c:1", 0.4, 0.4, 20_000, 20_000));
        assertThat(program.advice().recommendations())
                .last()
                .satisfies(last -> assertThat(last.words())
                        .isEqualTo("Pool these objects: byte[] at a.B.c:1 make 40 % of the garbage."));
    }
}
