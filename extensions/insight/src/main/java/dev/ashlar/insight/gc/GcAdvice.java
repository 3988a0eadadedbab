package dev.ashlar.insight.gc;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the figures of a window say. Immutable.
 *
 * @param figures what it is derived from
 * @param score 1 if nothing is wrong, less with each bottleneck, 0 at worst
 * @param bottlenecks the most severe one first
 * @param recommendations what to do, for the first bottleneck first
 * @param pools whether the objects of the places that allocate most are worth a pool
 */
public record GcAdvice(
        GcFigures figures,
        double score,
        List<Bottleneck> bottlenecks,
        List<Recommendation> recommendations,
        List<PoolAdvice> pools) {

    /** Pauses from this on are long, unless it is set otherwise: the default goal of G1. */
    public static final Duration PAUSE_GOAL = Duration.ofMillis(200);

    /** Copies the lists. */
    public GcAdvice {
        bottlenecks = List.copyOf(bottlenecks);
        recommendations = List.copyOf(recommendations);
        pools = List.copyOf(pools);
    }

    /**
     * Derives advice from figures, and from nothing else.
     *
     * @param figures of a window that is long enough for a few collections
     * @param pauseGoal pauses from this on are long
     */
    public static GcAdvice of(GcFigures figures, Duration pauseGoal) {
        List<Bottleneck> bottlenecks = Bottlenecks.of(figures, pauseGoal).stream()
                .sorted(Comparator.comparingDouble(Bottleneck::severity).reversed())
                .toList();
        List<PoolAdvice> pools = PoolAdvice.of(figures);
        double score = bottlenecks.stream()
                .mapToDouble(bottleneck -> 1 - bottleneck.severity())
                .reduce(1, (one, other) -> one * other);
        Remedies remedies = new Remedies(figures, pauseGoal);
        Stream<Recommendation> recommendations =
                bottlenecks.stream().map(Bottleneck::kind).flatMap(kind -> remedies.of(kind).stream());
        Stream<Recommendation> pooling = bottlenecks.isEmpty() ? Stream.empty() : remedies.pooling(pools).stream();
        return new GcAdvice(
                figures,
                score,
                bottlenecks,
                Stream.concat(recommendations, pooling).distinct().toList(),
                pools);
    }

    /** The advice as text. */
    public String text() {
        return String.format(
                        Locale.ROOT,
                        "%s in %.1f s: score %.2f, %.1f %% of the time lost, %.1f young collections/s,"
                                + " %d of the whole heap, longest pause %d ms, %,.0f bytes/s allocated",
                        figures.collector(),
                        figures.seconds(),
                        score,
                        100 * figures.lost(),
                        figures.youngPerSecond(),
                        figures.wholeCollections(),
                        figures.longest().toMillis(),
                        figures.allocatedPerSecond())
                + lines("bottlenecks", bottlenecks.stream().map(Bottleneck::text))
                + lines("recommendations", recommendations.stream().map(Recommendation::text))
                + lines("pools", pools.stream().map(PoolAdvice::text));
    }

    private static String lines(String title, Stream<String> texts) {
        String lines = texts.map(text -> "%n  ".formatted() + text).collect(Collectors.joining());
        return lines.isEmpty() ? "" : System.lineSeparator() + title + lines;
    }
}
