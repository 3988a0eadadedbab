package dev.ashlar.insight.optimizer;

import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.compose.TrackingGrowth;
import dev.ashlar.api.compose.TrackingReport;
import dev.ashlar.insight.gc.GcAdvice;
import dev.ashlar.insight.text.PlainText;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link MemoryOptimizer} saw and did. Immutable.
 *
 * @param watched how long
 * @param memory the allocator now, with its tiers, pools and history
 * @param hitRates of pools and caches, by names such as {@code pool buffers}, 0 to 1
 * @param changes what was changed, the oldest first; only the last few hundred are kept
 * @param leaks places whose live blocks grew from the first window to the middle and on to the last, or whose blocks
 *     no code has any more; the one that grows fastest first. Empty without tracking
 * @param collector advice on the garbage collector for the window with the lowest score, or null
 * @param recommendations on the allocator, for people
 */
public record OptimizerReport(
        Duration watched,
        AdaptiveReport memory,
        Map<String, Double> hitRates,
        List<Change> changes,
        List<TrackingGrowth.Site> leaks,
        @Nullable GcAdvice collector,
        List<String> recommendations) {

    /** Copies every collection. */
    public OptimizerReport {
        hitRates = Collections.unmodifiableMap(new TreeMap<>(hitRates));
        changes = List.copyOf(changes);
        leaks = List.copyOf(leaks);
        recommendations = List.copyOf(recommendations);
    }

    /**
     * The figures of a window.
     *
     * @param committedBytes at its end
     * @param use requested / committed bytes at its end, 0 to 1
     * @param hitRate of the requests in it, 0 to 1
     * @param refused requests in it that were not served
     * @param collectorTime the share of it that the garbage collector took from the program, 0 to 1
     */
    public record Window(long committedBytes, double use, double hitRate, long refused, double collectorTime) {

        private String text() {
            return PlainText.format(
                    "%,d bytes, use %.0f %%, hit rate %.3f, %d refused, collector %.1f %%",
                    committedBytes, 100 * use, hitRate, refused, 100 * collectorTime);
        }
    }

    /**
     * Something that was changed.
     *
     * @param time when
     * @param what was changed, and why
     * @param before the last window that had ended then
     * @param after the first window that began then or later; empty until it has ended
     */
    public record Change(Instant time, String what, Window before, Optional<Window> after) {

        /** The same, judged by a window if it was not yet. */
        Change until(Window window) {
            return after.isPresent() ? this : new Change(time, what, before, Optional.of(window));
        }

        private String text() {
            String end = after.map(window -> "%n    after:  %s".formatted(window.text()))
                    .orElse("");
            return PlainText.format("%s %s%n    before: %s%s", time, what, before.text(), end);
        }
    }

    /** Requested / committed bytes now, 0 to 1: how much of the memory the program uses. 1 if nothing is committed. */
    public double efficiency() {
        return 1 / memory.totals().committedOverRequested();
    }

    /** The report as text. */
    public String text() {
        AllocatorStats totals = memory.totals();
        return PlainText.format(
                        "watched for %d s: %,d bytes committed, peak %,d, ",
                        watched.toSeconds(), totals.committedBytes(), totals.peakCommittedBytes())
                + PlainText.format(
                        "efficiency %.2f, hit rate %.4f, %d refused", efficiency(), totals.hitRate(), totals.refused())
                + PlainText.part("hit rates", hitRates.entrySet().stream())
                + PlainText.part("changes", changes.stream().map(Change::text))
                + PlainText.part("leaks suspected", leaks.stream().map(OptimizerReport::text))
                + PlainText.part("recommendations", recommendations.stream())
                + (collector == null ? "" : System.lineSeparator() + collector.text());
    }

    private static String text(TrackingGrowth.Site leak) {
        TrackingReport.Site site = leak.site();
        Object place =
                site.frames().isEmpty() ? "an unknown place" : site.frames().getFirst();
        return PlainText.format(
                "%,d bytes live, %+,.0f bytes/s, %d blocks unreachable, at %s",
                site.liveBytes(), leak.growthBytesPerSecond(), site.unreachableBlocks(), place);
    }
}
