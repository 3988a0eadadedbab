package dev.ashlar.adaptive.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** The kept bytes while a load rises and falls. Time is in milliseconds. */
class DecayCurveProperties {

    private static final long MILLI = 1_000_000;
    private static final int DECAY = 10_000;

    private static DecayCurve curve() {
        return new DecayCurve(DECAY * MILLI);
    }

    @Property
    void mustKeepEverythingThatALoadComesBackForWithinHalfOfTheTime(
            @ForAll @LongRange(max = 1_000_000) long low,
            @ForAll @LongRange(max = 1_000_000) long swing,
            @ForAll @IntRange(min = 100, max = DECAY / 4) int halfPeriod,
            @ForAll @IntRange(min = 10, max = 100) int interval,
            @ForAll @LongRange(max = 1L << 40) long start) {
        DecayCurve curve = curve();
        for (int millis = 0; millis < 3 * DECAY; millis += interval) {
            boolean high = millis / halfPeriod % 2 == 0;
            long inUse = high ? low + swing : low;
            assertThat(inUse + curve.idleBytesToKeep((start + millis) * MILLI, inUse))
                    .as("after %d ms", millis)
                    .isEqualTo(low + swing);
        }
    }

    @Property
    void mustForgetNothingBeforeTheCurveDoes(
            @ForAll @LongRange(max = 1_000_000) long low,
            @ForAll @LongRange(max = 1_000_000_000) long swing,
            @ForAll @LongRange(max = 1L << 40) long start,
            @ForAll @IntRange(max = DECAY) int millis) {
        DecayCurve curve = curve();
        curve.idleBytesToKeep(start * MILLI, low + swing);
        double x = Math.max(0, 2.0 * millis / DECAY - 1);
        double wanted = swing * (1 - x * x * (3 - 2 * x));
        assertThat(curve.idleBytesToKeep((start + millis) * MILLI, low)).isGreaterThanOrEqualTo((long) wanted - 1);
    }

    @Property
    void mustLetGoOfEverythingWhenNobodyComesBack(
            @ForAll @LongRange(max = 1_000_000) long low,
            @ForAll @LongRange(max = 1_000_000_000) long swing,
            @ForAll @IntRange(min = 10, max = 1_000) int interval) {
        DecayCurve curve = curve();
        curve.idleBytesToKeep(0, low + swing);
        long kept = Long.MAX_VALUE;
        long largestStep = 0;
        for (int millis = interval; millis <= 2 * DECAY; millis += interval) {
            long keptNow = curve.idleBytesToKeep(millis * MILLI, low);
            assertThat(keptNow).as("kept, after %d ms", millis).isBetween(0L, Math.min(swing, kept));
            if (millis <= DECAY / 2) {
                assertThat(keptNow).as("in the first half").isEqualTo(swing);
            }
            if (millis > DECAY + DECAY / 8) {
                assertThat(keptNow).as("in the end").isZero();
            }
            largestStep = Math.max(largestStep, kept == Long.MAX_VALUE ? 0 : kept - keptNow);
            kept = keptNow;
        }
        if (interval <= DECAY / 32) {
            assertThat(largestStep).as("at once").isLessThanOrEqualTo(swing / 4 + 1);
        }
    }

    @Property
    void mustKeepNothingBeyondWhatWasInUse(
            @ForAll List<@LongRange(max = 1_000_000) Long> uses, @ForAll @IntRange(min = 1, max = 5_000) int interval) {
        DecayCurve curve = curve();
        long highest = 0;
        long millis = 0;
        for (long inUse : uses) {
            highest = Math.max(highest, inUse);
            assertThat(curve.idleBytesToKeep(millis * MILLI, inUse)).isBetween(0L, highest - inUse);
            millis += interval;
        }
    }
}
