package dev.ashlar.metrics;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Limit;
import dev.ashlar.api.compose.Tracked;
import dev.ashlar.api.compose.TrackingReport.Site;
import dev.ashlar.metrics.Health.Kind;
import dev.ashlar.metrics.Health.Reason;
import dev.ashlar.metrics.Health.Status;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Observes the health of one allocator.
 *
 * {@snippet class="dev.ashlar.verification.shown.MetricsCodeTest" region="health"}
 *
 * <p>Rates are those of a window, so that a bad start does not count for the life of the program. Each {@link #now} is
 * compared with the oldest one in the window, so it should be called regularly. A call costs
 * that of {@code stats()}, and with tracking two walks over the sampled live blocks, at most every ten seconds.
 *
 * <p>Safe for use by many threads, which wait for each other.
 */
public final class HealthCheck {

    private static final Duration LEAK_INTERVAL = Duration.ofSeconds(10);
    private static final long LEAST_REQUESTS = 1000;
    private static final long LEAST_WASTE = 16 << 20;

    private final String name;
    private final Allocator allocator;
    private final Map<Kind, Threshold> thresholds;
    private final Duration length;
    private final Duration leakAge;
    private final InstantSource clock;

    /** What was seen in the window, and the last sight before it. Guarded by this. */
    private final List<Sight> window = new ArrayList<>();

    /** Where a figure begins to be bad, and where it is too bad. */
    private record Threshold(double degraded, double down) {}

    /** Figures at one moment. */
    private record Sight(
            Instant time, AllocatorStats stats, @Nullable Leaks leaks) {}

    /** What the tracking knows of leaks. */
    private record Leaks(Instant time, long oldBytes, long unreachable) {}

    private HealthCheck(Builder builder, String name, Allocator allocator) {
        this.name = name;
        this.allocator = allocator;
        thresholds = new EnumMap<>(builder.thresholds);
        length = builder.window;
        leakAge = builder.leakAge;
        clock = builder.clock;
        window.add(look());
    }

    /** A builder that starts from the defaults, which are those of {@link Health.Kind}. */
    public static Builder builder() {
        return new Builder();
    }

    /** The health at this moment. */
    public synchronized Health now() {
        List<Reason> reasons = new ArrayList<>();
        if (allocator.isClosed()) {
            judge(reasons, Kind.CLOSED, 1, "it is closed");
            return Health.of(reasons);
        }
        Sight now = look();
        window.add(now);
        while (window.size() > 2 && !window.get(1).time.isAfter(now.time.minus(length))) {
            window.removeFirst();
        }
        compare(window.getFirst(), now, reasons);
        return Health.of(reasons);
    }

    private Sight look() {
        Instant time = clock.instant();
        Leaks leaks =
                allocator.as(Tracked.class).map(blocks -> leaks(blocks, time)).orElse(null);
        return new Sight(time, allocator.stats(), leaks);
    }

    private Leaks leaks(Tracked blocks, Instant time) {
        Leaks last = window.isEmpty() ? null : window.getLast().leaks;
        if (last != null && time.isBefore(last.time.plus(LEAK_INTERVAL))) {
            return last;
        }
        long unreachable = blocks.report().sites().stream()
                .mapToLong(Site::unreachableBlocks)
                .sum();
        return new Leaks(time, blocks.reportOlderThan(leakAge).liveBytes(), unreachable);
    }

    private void compare(Sight before, Sight now, List<Reason> reasons) {
        double served = now.stats.allocations() - before.stats.allocations();
        double missed = now.stats.misses() - before.stats.misses();
        double refused = now.stats.refused() - before.stats.refused();
        if (served >= LEAST_REQUESTS) {
            judge(reasons, Kind.HIT_RATE, 1 - missed / served, "%.1f %% of the requests were hits");
        }
        if (refused > 0) {
            judge(reasons, Kind.REFUSALS, refused / (served + refused), "%.2f %% of the requests were refused");
        }
        double committed = now.stats.committedBytes();
        double waste = committed - now.stats.requestedBytes();
        if (waste >= LEAST_WASTE) {
            judge(reasons, Kind.FRAGMENTATION, waste / committed, "%.1f %% of the committed bytes are not requested");
        }
        Limit limit = allocator.as(Limit.class).orElse(null);
        if (limit != null && limit.limitBytes() != AllocationException.NO_LIMIT) {
            double used = (double) limit.usedBytes() / limit.limitBytes();
            judge(reasons, Kind.PRESSURE, used, "%.1f %% of the limit are used");
        }
        if (before.leaks != null && now.leaks != null) {
            double growth = now.leaks.oldBytes - before.leaks.oldBytes;
            String old = "blocks older than " + leakAge.toSeconds() + " s grew by %,.0f bytes";
            judge(reasons, Kind.LEAKS, growth, old);
            double unreachable = now.leaks.unreachable;
            judge(reasons, Kind.UNREACHABLE, unreachable, "%,.0f live blocks are lost: no code has them");
        }
    }

    private void judge(List<Reason> reasons, Kind kind, double figure, String sentence) {
        Threshold threshold = Objects.requireNonNull(thresholds.get(kind));
        double sign = kind == Kind.HIT_RATE ? -1 : 1; // the only one that is better if it is higher
        if (sign * figure > sign * threshold.degraded) {
            boolean isDown = sign * figure > sign * threshold.down;
            Status status = isDown ? Status.DOWN : Status.DEGRADED;
            String text = String.format(Locale.ROOT, sentence, sentence.contains("%%") ? figure * 100 : figure);
            double passed = isDown ? threshold.down : threshold.degraded;
            reasons.add(new Reason(name, kind, status, figure, passed, "allocator '" + name + "': " + text));
        }
    }

    /** Sets thresholds. May be used for any number of allocators. Not safe for use by many threads. */
    public static final class Builder {

        private final Map<Kind, Threshold> thresholds = new EnumMap<>(Kind.class);
        private Duration window = Duration.ofMinutes(1);
        private Duration leakAge = Duration.ofMinutes(10);
        private InstantSource clock = InstantSource.system();

        private Builder() {
            for (Kind kind : Kind.values()) {
                thresholds.put(kind, new Threshold(kind.degraded, kind.down));
            }
        }

        /**
         * Sets the thresholds of a figure. The defaults are those of {@link Health.Kind}.
         *
         * @param kind the figure
         * @param degraded the last value that is {@link Status#UP}
         * @param down the last value that is not {@link Status#DOWN}, at least as bad as the other
         * @throws IllegalArgumentException if {@code down} is better than {@code degraded}
         */
        public Builder threshold(Kind kind, double degraded, double down) {
            boolean isInOrder = kind == Kind.HIT_RATE ? down <= degraded : degraded <= down; // false for NaN
            if (!isInOrder) {
                throw new IllegalArgumentException("The thresholds of " + kind + " are " + degraded + " and " + down
                        + ", must be numbers of which the second is not better");
            }
            thresholds.put(kind, new Threshold(degraded, down));
            return this;
        }

        /**
         * Sets over what time rates are taken (1 minute).
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
         * Sets from what age a live block counts for {@link Kind#LEAKS} (10 minutes).
         *
         * @param age longer than blocks usually live
         */
        public Builder leakAge(Duration age) {
            leakAge = Objects.requireNonNull(age, "age");
            return this;
        }

        /**
         * Sets the clock of the window.
         *
         * @param source the system's clock by default
         */
        public Builder clock(InstantSource source) {
            clock = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Begins to observe an allocator.
         *
         * @param name names it in reasons
         * @param allocator an allocator that any thread may use
         */
        public HealthCheck of(String name, Allocator allocator) {
            return new HealthCheck(this, name, allocator);
        }
    }
}
