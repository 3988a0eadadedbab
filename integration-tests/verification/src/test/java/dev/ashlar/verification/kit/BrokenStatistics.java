package dev.ashlar.verification.kit;

import dev.ashlar.api.AllocatorStats;
import java.util.stream.Stream;

/** Allocators whose figures are wrong, one figure each, from their hundredth allocation on. */
final class BrokenStatistics {

    private BrokenStatistics() {}

    static Stream<Fault> faults() {
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
                        // Allocated bytes are bounded only by what is requested and committed, which are the same here.
                        return stats.allocations() < 100 ? stats : with(stats, figure, by);
                    }
                },
                "rule10_mustEqualAWalkOverTheLiveBlocksDuringAChurn");
    }

    /** Figures of which one differs. */
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
