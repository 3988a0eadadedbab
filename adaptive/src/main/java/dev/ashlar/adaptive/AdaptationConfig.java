package dev.ashlar.adaptive;

import dev.ashlar.spi.Range;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * How the allocator adapts. Everything has a default; {@link #DEFAULTS} suits programs that run for minutes and longer.
 *
 * @param interval time between two housekeeping passes, 1 ms to 1 h
 * @param window passes that the sliding window spans, 2 to 3600
 * @param pause time between two resizes of one tier, and between two changes of its size classes
 * @param lowHitRate below it more is retained, 0 to 1
 * @param highHitRate above it less may be retained, {@code lowHitRate} to 1
 * @param growth factor by which what is retained grows, 1.01 to 10
 * @param mostRetained bytes that a tier is made to retain at most
 * @param decay time until memory that is idle has gone back upstream; zero: it stays, up to the retained bytes
 * @param sampling how long in each interval the sizes of requests are counted; zero: never, and size classes stay
 * @param sizeClasses size classes that a computed table has beside the usual ones at most, 1 to 128
 * @param tableSaving share of the allocated bytes that another table of size classes must save, 0.001 to 1
 */
public record AdaptationConfig(
        Duration interval,
        int window,
        Duration pause,
        double lowHitRate,
        double highHitRate,
        double growth,
        long mostRetained,
        Duration decay,
        Duration sampling,
        int sizeClasses,
        double tableSaving) {

    /**
     * A pass a second over a window of a minute, and a minute between resizes. A hit rate below 0.90 is too low, and
     * above 0.99 needs no more memory. Counting sizes for a hundredth of the time makes it a hundredth as dear. 64
     * classes are fewer than the 88 that a fixed table needs for the same range; a change of table leaves memory in the
     * old classes for a while, and must save 3 % to be worth that.
     */
    public static final AdaptationConfig DEFAULTS = new AdaptationConfig(
            Duration.ofSeconds(1),
            60,
            Duration.ofMinutes(1),
            0.90,
            0.99,
            1.2,
            256L << 20,
            Duration.ofSeconds(10),
            Duration.ofMillis(10),
            64,
            0.03);

    /**
     * Checks every value.
     *
     * @throws IllegalArgumentException naming the value and what is allowed
     */
    public AdaptationConfig {
        Duration hour = Duration.ofHours(1);
        Range.requireBetween("interval", interval, Duration.ofMillis(1), hour);
        Range.requireBetween("window", window, 2, 3600);
        Range.requireBetween("pause", pause, Duration.ZERO, Duration.ofDays(1));
        Range.requireBetween("lowHitRate", lowHitRate, 0.0, 1.0);
        Range.requireBetween("highHitRate", highHitRate, lowHitRate, 1.0);
        Range.requireBetween("growth", growth, 1.01, 10.0);
        Range.requireBetween("mostRetained", mostRetained, 0L, Long.MAX_VALUE);
        Range.requireBetween("decay", decay, Duration.ZERO, Duration.ofDays(1));
        Range.requireBetween("sampling", sampling, Duration.ZERO, interval);
        Range.requireBetween("sizeClasses", sizeClasses, 1, 128);
        Range.requireBetween("tableSaving", tableSaving, 0.001, 1.0);
    }

    /**
     * These values with some changed, as in {@code DEFAULTS.with(to -> to.decay = Duration.ofMinutes(1))}.
     *
     * @param change sets what is to be other
     * @throws IllegalArgumentException naming the value and what is allowed
     */
    public AdaptationConfig with(Consumer<Values> change) {
        Values to = new Values(this);
        change.accept(to);
        return new AdaptationConfig(
                to.interval,
                to.window,
                to.pause,
                to.lowHitRate,
                to.highHitRate,
                to.growth,
                to.mostRetained,
                to.decay,
                to.sampling,
                to.sizeClasses,
                to.tableSaving);
    }

    /** The components as variables, with their names, units and ranges. Not safe for use by many threads. */
    public static final class Values {
        public Duration interval;
        public int window;
        public Duration pause;
        public double lowHitRate;
        public double highHitRate;
        public double growth;
        public long mostRetained;
        public Duration decay;
        public Duration sampling;
        public int sizeClasses;
        public double tableSaving;

        private Values(AdaptationConfig from) {
            interval = from.interval;
            window = from.window;
            pause = from.pause;
            lowHitRate = from.lowHitRate;
            highHitRate = from.highHitRate;
            growth = from.growth;
            mostRetained = from.mostRetained;
            decay = from.decay;
            sampling = from.sampling;
            sizeClasses = from.sizeClasses;
            tableSaving = from.tableSaving;
        }
    }
}
