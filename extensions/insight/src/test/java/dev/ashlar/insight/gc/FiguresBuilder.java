package dev.ashlar.insight.gc;

import dev.ashlar.insight.gc.GcFigures.Site;
import java.time.Duration;
import java.util.List;

/** Figures of ten seconds of a program that is well, with what a test changes. */
final class FiguresBuilder {

    static final long MIB = 1 << 20;

    Collector collector = Collector.G1;
    Duration window = Duration.ofSeconds(10);
    long maxHeap = 1024 * MIB;
    long committed = 512 * MIB;
    long peakUsed = 400 * MIB;
    long live = 200 * MIB;
    long heapBefore = 380 * MIB;
    long heapAfter = 210 * MIB;
    long reclaimed = 1870 * MIB;
    int young = 10;
    int whole = 1;
    int humongous;
    Duration paused = Duration.ofMillis(50);
    Duration pausedForYoung = Duration.ofMillis(40);
    Duration longest = Duration.ofMillis(12);
    String cause = "G1 Evacuation Pause";
    Duration stalled = Duration.ZERO;
    long allocated = 2000 * MIB;
    long promoted = 20 * MIB;
    long region = MIB;
    List<Site> sites = List.of();

    GcFigures figures() {
        return new GcFigures(
                collector,
                window,
                maxHeap,
                committed,
                peakUsed,
                live,
                heapBefore,
                heapAfter,
                reclaimed,
                young,
                whole,
                humongous,
                paused,
                pausedForYoung,
                longest,
                cause,
                stalled,
                stalled,
                allocated,
                promoted,
                region,
                sites);
    }

    GcAdvice advice() {
        return GcAdvice.of(figures(), GcAdvice.PAUSE_GOAL);
    }
}
