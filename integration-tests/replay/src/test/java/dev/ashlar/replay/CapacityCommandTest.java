package dev.ashlar.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.buddy.core.BuddyAlgorithm;
import dev.ashlar.buddy.core.TlsfAlgorithm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The capacity experiment on small regions, and what the command prints. */
class CapacityCommandTest {

    private static final String[] SMALL = {
        "replay", "capacity", "--region=2", "--replacements=500", "--seeds=2", "--granule=16"
    };

    @Test
    void mustPrintARowForEachAlgorithmAndTheSameAgain() {
        Run run = Run.of(SMALL);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.lines()).hasSize(5);
        assertThat(run.lines().get(0)).contains("2 MiB", "16 bytes", "500 replacements", "0 refusals", "2 seeds");
        assertThat(run.lines().get(1)).contains("log-uniform", "uniform 1", "exponential", "Pareto");
        assertThat(run.lines().get(2)).startsWith("binary buddy").contains(" %");
        assertThat(run.lines().get(4)).startsWith("tlsf");
        assertThat(Run.of(SMALL).out()).isEqualTo(run.out());
    }

    @Test
    void mustRefuseValuesOutOfRange() {
        Run run = Run.of("replay", "capacity", "--region=0");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("--region is 0, must be 1 to 1024");
    }

    /** The theory: rounding to powers of two costs more than segregated fit. */
    @ParameterizedTest
    @EnumSource
    void mustFindThatSegregatedFitKeepsARegionFuller(SizeLaw law) {
        int buddy = new CapacityExperiment(new BuddyAlgorithm(1), law, 16 << 20, 16, 2_000, 0).run(1);
        int tlsf = new CapacityExperiment(new TlsfAlgorithm(), law, 16 << 20, 16, 2_000, 0).run(1);
        assertThat(buddy).isBetween(50, 80);
        assertThat(tlsf).isBetween(buddy + 10, 99);
    }

    /** A percentage with a few refusals counts as reached, so a region is found to be fuller. */
    @Test
    void mustNotEndBeforeMoreRequestsFoundNoRoomThanAreTolerated() {
        int strict = new CapacityExperiment(new TlsfAlgorithm(), SizeLaw.LOG_UNIFORM, 8 << 20, 16, 2_000, 0).run(1);
        int tolerant = new CapacityExperiment(new TlsfAlgorithm(), SizeLaw.LOG_UNIFORM, 8 << 20, 16, 2_000, 100).run(1);
        assertThat(tolerant).isBetween(strict + 1, 100);
    }
}
