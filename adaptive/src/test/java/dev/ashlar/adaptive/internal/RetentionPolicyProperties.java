package dev.ashlar.adaptive.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.spi.StrategySettings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** The policy is bounded, settles under a steady load, and converges. */
class RetentionPolicyProperties {

    private static final Duration LONG_AGO = Duration.ofMinutes(2);
    private static final long LARGEST = 1_000_000;

    /** The decision for a window with these figures. */
    private static long decide(double hitRate, long retained, long inUse, Duration sinceResize, long tooSmall) {
        RetentionPolicy policy =
                new RetentionPolicy(StrategySettings.NONE.with(AdaptiveSettings.MOST_RETAINED, LARGEST));
        policy.retainedFor(Instant.EPOCH, retained, inUse); // at the start of its time
        policy.wasTooSmall(Instant.EPOCH, tooSmall);
        long requests = 100_000;
        policy.window.add(requests, Math.round(requests * (1 - hitRate)), inUse);
        return policy.retainedFor(Instant.EPOCH.plus(sinceResize), retained, inUse);
    }

    @Property
    void mustStayInBounds(
            @ForAll @DoubleRange(min = 0, max = 1) double hitRate,
            @ForAll @LongRange(max = LARGEST) long retained,
            @ForAll @LongRange(max = 2 * LARGEST) long inUse,
            @ForAll @LongRange(max = LARGEST) long tooSmall) {
        long decided = decide(hitRate, retained, inUse, LONG_AGO, tooSmall);

        assertThat(decided).isBetween(0L, LARGEST);
        if (hitRate < 0.90) {
            assertThat(decided).as("too few hits").isGreaterThanOrEqualTo(retained);
        } else {
            assertThat(decided).as("enough hits").isLessThanOrEqualTo(retained);
        }
    }

    @Property
    void mustNotResizeWithinAMinuteOfTheLastTime(
            @ForAll @DoubleRange(min = 0, max = 1) double hitRate,
            @ForAll @LongRange(max = LARGEST) long retained,
            @ForAll @LongRange(max = LARGEST) long inUse,
            @ForAll @IntRange(max = 59_999) int millis) {
        assertThat(decide(hitRate, retained, inUse, Duration.ofMillis(millis), 0))
                .isEqualTo(retained);
    }

    @Example
    void mustGrowByAFifthRoundedUp() {
        assertThat(decide(0.89, 101, 0, LONG_AGO, 0)).isEqualTo(122);
    }

    @Example
    void mustShrinkToTwiceWhatIsInUse() {
        assertThat(decide(0.995, 100, 30, LONG_AGO, 0)).isEqualTo(60);
        assertThat(decide(0.995, 100, 2, LONG_AGO, 0)).isEqualTo(10);
        assertThat(decide(0.995, 100, 50, LONG_AGO, 0)).isEqualTo(100);
        assertThat(decide(0.95, 100, 2, LONG_AGO, 0)).isEqualTo(100);
    }

    @Example
    void mustForgetAfterTenMinutesWhatWasTooSmall() {
        assertThat(decide(0.995, 1_000, 2, Duration.ofMinutes(10), 500)).isEqualTo(600);
        assertThat(decide(0.995, 1_000, 2, Duration.ofMinutes(10).plusMillis(1), 500))
                .isEqualTo(RetentionPolicy.LEAST);
    }

    @Example
    void mustDecideByNothingThatHappenedBeforeTheLastResize() {
        RetentionPolicy policy = new RetentionPolicy(StrategySettings.NONE);
        assertThat(policy.retainedFor(Instant.EPOCH, 100, 0)).isEqualTo(100);
        policy.window.add(1_000, 500, 90);
        Instant later = Instant.EPOCH.plus(LONG_AGO);
        assertThat(policy.retainedFor(later, 100, 90)).isEqualTo(120);
        policy.resized(later);
        assertThat(policy.retainedFor(later.plus(LONG_AGO), 120, 90)).isEqualTo(120);
        policy.window.add(2_000, 500, 90);
        assertThat(policy.missesTooOften()).isFalse();
    }

    /** A steady load: the use does not change, and a larger bound never lowers the hit rate. */
    private static List<Long> bounds(long first, long inUse, long needed, double steepness) {
        List<Long> bounds = new ArrayList<>(List.of(first));
        long tooSmall = 0;
        for (int i = 0; i < 300; i++) {
            long retained = bounds.getLast();
            double hitRate = Math.clamp(1 - steepness * (needed - retained) / Math.max(1, needed), 0, 1);
            if (hitRate < AdaptiveSettings.LOW_HIT_RATE.byDefault()) {
                tooSmall = retained;
            }
            bounds.add(decide(hitRate, retained, inUse, LONG_AGO, tooSmall));
        }
        return bounds;
    }

    @Property
    void mustConvergeAndNotOscillateOnASteadyLoad(
            @ForAll @LongRange(max = LARGEST) long first,
            @ForAll @LongRange(max = 10_000) long inUse,
            @ForAll @LongRange(max = 2 * LARGEST) long needed,
            @ForAll @DoubleRange(min = 0.01, max = 100) double steepness) {
        List<Long> bounds = bounds(first, inUse, needed, steepness);

        assertThat(bounds.subList(100, bounds.size())).as("settled").containsOnly(bounds.getLast());
        int turns = 0;
        long direction = 0;
        for (int i = 1; i < bounds.size(); i++) {
            long step = Long.signum(bounds.get(i) - bounds.get(i - 1));
            if (step != 0 && direction != 0 && step != direction) {
                turns++;
            }
            direction = step == 0 ? direction : step;
        }
        assertThat(turns).as("turns in %s", bounds).isLessThanOrEqualTo(1);
    }
}
