package dev.ashlar.adaptive.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;

/** Alerts do not go on and off around a threshold. */
class HysteresisProperties {

    @Property
    void mustRaiseOneAlertWhateverTremblesWithinTheMargin(
            @ForAll @DoubleRange(min = 0.1, max = 0.9) double threshold,
            @ForAll @DoubleRange(min = 0.01, max = 0.5) double margin,
            @ForAll boolean above,
            @ForAll @Size(max = 30) List<@DoubleRange(min = -0.99, max = 0.99) Double> trembling) {
        Hysteresis alert = Hysteresis.ofFraction(threshold, margin, above);
        double sign = above ? 1 : -1;
        boolean raised = alert.isRaised(false, threshold + sign * 0.05);
        assertThat(raised).as("beyond the threshold").isTrue();
        for (double part : trembling) {
            raised = alert.isRaised(raised, threshold + part * alert.margin());
            assertThat(raised).as("within the margin").isTrue();
        }
        assertThat(alert.isRaised(raised, threshold - sign * alert.margin() * 1.01))
                .as("back by more than the margin")
                .isFalse();
    }

    @Property
    void mustBeOverAtTheBestFigureAndNeverRaisedThere(
            @ForAll @DoubleRange(min = 0.01, max = 0.99) double threshold,
            @ForAll @DoubleRange(min = 0, max = 0.5) double margin,
            @ForAll boolean above) {
        Hysteresis alert = Hysteresis.ofFraction(threshold, margin, above);
        double best = above ? 0 : 1;
        assertThat(alert.isRaised(true, best)).isFalse();
        assertThat(alert.isRaised(false, best)).isFalse();
        assertThat(alert.isRaised(false, threshold))
                .as("at the threshold itself")
                .isFalse();
    }

    @Property
    void mustNotChangeForWhatIsNoNumber(@ForAll boolean wasRaised) {
        Hysteresis alert = Hysteresis.ofFraction(0.5, 0.1, true);
        assertThat(alert.isRaised(wasRaised, Double.NaN)).isEqualTo(wasRaised);
    }
}
