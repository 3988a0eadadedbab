package dev.ashlar.insight.gc;

import dev.ashlar.insight.text.PlainText;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
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
        AdviceWords words = AdviceWords.of(figures, pauseGoal);
        List<Bottleneck> bottlenecks = Bottlenecks.of(figures, pauseGoal, words).stream()
                .sorted(Comparator.comparingDouble(Bottleneck::severity).reversed())
                .toList();
        List<PoolAdvice> pools = PoolAdvice.of(figures);
        double score = bottlenecks.stream()
                .mapToDouble(bottleneck -> 1 - bottleneck.severity())
                .reduce(1, (one, other) -> one * other);
        Remedies remedies = new Remedies(figures, words);
        List<Recommendation> recommendations = Stream.concat(
                        bottlenecks.stream().map(Bottleneck::kind).flatMap(remedies::of),
                        bottlenecks.isEmpty() ? Stream.empty() : remedies.of(pools))
                .distinct()
                .toList();
        return new GcAdvice(figures, score, bottlenecks, recommendations, pools);
    }

    /** The advice as text. */
    public String text() {
        return PlainText.format("score %.2f: ", score)
                + AdviceWords.of(figures, PAUSE_GOAL).of("window")
                + PlainText.part("bottlenecks", bottlenecks.stream().map(Bottleneck::text))
                + PlainText.part("recommendations", recommendations.stream().map(Recommendation::text))
                + PlainText.part("pools", pools.stream().map(PoolAdvice::text));
    }
}
