package dev.ashlar.insight.gc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ashlar.adaptive.Profile;
import dev.ashlar.insight.optimizer.MemoryOptimizer;
import dev.ashlar.insight.optimizer.OptimizerConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GcAdvisorTest {

    @Test
    void mustSeeACollectionOfThisJvmAndBeginAWindowWithEachAdvice() {
        try (GcAdvisor advisor = GcAdvisor.start()) {
            byte[] garbage = new byte[4 << 20];
            assertThat(garbage).isNotNull();
            garbage = null;
            System.gc();
            GcFigures figures = advisor.advise().figures();
            for (int i = 0; i < 1_000_000 && figures.wholeCollections() == 0; i++) {
                Thread.onSpinWait(); // the notification comes on another thread
                figures = advisor.advise().figures();
            }
            assertThat(figures.longestCause()).isEqualTo("System.gc()");
            assertThat(figures.live()).isPositive();
            assertThat(figures.wholeCollections()).isEqualTo(1);
            assertThat(figures.reclaimed()).isGreaterThanOrEqualTo(4 << 20);
            assertThat(figures.heapBefore() - figures.heapAfter()).isGreaterThanOrEqualTo(4 << 20);
            GcFigures next = advisor.advise().figures();
            assertThat(next.wholeCollections()).isZero();
            assertThat(next.window()).isLessThan(Duration.ofSeconds(1));
        }
    }

    @Test
    void mustDoNothingWhenClosedAgain() {
        GcAdvisor advisor = GcAdvisor.start();
        advisor.close();
        advisor.close();
        assertThat(advisor.changes()).isEmpty();
    }

    /** A program in a JVM whose flight recorder cannot write. */
    static final class Unrecorded {

        private Unrecorded() {}

        public static void main(String[] options) {
            try (MemoryOptimizer optimizer = MemoryOptimizer.start(OptimizerConfig.of(Profile.PRODUCTION))) {
                System.out.println(optimizer.stop().text());
            }
        }
    }

    @Test
    void mustAdviseWhereTheFlightRecorderCannotWrite(@TempDir Path folder) throws Exception {
        Path none = Files.createFile(folder.resolve("file")).resolve("none"); // a file has no files in it
        Path output = folder.resolve("output");
        Process program = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Djava.io.tmpdir=" + none,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Unrecorded.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(program.waitFor()).as(Files.readString(output)).isZero();
        assertThat(output).content().contains("watched for", "score ", "without a recorder: ");
    }

    @Test
    void mustCountWhatIsAllocatedAndChangeNothingThatCannotBeSet() {
        try (GcAdvisor advisor = GcAdvisor.start(Duration.ofMillis(10))) {
            byte[][] blocks = new byte[64][];
            for (int i = 0; i < blocks.length; i++) {
                blocks[i] = new byte[1 << 16];
            }
            assertThat(advisor.advise().figures().allocated()).isBetween(4L << 20, 400L << 20);
            assertThat(blocks[63]).isNotNull();
            assertThat(advisor.apply(new Recommendation(
                            Recommendation.Type.HEAP_SIZE, "", "", Recommendation.Risk.LOW, List.of("-Xmx1g"))))
                    .isEmpty();
            assertThat(advisor.changes()).isEmpty();
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GcAdvisor.start(Duration.ZERO))
                .withMessage("pauseGoal is PT0S, must be positive");
    }
}
