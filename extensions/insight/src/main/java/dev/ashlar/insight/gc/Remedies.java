package dev.ashlar.insight.gc;

import dev.ashlar.insight.gc.Bottleneck.Kind;
import dev.ashlar.insight.gc.PoolAdvice.Verdict;
import dev.ashlar.insight.gc.Recommendation.Risk;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What helps against a bottleneck, with the flags of the collector and the JDK that run. */
final class Remedies {

    private static final long MIB = 1 << 20;

    /** A heap of three to four times the live memory is the usual advice for collectors that copy. */
    private static final int HEAP_OVER_LIVE = 3;

    private static final long LARGEST_REGION = 32 * MIB;

    private final GcFigures figures;
    private final Duration pauseGoal;
    private final Collector collector;

    Remedies(GcFigures figures, Duration pauseGoal) {
        this.figures = figures;
        this.pauseGoal = pauseGoal;
        this.collector = figures.collector();
    }

    List<Recommendation> of(Kind kind) {
        return switch (kind) {
            case HEAP_TOO_SMALL, TIME_IN_COLLECTOR -> List.of(largerHeap());
            case HIGH_OCCUPANCY -> List.of(findLeak(), largerHeap());
            case HUMONGOUS_OBJECTS -> humongous();
            case FREQUENT_YOUNG_COLLECTIONS -> List.of(largerYoung());
            case LONG_PAUSES -> pauses();
            case HEAP_TOO_LARGE -> List.of(smallerHeap());
        };
    }

    private static String size(long bytes) {
        return Math.ceilDiv(bytes, MIB) + "m";
    }

    private Recommendation largerHeap() {
        return new Recommendation(
                Recommendation.Type.HEAP_SIZE,
                "The heap leaves too little room beside live memory.",
                "Collections become rarer by the factor by which that room grows.",
                Risk.MEDIUM,
                List.of(largerHeapFlag()));
    }

    private String largerHeapFlag() {
        return "-Xmx" + size(Math.max(HEAP_OVER_LIVE * figures.live(), figures.maxHeap() / 2 * 3));
    }

    private static Recommendation findLeak() {
        return new Recommendation(
                Recommendation.Type.PROGRAM,
                "If live memory grows without an end, find what keeps it in a heap dump.",
                "A larger heap only defers the end of a program that leaks.",
                Risk.LOW,
                List.of("-XX:+HeapDumpOnOutOfMemoryError"));
    }

    /** Larger regions, if G1 has them. What else helps are pools, see {@link #pooling}. */
    private List<Recommendation> humongous() {
        long largest = figures.sites().stream()
                .mapToLong(GcFigures.Site::largest)
                .max()
                .orElse(0);
        long region = largest == 0 ? 2 * figures.region() : 2 * Long.highestOneBit(2 * largest);
        if (region > LARGEST_REGION) {
            return List.of();
        }
        return List.of(new Recommendation(
                Recommendation.Type.REGION_SIZE,
                "With larger regions these objects are ordinary young ones.",
                "No collection begins for them, and no region is filled by one of them alone.",
                Risk.MEDIUM,
                List.of("-XX:G1HeapRegionSize=" + size(region))));
    }

    /** Room for what is allocated in a second, if that leaves half of the heap to the rest. */
    private Recommendation largerYoung() {
        long young = Math.clamp((long) figures.allocatedPerSecond(), MIB, Math.max(figures.maxHeap() / 2, MIB));
        List<String> flags = switch (collector) {
            case G1 -> List.of("-XX:+UnlockExperimentalVMOptions", "-XX:G1NewSizePercent=40");
            case PARALLEL, SERIAL -> List.of("-Xmn" + size(young));
            case ZGC -> List.of(largerHeapFlag());
            case OTHER -> List.<String>of();
        };
        return new Recommendation(
                Recommendation.Type.YOUNG_SIZE,
                "The young generation is too small for %s a second. Remove what limits it, such as -Xmn."
                        .formatted(size((long) figures.allocatedPerSecond())),
                "Collections become rarer as it grows, and fewer objects live until the next one.",
                Risk.LOW,
                flags);
    }

    private List<Recommendation> pauses() {
        List<Recommendation> advice = new ArrayList<>();
        if (figures.longestCause().equals("System.gc()")) {
            advice.add(new Recommendation(
                    Recommendation.Type.PROGRAM,
                    "The program calls System.gc(). Find the call, and remove it.",
                    "The longest pause does not come again.",
                    Risk.LOW,
                    List.of(
                            collector == Collector.G1
                                    ? "-XX:+ExplicitGCInvokesConcurrent"
                                    : "-XX:+DisableExplicitGC")));
        }
        advice.add(
                switch (collector) {
                    case G1 ->
                        new Recommendation(
                                Recommendation.Type.GOAL,
                                "Set the goal that the program needs. G1 then collects less at once.",
                                "Pauses come near the goal, unless live memory leaves no room.",
                                Risk.LOW,
                                List.of("-XX:MaxGCPauseMillis=" + pauseGoal.toMillis()));
                    case ZGC -> largerHeap();
                    default ->
                        new Recommendation(
                                Recommendation.Type.COLLECTOR,
                                "This collector stops the program for all of its work. ZGC works beside the program.",
                                "Pauses fall below a millisecond; the program loses some of its throughput.",
                                Risk.HIGH,
                                List.of("-XX:+UseZGC"));
                });
        return advice;
    }

    /** Flags that can be set in a running JVM, where there are some. */
    private Recommendation smallerHeap() {
        long heap = Math.max(16 * MIB, figures.live() < 0 ? 2 * figures.peakUsed() : 4 * figures.live());
        List<String> flags = switch (collector) {
            case ZGC -> List.of("-XX:SoftMaxHeapSize=" + heap);
            case G1 -> List.of("-XX:MaxHeapFreeRatio=50", "-XX:G1PeriodicGCInterval=60000");
            case PARALLEL, SERIAL -> List.of("-XX:MaxHeapFreeRatio=50");
            case OTHER -> List.<String>of();
        };
        return new Recommendation(
                Recommendation.Type.HEAP_SIZE,
                "The heap keeps memory that the program does not use. -Xmx" + size(heap) + " would do.",
                "The rest of the machine gets the memory.",
                Risk.LOW,
                flags);
    }

    /** What pools would save, in one recommendation. */
    List<Recommendation> pooling(List<PoolAdvice> pools) {
        return pools.stream()
                .filter(pool -> pool.verdict() == Verdict.POOL)
                .map(pool -> new Recommendation(
                        Recommendation.Type.POOLING,
                        "Pool these objects: " + pool.type() + " at " + pool.place() + " make "
                                + Math.round(100 * pool.share()) + " % of the garbage.",
                        String.format(Locale.ROOT, "Up to %,.0f bytes a second less.", pool.savedBytesPerSecond()),
                        Risk.MEDIUM,
                        List.of()))
                .toList();
    }
}
