package dev.ashlar.insight.gc;

import dev.ashlar.insight.gc.Bottleneck.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Finds bottlenecks in figures. A cause suppresses what only follows from it: a heap without room also makes young
 * collections frequent and takes time. Time that is lost is a bottleneck of its own only where no cause is found.
 */
final class Bottlenecks {

    /** Above this the time that is lost is worth a change: Parallel's own goal is 1 %, G1's 8 %. */
    private static final double LOST = 0.05;

    /** With more live memory than this each collection finds little, and has to come soon again. */
    private static final double CROWDED = 0.5;

    /** From this on a heap is at risk of an OutOfMemoryError when the load grows. */
    private static final double FULL = 0.75;

    /** More collections than this, for a young generation that could be larger, are work for nothing. */
    private static final double YOUNG_PER_SECOND = 10;

    /** One slow collection in a short window is not yet a share of the time. */
    private static final int ENOUGH = 5;

    private static final double LOST_TO_YOUNG = 0.01;
    private static final double MOST_PROMOTED = 0.3;
    private static final double HUMONGOUS = 0.1;
    private static final double IDLE = 0.1;

    /** A smaller heap is not worth advice on how to save memory. */
    private static final long WORTH_SAVING = 128L << 20;

    private final GcFigures figures;
    private final Duration pauseGoal;
    private final List<Bottleneck> found = new ArrayList<>();

    private Bottlenecks(GcFigures figures, Duration pauseGoal) {
        this.figures = figures;
        this.pauseGoal = pauseGoal;
    }

    static List<Bottleneck> of(GcFigures figures, Duration pauseGoal) {
        Bottlenecks bottlenecks = new Bottlenecks(figures, pauseGoal);
        bottlenecks.find();
        return bottlenecks.found;
    }

    private void find() {
        humongous();
        boolean isCrowded = found.isEmpty() && room();
        if (!isCrowded && found.isEmpty()) {
            young();
        }
        pauses();
        if (found.isEmpty()) {
            time();
            size();
        }
    }

    private void add(Kind kind, double value, double from, double worst, String words) {
        if (value >= from) {
            double severity = 0.2 + 0.8 * Math.clamp((value - from) / (worst - from), 0, 1);
            found.add(new Bottleneck(kind, severity, words));
        }
    }

    @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a dependency
    private static String words(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    private double collections() {
        return figures.youngCollections() + figures.wholeCollections();
    }

    private void humongous() {
        double ofCollections = collections() == 0 ? 0 : figures.humongousCollections() / collections();
        add(
                Kind.HUMONGOUS_OBJECTS,
                Math.max(figures.humongousShare(), ofCollections),
                HUMONGOUS,
                0.6,
                words(
                        "%.0f %% of the bytes are in objects of half a region (%,d bytes) or more, which began %d of %.0f"
                                + " collections",
                        100 * figures.humongousShare(),
                        figures.region() / 2,
                        figures.humongousCollections(),
                        collections()));
    }

    /** Whether live memory leaves too little room. */
    private boolean room() {
        String live = words("%,d of %,d bytes are live", figures.live(), figures.maxHeap());
        if (figures.occupancy() >= CROWDED && figures.lost() >= LOST && collections() >= ENOUGH) {
            add(
                    Kind.HEAP_TOO_SMALL,
                    figures.lost(),
                    LOST,
                    0.2,
                    live + words(", and %.0f %% of the time is lost", 100 * figures.lost()));
        } else {
            add(Kind.HIGH_OCCUPANCY, figures.occupancy(), FULL, 0.95, live + " after a collection");
        }
        return !found.isEmpty();
    }

    /** Where much is promoted, a larger young generation would only copy more at once. */
    private void young() {
        boolean diesYoung = figures.promoted() < MOST_PROMOTED * figures.allocated();
        if (diesYoung && figures.lostToYoung() >= LOST_TO_YOUNG) {
            add(
                    Kind.FREQUENT_YOUNG_COLLECTIONS,
                    figures.youngPerSecond(),
                    YOUNG_PER_SECOND,
                    10 * YOUNG_PER_SECOND,
                    words(
                            "%.0f young collections a second take %.1f %% of the time",
                            figures.youngPerSecond(), 100 * figures.lostToYoung()));
        }
    }

    private void pauses() {
        double longest = (double) figures.longest().toNanos() / pauseGoal.toNanos();
        boolean isStall = figures.longestStall().compareTo(figures.longestPause()) > 0;
        add(
                Kind.LONG_PAUSES,
                longest,
                1,
                5,
                words(
                        isStall
                                ? "a thread waited %d ms for memory (%s), the goal is %d ms"
                                : "a pause took %d ms (%s), the goal is %d ms",
                        figures.longest().toMillis(),
                        isStall ? "Allocation Stall" : figures.longestCause(),
                        pauseGoal.toMillis()));
    }

    private void time() {
        if (collections() >= ENOUGH && figures.lostWithoutLongest() >= LOST) {
            add(
                    Kind.TIME_IN_COLLECTOR,
                    figures.lost(),
                    LOST,
                    0.3,
                    words("%.1f %% of the time is lost, allowed are %.0f %%", 100 * figures.lost(), 100 * LOST));
        }
    }

    /** A heap that the program hardly touches. Never severe: it costs memory only. */
    private void size() {
        boolean isIdle = figures.live() >= 0
                ? figures.live() < IDLE * figures.committedHeap() && figures.lost() < LOST_TO_YOUNG
                : figures.peakUsed() < IDLE * figures.committedHeap();
        if (isIdle && figures.committedHeap() >= WORTH_SAVING) {
            found.add(new Bottleneck(
                    Kind.HEAP_TOO_LARGE,
                    0.2,
                    words(
                            "%s%,d bytes were used at most, of %,d committed",
                            figures.live() < 0
                                    ? ""
                                    : String.format(Locale.ROOT, "%,d bytes are live, ", figures.live()),
                            figures.peakUsed(),
                            figures.committedHeap())));
        }
    }
}
