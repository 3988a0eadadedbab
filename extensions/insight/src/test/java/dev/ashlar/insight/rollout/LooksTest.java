package dev.ashlar.insight.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.insight.rollout.Comparison.Verdict;
import dev.ashlar.testkit.TestLength;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LooksTest {

    private static final int HALF = KeyGroups.COUNT / 2;

    private final Random random = new Random(1);
    private SideSamples control = new SideSamples();
    private SideSamples treatment = new SideSamples();
    private Looks looks = looks(0.01);

    /** Latencies have a long tail: one of a hundred takes a thousand times as long. */
    private long nanos(double typical) {
        double tail = random.nextInt(100) == 0 ? 1000 : 1;
        return (long) (typical * tail * Math.exp(random.nextGaussian() / 2));
    }

    /** Some samples of each side, with a look after them. */
    private Comparison round(int samples, int treated, double ofControl, double ofTreatment) {
        for (int i = 0; i < samples; i++) {
            int group = random.nextInt(KeyGroups.COUNT);
            if (group < treated) {
                treatment.allocated(group, nanos(ofTreatment));
            } else {
                control.allocated(group, nanos(ofControl));
            }
        }
        collect();
        looks.look(control, treatment, treated);
        return looks.comparisons().getLast();
    }

    private void collect() {
        control.collectInto(SideSamples.histogram());
        treatment.collectInto(SideSamples.histogram());
    }

    private static Looks looks(double alpha) {
        Looks looks = new Looks(alpha);
        looks.restart(0.5);
        return looks;
    }

    private void restart(double alpha) {
        control = new SideSamples();
        treatment = new SideSamples();
        looks = looks(alpha);
    }

    @Test
    void mustShowWhatIsSlowerAndWhatIsFaster() {
        assertThat(round(20_000, HALF, 100, 115).verdict()).isEqualTo(Verdict.WORSE);
        assertThat(looks.comparisons().getLast().ratio()).isBetween(1.1, 1.2);
        restart(0.01);
        assertThat(round(20_000, HALF, 115, 100).verdict()).isEqualTo(Verdict.BETTER);
        assertThat(looks.comparisons().getLast().text())
                .contains("better", "look 1")
                .contains("0.8");
    }

    @Test
    void mustSeeADifferenceThroughAOnePercentShare() {
        Comparison comparison = Comparison.none(0.01);
        for (int i = 0; i < 40 && comparison.verdict() == Verdict.NO_DIFFERENCE_SHOWN; i++) {
            comparison = round(20_000, 10, 100, 150);
        }
        assertThat(comparison.verdict()).isEqualTo(Verdict.WORSE);
        assertThat(comparison.treatmentGroups()).isEqualTo(10);
    }

    /** Without the correction for repeated looks about half of these end with a verdict. */
    @Test
    void mustRarelyErrHoweverOftenItLooks() {
        int wrong = 0;
        int runs = TestLength.of(60, 1000);
        for (int run = 0; run < runs; run++) {
            restart(0.2);
            wrong += firstVerdictOf(1.0) == Verdict.NO_DIFFERENCE_SHOWN ? 0 : 1;
        }
        assertThat(wrong).isLessThan(runs / 3);
    }

    private Verdict firstVerdictOf(double ratio) {
        Comparison comparison = Comparison.none(0.5);
        for (int samples = 200; samples <= 3200 && comparison.verdict() == Verdict.NO_DIFFERENCE_SHOWN; ) {
            comparison = round(samples, HALF, 100, 100 * ratio);
            samples *= 2;
        }
        return comparison.verdict();
    }

    /** Two keys, one of which is slow: the samples are many and say nothing of the allocators. */
    @Test
    void mustNotTakeTheKeysForTheTreatment() {
        for (int i = 0; i < 20_000; i++) {
            treatment.allocated(3, nanos(100));
            control.allocated(700, nanos(200));
        }
        collect();
        looks.look(control, treatment, HALF);
        assertThat(looks.comparisons().getLast().verdict()).isEqualTo(Verdict.NO_DIFFERENCE_SHOWN);
        assertThat(looks.comparisons().getLast().treatmentSamples()).isEqualTo(20_000);
    }

    @Test
    void mustNotLookBeforeThereAreSamplesNorAgainBeforeTheyHaveDoubled() {
        assertThat(round(150, HALF, 100, 100).look()).isZero();
        assertThat(looks.comparisons().getLast().text()).contains("too few samples");
        assertThat(round(100, HALF, 100, 100).look()).isEqualTo(1);
        assertThat(round(50, HALF, 100, 100).look()).isEqualTo(1);
        assertThat(round(300, HALF, 100, 100).look()).isEqualTo(2);
    }

    @Test
    void mustSayNothingWhenAllRequestsAreOnOneSide() {
        for (int i = 0; i < 1000; i++) {
            treatment.allocated(i, 100);
        }
        collect();
        looks.look(control, treatment, KeyGroups.COUNT);
        assertThat(looks.comparisons().getLast().look()).isZero();
    }
}
