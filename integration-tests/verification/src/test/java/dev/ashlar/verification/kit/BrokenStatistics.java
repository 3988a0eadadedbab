package dev.ashlar.verification.kit;

import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Owner;
import dev.ashlar.testkit.ContractLimits;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/**
 * Allocators with one wrong figure each, from their hundredth allocation on, while blocks are live. So no other figure
 * reveals it.
 */
final class BrokenStatistics {

    private BrokenStatistics() {}

    static Stream<Fault> faults() {
        return Stream.of(wrongFigures(), impossibleFigures(), wrongBeginnings(), wrongTimes())
                .flatMap(faults -> faults);
    }

    private static Stream<Fault> wrongBeginnings() {
        return Stream.of(
                        "requestedBytes",
                        "allocatedBytes",
                        "committedBytes",
                        "liveBlocks",
                        "allocations",
                        "refused",
                        "invalidFrees")
                .map(figure -> telling(
                        "begins with " + figure,
                        (stats, closed) -> stats.allocations() == 0 ? with(stats, figure, 1) : stats,
                        "rule10_mustBeginWithNothingLive"));
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
                        "leaves a block that was live before out of the requested bytes at the peak",
                        (stats, closed) -> stats.liveBlocks() == 2 ? with(stats, "requestedAtPeakBytes", -64) : stats,
                        "rule10_mustCountAllLiveBlocksAmongTheRequestedBytesAtAPeak"),
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

    private static Stream<Fault> impossibleFigures() {
        return Stream.of(
                wrong("requestedAtPeakBytes", 1 << 30),
                wrong("metadataBytes", -1),
                Fault.of(
                                "tells less allocated than requested bytes, and nothing of a single block",
                                config -> new HonestAllocator(config) {
                                    @Override
                                    public <T> Optional<T> as(Class<T> capability) {
                                        return capability == Owner.class ? Optional.empty() : super.as(capability);
                                    }

                                    @Override
                                    public synchronized AllocatorStats stats() {
                                        AllocatorStats stats = super.stats();
                                        long less = stats.requestedBytes() - 1 - stats.allocatedBytes();
                                        return stats.liveBlocks() == 0 ? stats : with(stats, "allocatedBytes", less);
                                    }
                                },
                                "rule10_mustEqualAWalkOverTheLiveBlocksDuringAChurn")
                        .withLimits(ContractLimits.builder().build()));
    }

    private static Fault wrong(String figure, int by) {
        return Fault.of(
                "tells " + (by > 0 ? "too high " : "too low ") + figure,
                config -> new HonestAllocator(config) {
                    @Override
                    public synchronized AllocatorStats stats() {
                        AllocatorStats stats = super.stats();
                        boolean isWrong = stats.allocations() >= 100 && stats.liveBlocks() > 0;
                        return isWrong ? with(stats, figure, by) : stats;
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
