package dev.ashlar.insight.gc;

import dev.ashlar.insight.gc.Bottleneck.Kind;
import dev.ashlar.insight.gc.PoolAdvice.Verdict;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What helps against a bottleneck, with the flags of the collector that runs.
 *
 * @param words of these figures
 */
record Remedies(GcFigures figures, AdviceWords words) {

    private static final long LARGEST_REGION = 32 << 20;

    Stream<Recommendation> of(Kind kind) {
        return names(kind).map(name -> words.remedy(name, figures.collector()));
    }

    private Stream<String> names(Kind kind) {
        return switch (kind) {
            case HEAP_TOO_SMALL, TIME_IN_COLLECTOR -> Stream.of("largerHeap");
            case HIGH_OCCUPANCY -> Stream.of("findLeak", "largerHeap");
            case HUMONGOUS_OBJECTS ->
                figures.regionForAll() > LARGEST_REGION ? Stream.empty() : Stream.of("largerRegions");
            case FREQUENT_YOUNG_COLLECTIONS -> Stream.of("largerYoung");
            case LONG_PAUSES -> Stream.concat(againstCalls(), Stream.of(againstPauses()));
            case HEAP_TOO_LARGE -> Stream.of("smallerHeap");
        };
    }

    private Stream<String> againstCalls() {
        return figures.longestCause().equals("System.gc()") ? Stream.of("noCall") : Stream.empty();
    }

    private String againstPauses() {
        return switch (figures.collector()) {
            case G1 -> "goal";
            case ZGC -> "largerHeap";
            default -> "concurrent";
        };
    }

    /** What pools would save. */
    Stream<Recommendation> of(List<PoolAdvice> pools) {
        return pools.stream()
                .filter(pool -> pool.verdict() == Verdict.POOL)
                .map(pool -> new AdviceWords(Map.of(
                                "type", pool.type(),
                                "place", pool.place(),
                                "share", Math.round(100 * pool.share()),
                                "saved", Math.round(pool.savedBytesPerSecond())))
                        .remedy("pool", figures.collector()));
    }
}
