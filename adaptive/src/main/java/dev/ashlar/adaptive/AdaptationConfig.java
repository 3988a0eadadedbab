package dev.ashlar.adaptive;

import java.time.Duration;

/**
 * How the allocator adapts. Everything has a default; {@link #DEFAULTS} suits programs that run for minutes and longer.
 *
 * @param interval time between two housekeeping passes, 1 ms to 1 h
 * @param window passes that the sliding window spans, 2 to 3600
 * @param pause time between two resizes of one tier, and between two changes of its size classes
 * @param lowHitRate below it capacity grows, 0 to 1
 * @param highHitRate above it capacity may shrink, {@code lowHitRate} to 1
 * @param growth factor by which capacity grows, 1.01 to 10
 * @param largestCapacity bytes that a tier's capacity grows to at most
 * @param decay time until memory that is idle has gone back upstream; zero: it stays, up to the capacity
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
        long largestCapacity,
        Duration decay,
        Duration sampling,
        int sizeClasses,
        double tableSaving) {

    /**
     * A pass a second over a window of a minute, and a minute between resizes. A hit rate below 0.90 is too low, and above
     * 0.99 needs no more memory. Counting sizes for a hundredth of the time makes it a hundredth as dear. 64 classes are
     * fewer than the 88 that a fixed table needs for the same range; a change of table leaves memory in the old classes
     * for a while, and must save 3 % to be worth that.
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
        Checks.requireBetween("interval", interval, Duration.ofMillis(1), hour);
        Checks.requireBetween("window", window, 2, 3600);
        Checks.requireBetween("pause", pause, Duration.ZERO, Duration.ofDays(1));
        Checks.requireBetween("lowHitRate", lowHitRate, 0, 1);
        Checks.requireBetween("highHitRate", highHitRate, lowHitRate, 1);
        Checks.requireBetween("growth", growth, 1.01, 10);
        Checks.requireBetween("largestCapacity", largestCapacity, 0, Long.MAX_VALUE);
        Checks.requireBetween("decay", decay, Duration.ZERO, Duration.ofDays(1));
        Checks.requireBetween("sampling", sampling, Duration.ZERO, interval);
        Checks.requireBetween("sizeClasses", sizeClasses, 1, 128);
        Checks.requireBetween("tableSaving", tableSaving, 0.001, 1);
    }

    /** A builder that starts from these values. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** Collects the values of an {@link AdaptationConfig}. Not safe for use by many threads. */
    public static final class Builder {
        private Duration interval;
        private int window;
        private Duration pause;
        private double lowHitRate;
        private double highHitRate;
        private double growth;
        private long largestCapacity;
        private Duration decay;
        private Duration sampling;
        private int sizeClasses;
        private double tableSaving;

        private Builder(AdaptationConfig from) {
            interval = from.interval;
            window = from.window;
            pause = from.pause;
            lowHitRate = from.lowHitRate;
            highHitRate = from.highHitRate;
            growth = from.growth;
            largestCapacity = from.largestCapacity;
            decay = from.decay;
            sampling = from.sampling;
            sizeClasses = from.sizeClasses;
            tableSaving = from.tableSaving;
        }

        /**
         * Sets the time between two passes.
         *
         * @param interval 1 ms to 1 h
         */
        public Builder interval(Duration interval) {
            this.interval = interval;
            return this;
        }

        /**
         * Sets what the sliding window spans.
         *
         * @param passes 2 to 3600
         */
        public Builder window(int passes) {
            this.window = passes;
            return this;
        }

        /**
         * Sets the time between two changes of one tier.
         *
         * @param pause 0 to a day
         */
        public Builder pause(Duration pause) {
            this.pause = pause;
            return this;
        }

        /**
         * Sets between which hit rates capacity stays as it is.
         *
         * @param low below it capacity grows
         * @param high above it capacity may shrink
         */
        public Builder hitRates(double low, double high) {
            this.lowHitRate = low;
            this.highHitRate = high;
            return this;
        }

        /**
         * Sets the factor by which capacity grows.
         *
         * @param growth 1.01 to 10
         */
        public Builder growth(double growth) {
            this.growth = growth;
            return this;
        }

        /**
         * Sets what a tier's capacity grows to at most.
         *
         * @param bytes 0 or more
         */
        public Builder largestCapacity(long bytes) {
            this.largestCapacity = bytes;
            return this;
        }

        /**
         * Sets the time until idle memory has gone back upstream.
         *
         * @param decay zero for never
         */
        public Builder decay(Duration decay) {
            this.decay = decay;
            return this;
        }

        /**
         * Sets how long in each interval sizes are counted.
         *
         * @param sampling zero for never
         */
        public Builder sampling(Duration sampling) {
            this.sampling = sampling;
            return this;
        }

        /**
         * Sets how many size classes a computed table has beside the usual ones at most.
         *
         * @param sizeClasses 1 to 128
         */
        public Builder sizeClasses(int sizeClasses) {
            this.sizeClasses = sizeClasses;
            return this;
        }

        /**
         * Sets what another table must save.
         *
         * @param tableSaving share of the allocated bytes
         */
        public Builder tableSaving(double tableSaving) {
            this.tableSaving = tableSaving;
            return this;
        }

        /**
         * The configuration.
         *
         * @throws IllegalArgumentException naming the value and what is allowed
         */
        public AdaptationConfig build() {
            return new AdaptationConfig(
                    interval,
                    window,
                    pause,
                    lowHitRate,
                    highHitRate,
                    growth,
                    largestCapacity,
                    decay,
                    sampling,
                    sizeClasses,
                    tableSaving);
        }
    }
}
