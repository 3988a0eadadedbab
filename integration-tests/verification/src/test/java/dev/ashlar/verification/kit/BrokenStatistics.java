package dev.ashlar.verification.kit;

import dev.ashlar.api.AllocatorStats;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** Allocators with one wrong figure each, from their hundredth allocation on. */
final class BrokenStatistics {

    private BrokenStatistics() {}

    static Stream<Fault> faults() {
        return Stream.concat(wrongFigures(), wrongTimes());
    }

    private static Stream<Fault> wrongTimes() {
        String whileThreadsWork = "rule10_mustTellNoCounterLowerThanBeforeAndNoFigureBelowZeroWhileThreadsComeAndGo";
        String afterClose = "rule10_mustTellTheLastFiguresAfterClose";
        AtomicInteger snapshots = new AtomicInteger();
        return Stream.of(
                telling(
                        "forgets allocations and finds them again",
                        (stats, closed) -> {
                            long less = Math.min(snapshots.incrementAndGet() % 2, stats.frees());
                            return with(stats, "allocations", -less);
                        },
                        whileThreadsWork),
                telling(
                        "tells less than nothing",
                        (stats, closed) -> with(stats, "requestedBytes", -100_000),
                        whileThreadsWork),
                telling(
                        "leaves the block for which it took memory out of the requested bytes at the peak",
                        (stats, closed) -> with(stats, "requestedAtPeakBytes", -stats.requestedAtPeakBytes()),
                        "rule10_mustCountTheRequestThatMakesAPeakAmongTheRequestedBytesThen"),
                telling(
                        "tells no figures after it was closed",
                        (stats, closed) -> {
                            if (closed) {
                                throw new IllegalStateException("closed");
                            }
                            return stats;
                        },
                        afterClose),
                telling(
                        "counts what was live when it was closed as freed",
                        (stats, closed) -> closed ? with(stats, "liveBlocks", -stats.liveBlocks()) : stats,
                        afterClose),
                telling(
                        "tells memory that went back as committed",
                        (stats, closed) -> closed ? with(stats, "committedBytes", 4096) : stats,
                        afterClose));
    }

    private static Fault telling(
            String name, BiFunction<AllocatorStats, Boolean, AllocatorStats> told, String caughtBy) {
        return Fault.of(
                name,
                config -> new HonestAllocator(config) {
                    private boolean closed;

                    @Override
                    public synchronized AllocatorStats stats() {
                        return told.apply(super.stats(), closed);
                    }

                    @Override
                    public synchronized void close() {
                        closed = true;
                        super.close();
                    }
                },
                caughtBy);
    }

    private static Stream<Fault> wrongFigures() {
        return Stream.of(
                        "requestedBytes",
                        "allocatedBytes",
                        "committedBytes",
                        "liveBlocks",
                        "allocations",
                        "misses",
                        "upstreamCalls",
                        "refused",
                        "peakCommittedBytes")
                .flatMap(figure -> Stream.of(wrong(figure, 1), wrong(figure, -1)));
    }

    private static Fault wrong(String figure, int by) {
        return Fault.of(
                "tells " + (by > 0 ? "too high " : "too low ") + figure,
                config -> new HonestAllocator(config) {
                    @Override
                    public synchronized AllocatorStats stats() {
                        AllocatorStats stats = super.stats();
                        // Allocated bytes are bounded only by what is requested and the chunks, which are the same
                        // here.
                        return stats.allocations() < 100 ? stats : with(stats, figure, by);
                    }
                },
                "rule10_mustEqualAWalkOverTheLiveBlocksDuringAChurn");
    }

    /** Figures with one wrong value. */
    static AllocatorStats with(AllocatorStats stats, String figure, long difference) {
        AllocatorStats.Builder builder = stats.toBuilder();
        try {
            AllocatorStats.Builder.class
                    .getMethod(figure, long.class)
                    .invoke(builder, stats.figures().get(figure) + difference);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(figure, e);
        }
        return builder.build();
    }
}
