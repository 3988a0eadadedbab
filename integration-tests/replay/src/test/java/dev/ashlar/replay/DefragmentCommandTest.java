package dev.ashlar.replay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The experiment with compaction, with little memory. */
class DefragmentCommandTest {

    @Test
    void mustReachLessMemoryThanBeforeWhateverTheSizes() {
        Run run = Run.of("replay", "defragment", "--fill=4", "--freed=90", "--strategies=slab,tlsf");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.lines()).hasSize(1 + 2 * (SizeLaw.values().length + TraceFile.BUNDLED.size()));
        assertThat(run.lines().subList(1, run.lines().size())).allSatisfy(line -> {
            String[] figures = line.substring(line.indexOf('%')).strip().split("[ %]+", -1);
            assertThat(Double.parseDouble(figures[3])).as(line).isLessThan(Double.parseDouble(figures[1]));
        });
    }

    @Test
    void mustMeasureReadersMeanwhile() {
        Run run = Run.of("replay", "defragment", "--fill=4", "--freed=90", "--strategies=adaptive", "--readers=2");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.lines().getFirst()).endsWith("reads");
        assertThat(run.lines().getLast()).matches(".* [0-9.]+, [0-9.]+, [0-9]+");
    }

    @Test
    void mustRefuseWhatIsOutOfRange() {
        Run run = Run.of("replay", "defragment", "--freed=100");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("--freed is 100, must be 0 to 99");
    }
}
