package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Owner;
import dev.ashlar.testkit.ChurnWorkload.Mix;
import dev.ashlar.testkit.TestThread.Kind;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Rule 10: statistics equal a walk over the live blocks when the allocator is quiet. */
@OwnMemory
interface StatisticsRules extends AllocatorUnderTestFactory {

    @Test
    default void rule10_mustBeginWithNothingLive() {
        try (AllocatorUnderTest subject = subject()) {
            AllocatorStats stats = subject.stats();
            assertThat(stats.liveBlocks()).isZero();
            assertThat(stats.requestedBytes()).isZero();
            assertThat(stats.allocatedBytes()).isZero();
            assertThat(stats.allocations()).isZero();
            assertThat(stats.refused()).isZero();
            assertThat(stats.invalidFrees()).isZero();
            assertThat(stats.committedBytes()).isEqualTo(subject.source().openBytes());
        }
    }

    @Test
    default void rule10_mustEqualAWalkOverTheLiveBlocksDuringAChurn() {
        try (AllocatorUnderTest subject = subject(AllocationException.NO_LIMIT, 1 << 20)) {
            ChurnWorkload churn = new ChurnWorkload(subject, Mix.SINGLE);
            for (int i = 0; i < 40; i++) {
                churn.run(TestLength.of(100, 5_000));
                assertEqualWalk(subject);
                AllocatorStats stats = subject.stats();
                assertThat(stats.allocations()).as("allocations").isEqualTo(churn.served());
                assertThat(stats.misses()).as("misses").isEqualTo(churn.missed());
                assertThat(stats.refused()).as("refused").isEqualTo(churn.refused());
                assertThat(stats.peakCommittedBytes())
                        .as("peak of committed bytes")
                        .isEqualTo(subject.source().peakBytes());
            }
            churn.freeRest();
            assertThat(subject.stats().frees()).as("frees").isEqualTo(churn.served());
            assertEqualWalk(subject);
        }
    }

    @Test
    default void rule10_mustCountTheRequestThatMakesAPeakAmongTheRequestedBytesThen() {
        for (long byteSize : new long[] {64, declaredLimits().largestBlock()}) {
            try (AllocatorUnderTest subject = subject()) {
                subject.allocate(byteSize);
                assertThat(subject.stats().misses()).as("misses").isEqualTo(1);
                assertThat(subject.stats().requestedAtPeakBytes())
                        .as("requested bytes at the peak")
                        .isEqualTo(byteSize);
            }
        }
    }

    @Test
    default void rule10_mustCountAllLiveBlocksAmongTheRequestedBytesAtAPeak() {
        long largest = declaredLimits().largestBlock();
        long large = declaredLimits().beyond() == ContractLimits.Beyond.SERVED ? largest + 1 : largest;
        for (long[] byteSizes : new long[][] {{64, large}, {large, 64}}) {
            try (AllocatorUnderTest subject = subject()) {
                subject.allocate(byteSizes[0]);
                long peakBefore = subject.stats().peakCommittedBytes();
                subject.allocate(byteSizes[1]);
                AllocatorStats stats = subject.stats();
                if (stats.peakCommittedBytes() > peakBefore) {
                    assertThat(stats.requestedAtPeakBytes())
                            .as("requested bytes at the peak, of %d and then %d bytes", byteSizes[0], byteSizes[1])
                            .isEqualTo(64 + large);
                }
            }
        }
    }

    @Test
    default void rule10_mustEqualAWalkAfterBatchesAndResizes() {
        try (AllocatorUnderTest subject = subject()) {
            ChurnWorkload churn = new ChurnWorkload(subject, Mix.EVERYTHING);
            for (int i = 0; i < 20; i++) {
                churn.run(TestLength.of(100, 5_000));
                assertEqualWalk(subject);
            }
            subject.freeEverything();
            assertEqualWalk(subject);
        }
    }

    @Test
    default void rule10_mustEqualAWalkAfterManyThreadsChurned() {
        for (Kind kind : Kind.values()) {
            try (AllocatorUnderTest subject = subject(AllocationException.NO_LIMIT, 1 << 20)) {
                if (subject.isConfined()) {
                    ThreadRules.assertOtherThreadsAreRefused(subject);
                    return;
                }
                assertExactAfterChurn(subject, kind);
            }
        }
    }

    private static void assertExactAfterChurn(AllocatorUnderTest subject, Kind kind) {
        Queue<MemorySegment> exchange = new ConcurrentLinkedQueue<>();
        List<ChurnWorkload> churns = new ArrayList<>();
        int threads = kind == Kind.PLATFORM ? 4 : 40;
        for (int i = 0; i < threads; i++) {
            churns.add(new ChurnWorkload(subject, Mix.SINGLE, exchange, i));
        }
        for (int round = 0; round < 2; round++) {
            TestThread.together(
                    kind, threads, number -> churns.get(number).run(TestLength.of(4_000, 400_000) / threads));
            assertEqualWalk(subject);
            assertThat(subject.stats().allocations())
                    .as("allocations")
                    .isEqualTo(churns.stream().mapToLong(ChurnWorkload::served).sum());
            assertThat(subject.stats().refused())
                    .as("refused")
                    .isEqualTo(churns.stream().mapToLong(ChurnWorkload::refused).sum());
        }
        churns.forEach(ChurnWorkload::freeRest);
        assertEqualWalk(subject);
    }

    /** Compares every figure that a walk over the live blocks or the source's count can check. */
    static void assertEqualWalk(AllocatorUnderTest subject) {
        if (!subject.limits().hasOwnMemory()) {
            return; // it counts no blocks
        }
        AllocatorStats stats = subject.stats();
        BlockRecorder recorder = subject.recorder();
        FaultySource source = subject.source();
        assertThat(stats.liveBlocks()).as("live blocks").isEqualTo(recorder.liveBlocks());
        assertThat(stats.requestedBytes()).as("requested bytes").isEqualTo(recorder.requestedBytes());
        assertThat(stats.committedBytes()).as("committed bytes").isEqualTo(source.openBytes());
        assertThat(stats.upstreamCalls())
                .as("upstream calls: %s", source)
                .isEqualTo(source.takes() + source.refusals() + source.closes());
        assertThat(stats.allocatedBytes())
                .as("allocated bytes")
                .isBetween(stats.requestedBytes(), source.memoryBytes());
        if (stats.liveBlocks() == 0) {
            assertThat(stats.allocatedBytes()).as("allocated bytes of no block").isZero();
        }
        subject.allocator()
                .as(Owner.class)
                .ifPresent(owner -> assertThat(stats.allocatedBytes())
                        .as("allocated bytes")
                        .isEqualTo(recorder.blocks().stream()
                                .mapToLong(owner::allocatedSize)
                                .sum()));
        assertThat(stats.peakCommittedBytes()).as("peak").isGreaterThanOrEqualTo(stats.committedBytes());
        assertThat(stats.requestedAtPeakBytes()).as("requested at the peak").isBetween(0L, stats.peakCommittedBytes());
        assertThat(stats.metadataBytes()).as("metadata bytes").isNotNegative();
        assertThat(stats.misses()).as("misses").isBetween(0L, stats.allocations());
    }

    @Test
    default void rule10_mustTellNoCounterLowerThanBeforeAndNoFigureBelowZeroWhileThreadsComeAndGo() {
        try (AllocatorUnderTest subject = subject(AllocationException.NO_LIMIT, 1 << 20)) {
            if (subject.isConfined()) {
                ThreadRules.assertOtherThreadsAreRefused(subject);
                return;
            }
            AtomicBoolean done = new AtomicBoolean();
            try (TestThread reader = TestThread.platform()) {
                Future<Boolean> reading = reader.start(() -> {
                    AllocatorStats before = subject.stats();
                    while (!done.get()) {
                        AllocatorStats now = subject.stats();
                        assertFollows(before, now);
                        before = now;
                    }
                    return true;
                });
                try {
                    for (int round = 0; round < TestLength.of(6, 60); round++) {
                        TestThread.together(
                                Kind.alternating(round),
                                3,
                                number -> new ChurnWorkload(subject, Mix.EVERYTHING).run(300));
                    }
                } finally {
                    done.set(true);
                }
                reader.await(reading);
            }
            assertEqualWalk(subject);
        }
    }

    private static void assertFollows(AllocatorStats before, AllocatorStats now) {
        now.figures().forEach((name, figure) -> assertThat(figure).as(name).isNotNegative());
        assertThat(now.hits()).as("hits").isNotNegative();
        assertThat(now.allocations()).as("allocations").isGreaterThanOrEqualTo(before.allocations());
        assertThat(now.frees()).as("frees").isGreaterThanOrEqualTo(before.frees());
        assertThat(now.misses()).as("misses").isGreaterThanOrEqualTo(before.misses());
        assertThat(now.upstreamCalls()).as("upstream calls").isGreaterThanOrEqualTo(before.upstreamCalls());
        assertThat(now.refused()).as("refused").isGreaterThanOrEqualTo(before.refused());
        assertThat(now.invalidFrees()).as("invalid frees").isGreaterThanOrEqualTo(before.invalidFrees());
        assertThat(now.peakCommittedBytes()).as("peak").isGreaterThanOrEqualTo(before.peakCommittedBytes());
    }

    @Test
    default void rule10_mustTellTheLastFiguresAfterClose() {
        try (AllocatorUnderTest subject = subject(AllocationException.NO_LIMIT, 1 << 20)) {
            for (long byteSize : new long[] {1, 64, 1000, declaredLimits().largestBlock()}) {
                subject.free(subject.allocateMany(4, byteSize).getFirst());
            }
            AllocatorStats last = subject.stats();
            subject.allocator().close();
            assertToldAfterClose(subject, last);
            subject.allocator().close();
            assertToldAfterClose(subject, last);
        }
    }

    /**
     * Blocks that were live still count, because they were not freed. Committed bytes count until they are back at the
     * source.
     */
    private static void assertToldAfterClose(AllocatorUnderTest subject, AllocatorStats last) {
        AllocatorStats now = subject.stats();
        assertThat(now.committedBytes())
                .as("committed bytes")
                .isEqualTo(subject.source().openBytes());
        assertThat(now.upstreamCalls()).as("upstream calls").isGreaterThanOrEqualTo(last.upstreamCalls());
        assertThat(now.toBuilder()
                        .committedBytes(last.committedBytes())
                        .upstreamCalls(last.upstreamCalls())
                        .metadataBytes(last.metadataBytes())
                        .build())
                .isEqualTo(last);
    }
}
