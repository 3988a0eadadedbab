package dev.ashlar.insight.optimizer;

import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.compose.TrackingGrowth;
import dev.ashlar.insight.gc.GcAdvice;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link MemoryOptimizer} saw and did. Immutable.
 *
 * @param watched how long
 * @param memory the allocator now, with its tiers, pools and history
 * @param poolHitRates by the name of the pool, 0 to 1
 * @param cacheHitRates by the name of the cache, 0 to 1
 * @param changes what was changed, the oldest first; only the last few hundred are kept
 * @param leaks places whose live blocks grew from the first window to the middle and on to the last, or whose blocks
 *     no code has any more; the one that grows fastest first. Empty without tracking
 * @param collector advice on the garbage collector for the window with the lowest score, or null
 * @param recommendations on the allocator, for people
 */
public record OptimizerReport(
        Duration watched,
        AdaptiveReport memory,
        Map<String, Double> poolHitRates,
        Map<String, Double> cacheHitRates,
        List<Change> changes,
        List<TrackingGrowth.Site> leaks,
        @Nullable GcAdvice collector,
        List<String> recommendations) {

    /** Copies every collection. */
    public OptimizerReport {
        poolHitRates = Collections.unmodifiableMap(new TreeMap<>(poolHitRates));
        cacheHitRates = Collections.unmodifiableMap(new TreeMap<>(cacheHitRates));
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
            return String.format(
                    Locale.ROOT,
                    "%,d bytes, use %.0f %%, hit rate %.3f, %d refused, collector %.1f %%",
                    committedBytes,
                    100 * use,
                    hitRate,
                    refused,
                    100 * collectorTime);
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

        private String text() {
            return time + " " + what + "%n    before: ".formatted() + before.text()
                    + after.map(window -> "%n    after:  ".formatted() + window.text())
                            .orElse("");
        }
    }

    /** Requested / committed bytes now, 0 to 1: how much of the memory the program uses. 1 if nothing is committed. */
    public double efficiency() {
        return MemoryOptimizer.use(memory.totals());
    }

    /** The report as text. */
    public String text() {
        AllocatorStats totals = memory.totals();
        return String.format(
                        Locale.ROOT,
                        "watched for %d s: %,d bytes committed, peak %,d, efficiency %.2f, hit rate %.4f, %d refused",
                        watched.toSeconds(),
                        totals.committedBytes(),
                        totals.peakCommittedBytes(),
                        efficiency(),
                        totals.hitRate(),
                        totals.refused())
                + lines("hit rates of pools", poolHitRates.entrySet().stream().map(Object::toString))
                + lines("hit rates of caches", cacheHitRates.entrySet().stream().map(Object::toString))
                + lines("changes", changes.stream().map(Change::text))
                + lines("leaks suspected", leaks.stream().map(OptimizerReport::text))
                + lines("recommendations", recommendations.stream())
                + (collector == null ? "" : System.lineSeparator() + collector.text());
    }

    private static String text(TrackingGrowth.Site leak) {
        return String.format(
                Locale.ROOT,
                "%,d bytes live, %+,.0f bytes/s, %d blocks unreachable, at %s",
                leak.site().liveBytes(),
                leak.growthBytesPerSecond(),
                leak.site().unreachableBlocks(),
                leak.site().frames().isEmpty()
                        ? "an unknown place"
                        : leak.site().frames().getFirst().toString());
    }

    private static String lines(String title, Stream<String> texts) {
        String lines = texts.map(text -> "%n  ".formatted() + text).collect(Collectors.joining());
        return lines.isEmpty() ? "" : System.lineSeparator() + title + lines;
    }
}
