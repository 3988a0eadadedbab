package dev.ashlar.insight;

import dev.ashlar.api.Allocator;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * The thresholds that decide what {@link Health} an allocator has. Immutable; may be used for any number of allocators.
 *
 * {@snippet class="dev.ashlar.verification.shown.InsightPagesCodeTest" region="health"}
 *
 * <p>Rates are those of a window, so that a bad start does not count for the life of the program. Leaks are seen only
 * with {@linkplain dev.ashlar.api.compose.Allocators#tracking tracking}.
 */
public final class HealthRules {

    private static final HealthRules DEFAULTS = builder().build();

    private final Map<Health.Kind, Thresholds> thresholds;
    final Duration window;
    final long leastRequests;
    final long leastWasteBytes;
    final Duration leakAge;
    final InstantSource clock;

    private HealthRules(Builder builder) {
        thresholds = new EnumMap<>(builder.thresholds);
        window = builder.window;
        leastRequests = builder.leastRequests;
        leastWasteBytes = builder.leastWasteBytes;
        leakAge = builder.leakAge;
        clock = builder.clock;
    }

    /** Where a figure begins to be bad, and where it is too bad. */
    record Thresholds(double degraded, double down) {}

    Thresholds thresholds(Health.Kind kind) {
        return Objects.requireNonNull(thresholds.get(kind), kind::name);
    }

    /** The default thresholds. */
    public static HealthRules defaults() {
        return DEFAULTS;
    }

    /** A builder that starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Begins to observe an allocator.
     *
     * @param name names it in reasons
     * @param allocator an allocator that any thread may use
     */
    public HealthCheck of(String name, Allocator allocator) {
        return new HealthCheck(
                this, Objects.requireNonNull(name, "name"), Objects.requireNonNull(allocator, "allocator"));
    }

    /** Sets thresholds. Not safe for use by many threads. */
    public static final class Builder {

        private final Map<Health.Kind, Thresholds> thresholds = new EnumMap<>(Health.Kind.class);
        private Duration window = Duration.ofMinutes(1);
        private long leastRequests = 1000;
        private long leastWasteBytes = 16 << 20;
        private Duration leakAge = Duration.ofMinutes(10);
        private InstantSource clock = InstantSource.system();

        private Builder() {
            hitRate(0.5, 0);
            fragmentation(0.75, 1);
            pressure(0.9, 1);
            refusals(0, 0.01);
            leaks(64 << 20, Long.MAX_VALUE);
            thresholds.put(Health.Kind.UNREACHABLE, new Thresholds(0, Double.POSITIVE_INFINITY));
        }

        /**
         * The hit rate of the window (0.5, 0). It counts from 1,000 requests in the window.
         *
         * @param degradedBelow 0 to 1
         * @param downBelow 0 to {@code degradedBelow}; 0 for never
         * @throws IllegalArgumentException if a value is out of range
         */
        public Builder hitRate(double degradedBelow, double downBelow) {
            requireShares("downBelow", downBelow, "degradedBelow", degradedBelow);
            thresholds.put(Health.Kind.HIT_RATE, new Thresholds(degradedBelow, downBelow));
            return this;
        }

        /**
         * The share of the committed bytes that is not requested (0.75, 1). It counts from 16 MiB that are not
         * requested.
         *
         * @param degradedAbove 0 to {@code downAbove}
         * @param downAbove at most 1, which is never
         * @throws IllegalArgumentException if a value is out of range
         */
        public Builder fragmentation(double degradedAbove, double downAbove) {
            return above(Health.Kind.FRAGMENTATION, degradedAbove, downAbove);
        }

        /**
         * The used share of the limit (0.9, 1), of allocators with a {@link dev.ashlar.api.Limit}.
         *
         * @param degradedAbove 0 to {@code downAbove}
         * @param downAbove at most 1, which is never
         * @throws IllegalArgumentException if a value is out of range
         */
        public Builder pressure(double degradedAbove, double downAbove) {
            return above(Health.Kind.PRESSURE, degradedAbove, downAbove);
        }

        /**
         * The share of the window's requests that were refused (0, 0.01).
         *
         * @param degradedAbove 0 to {@code downAbove}
         * @param downAbove at most 1, which is never
         * @throws IllegalArgumentException if a value is out of range
         */
        public Builder refusals(double degradedAbove, double downAbove) {
            return above(Health.Kind.REFUSALS, degradedAbove, downAbove);
        }

        /**
         * By how many bytes live blocks of some age grew in the window (64 MiB, never). The figure is an estimate
         * unless every block is tracked.
         *
         * @param degradedAbove bytes, 0 to {@code downAbove}
         * @param downAbove bytes; {@link Long#MAX_VALUE} for never
         * @throws IllegalArgumentException if a value is out of range
         */
        public Builder leaks(long degradedAbove, long downAbove) {
            if (degradedAbove < 0 || downAbove < degradedAbove) {
                throw new IllegalArgumentException("degradedAbove is " + degradedAbove + " and downAbove " + downAbove
                        + ", must be bytes of which the second is not less than the first");
            }
            thresholds.put(Health.Kind.LEAKS, new Thresholds(degradedAbove, downAbove));
            return this;
        }

        /**
         * From what age a live block counts for {@link #leaks} (10 minutes).
         *
         * @param age longer than blocks usually live
         * @throws IllegalArgumentException if it is negative
         */
        public Builder leakAge(Duration age) {
            if (age.isNegative()) {
                throw new IllegalArgumentException("age is " + age + ", must not be negative");
            }
            leakAge = age;
            return this;
        }

        /**
         * Over what time rates are taken (1 minute).
         *
         * @param duration the length of the window
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder window(Duration duration) {
            if (!duration.isPositive()) {
                throw new IllegalArgumentException("duration is " + duration + ", must be positive");
            }
            window = duration;
            return this;
        }

        /**
         * The clock of the window.
         *
         * @param source the system's clock by default
         */
        public Builder clock(InstantSource source) {
            clock = Objects.requireNonNull(source, "source");
            return this;
        }

        private Builder above(Health.Kind kind, double degradedAbove, double downAbove) {
            requireShares("degradedAbove", degradedAbove, "downAbove", downAbove);
            thresholds.put(kind, new Thresholds(degradedAbove, downAbove));
            return this;
        }

        private static void requireShares(String lowerName, double lower, String upperName, double upper) {
            if (!(0 <= lower && lower <= upper && upper <= 1)) { // also if one is NaN
                throw new IllegalArgumentException(lowerName + " is " + lower + " and " + upperName + " " + upper
                        + ", must be from 0 to 1, the first not above the second");
            }
        }

        /** The rules. */
        public HealthRules build() {
            return new HealthRules(this);
        }
    }
}
