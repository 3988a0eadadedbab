package dev.ashlar.insight;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Limit;
import dev.ashlar.api.compose.Tracked;
import dev.ashlar.api.compose.TrackingReport;
import dev.ashlar.insight.Health.Kind;
import dev.ashlar.insight.Health.Reason;
import dev.ashlar.insight.Health.Status;
import dev.ashlar.insight.HealthRules.Thresholds;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Observes the health of one allocator. Each {@link #now} is compared with the oldest one in the window of the rules,
 * so it should be called regularly: a {@link Dashboard} does at its interval.
 *
 * <p>A call costs that of {@code stats()}, and with tracking a walk over the sampled live blocks, at most every ten
 * seconds.
 *
 * <p>Safe for use by many threads, which wait for each other.
 */
public final class HealthCheck {

    private static final Duration LEAK_INTERVAL = Duration.ofSeconds(10);

    private final HealthRules rules;
    private final String name;
    private final Allocator allocator;
    private final Optional<Limit> limit;
    private final Optional<Tracked> tracked;

    /** What was seen in the window, and the last sight before it. Guarded by this. */
    private final Deque<Sight> window = new ArrayDeque<>();

    /** Figures at one moment. */
    private record Sight(
            Instant time, AllocatorStats stats, @Nullable Leaks leaks) {}

    /** What the tracking knows of leaks. */
    private record Leaks(Instant time, long oldBytes, long unreachableBlocks) {}

    HealthCheck(HealthRules rules, String name, Allocator allocator) {
        this.rules = rules;
        this.name = name;
        this.allocator = allocator;
        this.limit = allocator.as(Limit.class);
        this.tracked = allocator.as(Tracked.class);
        window.add(look());
    }

    /** The health at this moment. */
    public synchronized Health now() {
        if (allocator.isClosed()) {
            return Health.of(
                    List.of(new Reason(name, Kind.CLOSED, Status.DOWN, 1, 0, "allocator '" + name + "' is closed")));
        }
        Sight now = look();
        window.add(now);
        while (window.size() > 2 && isBeforeWindow(second(), now)) {
            window.remove();
        }
        return Health.of(reasons(window.element(), now));
    }

    private Sight second() {
        var sights = window.iterator();
        sights.next();
        return sights.next();
    }

    private boolean isBeforeWindow(Sight sight, Sight now) {
        return sight.time.isBefore(now.time.minus(rules.window));
    }

    private Sight look() {
        Instant time = rules.clock.instant();
        return new Sight(
                time,
                allocator.stats(),
                tracked.map(blocks -> leaks(blocks, time)).orElse(null));
    }

    private Leaks leaks(Tracked blocks, Instant time) {
        Leaks last = window.isEmpty() ? null : window.getLast().leaks;
        if (last != null && time.isBefore(last.time.plus(LEAK_INTERVAL))) {
            return last;
        }
        TrackingReport old = blocks.reportOlderThan(rules.leakAge);
        long unreachable = blocks.report().sites().stream()
                .mapToLong(TrackingReport.Site::unreachableBlocks)
                .sum();
        return new Leaks(time, old.liveBytes(), unreachable);
    }

    private List<Reason> reasons(Sight before, Sight now) {
        List<Reason> reasons = new ArrayList<>();
        long served = now.stats.allocations() - before.stats.allocations();
        long missed = now.stats.misses() - before.stats.misses();
        long refused = now.stats.refused() - before.stats.refused();
        if (served >= rules.leastRequests) {
            below(reasons, Kind.HIT_RATE, 1 - (double) missed / served, "%.1f %% of the requests were hits");
        }
        if (refused > 0) {
            above(
                    reasons,
                    Kind.REFUSALS,
                    (double) refused / (served + refused),
                    "%.2f %% of the requests were refused");
        }
        long committed = now.stats.committedBytes();
        long waste = committed - now.stats.requestedBytes();
        if (waste >= rules.leastWasteBytes) {
            above(
                    reasons,
                    Kind.FRAGMENTATION,
                    (double) waste / committed,
                    "%.1f %% of the committed bytes are not requested");
        }
        limit.filter(one -> one.limitBytes() != AllocationException.NO_LIMIT)
                .ifPresent(one -> above(
                        reasons,
                        Kind.PRESSURE,
                        (double) one.usedBytes() / one.limitBytes(),
                        "%.1f %% of the limit are used"));
        if (before.leaks != null && now.leaks != null) {
            above(
                    reasons,
                    Kind.LEAKS,
                    (double) (now.leaks.oldBytes - before.leaks.oldBytes),
                    "blocks older than " + rules.leakAge.toSeconds() + " s grew by %,.0f bytes");
            above(
                    reasons,
                    Kind.UNREACHABLE,
                    (double) now.leaks.unreachableBlocks,
                    "%,.0f live blocks are lost: no code has them any more");
        }
        return reasons;
    }

    private void below(List<Reason> reasons, Kind kind, double figure, String sentence) {
        Thresholds thresholds = rules.thresholds(kind);
        if (figure < thresholds.degraded()) {
            add(reasons, kind, figure, figure < thresholds.down(), sentence);
        }
    }

    private void above(List<Reason> reasons, Kind kind, double figure, String sentence) {
        Thresholds thresholds = rules.thresholds(kind);
        if (figure > thresholds.degraded()) {
            add(reasons, kind, figure, figure > thresholds.down(), sentence);
        }
    }

    private void add(List<Reason> reasons, Kind kind, double figure, boolean isDown, String sentence) {
        Thresholds thresholds = rules.thresholds(kind);
        double shown = sentence.contains("%%") ? figure * 100 : figure;
        reasons.add(new Reason(
                name,
                kind,
                isDown ? Status.DOWN : Status.DEGRADED,
                figure,
                isDown ? thresholds.down() : thresholds.degraded(),
                "allocator '" + name + "': " + String.format(Locale.ROOT, sentence, shown)));
    }
}
