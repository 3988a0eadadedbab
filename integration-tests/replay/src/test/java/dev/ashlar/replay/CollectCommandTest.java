package dev.ashlar.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The experiment with collected heaps, with few objects. */
class CollectCommandTest {

    @ParameterizedTest
    @EnumSource
    void mustCollectTheGarbageOfEachRound(CollectCommand.Contender contender) {
        Run run = Run.of(
                "replay",
                "collect",
                "--no-fork",
                "--collectors=" + contender,
                "--objects=10000",
                "--rounds=30",
                "--full-rounds=2");

        assertThat(run.exitCode()).as(run.err()).isZero();
        CollectionExperiment.Outcome outcome = CollectionExperiment.Outcome.read(run.lines());
        assertThat(outcome.millionsPerSecond()).isPositive();
        if (contender.name().startsWith("JAVA")) {
            assertThat(outcome.collectedShare()).isNaN();
        } else {
            // A slot that is chosen twice in a round makes more garbage than objects are made anew: never less.
            assertThat(outcome.collectedShare()).isEqualTo(1);
            assertThat(outcome.fullPauses().getTotalCount()).isPositive();
        }
    }

    @Test
    void mustReadPausesOfItsOwnAndOfTheLogOfTheJvm() {
        CollectionExperiment.Outcome outcome = CollectionExperiment.Outcome.read(List.of(
                "[0.1s][info][gc] GC(0) Pause Young (Normal) (G1 Evacuation Pause) 24M->4M(96M) 9.000ms",
                "part free",
                "Pause of the heap 2.500000ms",
                "[0.2s][info][gc] GC(1) Pause Young (Normal) (G1 Evacuation Pause) 24M->4M(96M) 7.500ms",
                "[0.2s][info][gc] GC(1) Concurrent Mark Cycle 20.000ms",
                "part full",
                "[0.3s][info][gc,phases] GC(2) y: Pause Mark Start 0.010ms",
                "part end 1000000 0.500000 0.750000 0.980000"));

        assertThat(outcome.millionsPerSecond()).isEqualTo(2);
        assertThat(outcome.processors()).isEqualTo(1.5);
        assertThat(outcome.collectedShare()).isEqualTo(0.98);
        assertThat(outcome.pausedShare()).isBetween(0.0199, 0.0201);
        assertThat(outcome.freePauses().getTotalCount()).isEqualTo(2);
        assertThat(outcome.fullPauses().getTotalCount()).isEqualTo(1);
    }

    @Test
    void mustRunInJvmsOfTheirOwn() {
        Run run = Run.of(
                "replay",
                "collect",
                "--collectors=MARK_SWEEP,JAVA_G1",
                "--objects=10000",
                "--rounds=30",
                "--full-rounds=1");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.lines()).hasSize(3);
        assertThat(run.lines().get(1)).startsWith("MARK_SWEEP").contains("100.0%");
        assertThat(run.lines().get(2)).startsWith("JAVA_G1").contains(" - ");
    }

    @Test
    void mustTellOfAHeapThatIsTooSmall() {
        Run run = Run.of(
                "replay", "collect", "--collectors=JAVA_ZGC", "--objects=1000000", "--occupancy=90", "--rounds=5");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.lines().getLast()).isEqualTo("JAVA_ZGC     out of memory");
    }

    @Test
    void mustRefuseWhatIsOutOfRange() {
        Run run = Run.of("replay", "collect", "--occupancy=95");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("--occupancy is 95, must be 5 to 90");
    }
}
