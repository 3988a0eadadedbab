package dev.ashlar.insight.gc;

import dev.ashlar.insight.gc.Bottleneck.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds bottlenecks in figures. A cause suppresses what only follows from it: a heap without room also makes young
 * collections frequent and takes time. Time that is lost is a bottleneck of its own only where no cause is found.
 */
record Bottlenecks(GcFigures figures, Duration pauseGoal, AdviceWords words, List<Bottleneck> found) {

    /** Above this the time that is lost is worth a change: Parallel's own goal is 1 %, G1's 8 %. */
    static final double LOST = 0.05;

    /** With more live memory than this each collection finds little, and has to come soon again. */
    private static final double CROWDED = 0.5;

    /** From this on a heap is at risk of an OutOfMemoryError when the load grows. */
    private static final double FULL = 0.75;

    /** More collections than this, for a young generation that could be larger, are work for nothing. */
    private static final double YOUNG_PER_SECOND = 10;

    /** One or two slow collections in a short window are not yet a share of the time. */
    private static final int ENOUGH = 3;

    private static final double LOST_TO_YOUNG = 0.01;
    private static final double MOST_PROMOTED = 0.3;
    private static final double HUMONGOUS = 0.1;
    private static final double IDLE = 0.1;

    /** A smaller heap is not worth advice on how to save memory. */
    private static final long WORTH_SAVING = 128L << 20;

    /** In a shorter window a program has hardly used its heap, whatever it needs. */
    private static final double SECONDS_OF_USE = 1;

    static List<Bottleneck> of(GcFigures figures, Duration pauseGoal, AdviceWords words) {
        Bottlenecks bottlenecks = new Bottlenecks(figures, pauseGoal, words, new ArrayList<>());
        bottlenecks.find();
        return bottlenecks.found;
    }

    private void find() {
        humongous();
        if (found.isEmpty()) {
            room();
        }
        if (found.isEmpty()) {
            young();
        }
        pauses();
        if (found.isEmpty()) {
            time();
            size();
        }
    }

    private void add(Kind kind, double value, double from, double worst) {
        add(kind, kind.name(), value, from, worst);
    }

    private void add(Kind kind, String sentence, double value, double from, double worst) {
        if (value >= from) {
            double severity = 0.2 + 0.8 * Math.clamp((value - from) / (worst - from), 0, 1);
            found.add(new Bottleneck(kind, severity, words.of(sentence)));
        }
    }

    private void humongous() {
        double ofCollections = (double) figures.humongousCollections() / Math.max(1, figures.collections());
        add(Kind.HUMONGOUS_OBJECTS, Math.max(figures.humongousShare(), ofCollections), HUMONGOUS, 0.6);
    }

    /** Whether live memory leaves too little room. */
    private void room() {
        if (figures.occupancy() >= CROWDED && figures.lost() >= LOST && figures.collections() >= ENOUGH) {
            add(Kind.HEAP_TOO_SMALL, figures.lost(), LOST, 0.2);
        } else {
            add(Kind.HIGH_OCCUPANCY, figures.occupancy(), FULL, 0.95);
        }
    }

    /** Where much is promoted, a larger young generation would only copy more at once. */
    private void young() {
        boolean diesYoung = figures.promoted() < MOST_PROMOTED * figures.allocated();
        if (diesYoung && figures.lostToYoung() >= LOST_TO_YOUNG) {
            add(Kind.FREQUENT_YOUNG_COLLECTIONS, figures.youngPerSecond(), YOUNG_PER_SECOND, 10 * YOUNG_PER_SECOND);
        }
    }

    private void pauses() {
        double longest = GcFigures.seconds(figures.longest()) / GcFigures.seconds(pauseGoal);
        boolean isStall = figures.longestStall().compareTo(figures.longestPause()) > 0;
        add(Kind.LONG_PAUSES, isStall ? "LONG_PAUSES.stall" : "LONG_PAUSES", longest, 1, 5);
    }

    private void time() {
        if (figures.collections() >= ENOUGH && figures.lostWithoutLongest() >= LOST) {
            add(Kind.TIME_IN_COLLECTOR, figures.lost(), LOST, 0.3);
        }
    }

    /** A heap that the program hardly touches. Never severe: it costs memory only. */
    private void size() {
        boolean isKnown = figures.live() >= 0;
        double touched = (double) (isKnown ? figures.live() : figures.peakUsed()) / figures.committedHeap();
        boolean isIdle = touched < IDLE && (!isKnown || figures.lost() < LOST_TO_YOUNG);
        if (isIdle && figures.committedHeap() >= WORTH_SAVING && figures.seconds() >= SECONDS_OF_USE) {
            String sentence = isKnown ? "HEAP_TOO_LARGE" : "HEAP_TOO_LARGE.uncollected";
            found.add(new Bottleneck(Kind.HEAP_TOO_LARGE, 0.2, words.of(sentence)));
        }
    }
}
