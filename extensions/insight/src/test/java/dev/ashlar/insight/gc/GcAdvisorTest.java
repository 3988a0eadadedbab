package dev.ashlar.insight.gc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class GcAdvisorTest {

    @Test
    void mustSeeACollectionOfThisJvmAndBeginAWindowWithEachAdvice() {
        try (GcAdvisor advisor = GcAdvisor.start()) {
            System.gc();
            GcFigures figures = advisor.advise().figures();
            for (int i = 0; i < 1_000_000 && figures.wholeCollections() == 0; i++) {
                Thread.onSpinWait(); // the notification comes on another thread
                figures = advisor.advise().figures();
            }
            assertThat(figures.longestCause()).isEqualTo("System.gc()");
            assertThat(figures.live()).isPositive();
            assertThat(figures.wholeCollections()).isEqualTo(1);
            GcFigures next = advisor.advise().figures();
            assertThat(next.wholeCollections()).isZero();
            assertThat(next.window()).isLessThan(Duration.ofSeconds(1));
        }
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
