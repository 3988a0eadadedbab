package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.testkit.TestThread.Kind;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rule 6: a refused request changes nothing, and succeeds once memory is freed. */
@OwnMemory
interface ExhaustionRules extends AllocatorUnderTestFactory {

    /** A block size of which some hundred fit the limit, so that tests are short with any limit. */
    private long portion() {
        return Math.min(declaredLimits().largestBlock(), declaredLimits().tightLimitBytes() / 200);
    }

    @Test
    default void rule06_mustRefuseWhatPassesTheLimitAndStayAsItWas() {
        try (AllocatorUnderTest subject = tightSubject()) {
            long limit = declaredLimits().tightLimitBytes();
            assertThat(subject.fill(portion())).as("blocks within the limit").isNotEmpty();
            assertWithinLimit(subject);
            AllocationException refusal = assertRefusedAndUnchanged(subject, portion());
            assertThat(refusal.refusal().limitBytes()).as("reported limit").isEqualTo(limit);
            assertThat(refusal.refusal().usedBytes())
                    .as("reported use")
                    .isPositive()
                    .isLessThanOrEqualTo(limit);
            subject.recorder().checkContents();
            subject.freeEverything();
        }
    }

    @Test
    default void rule06_mustRefuseWhenTheSourceIsDryAndStayAsItWas() {
        try (AllocatorUnderTest subject = subject()) {
            List<MemorySegment> live = subject.allocateMany(5, 64);
            subject.source().runDry();
            subject.fill(portion());
            AllocationException refusal = assertRefusedAndUnchanged(subject, portion());
            assertThat(refusal).hasMessageContaining(Long.toString(portion()));
            assertThat(refusal.refusal().limitBytes())
                    .as("reported limit without a limit")
                    .isEqualTo(AllocationException.NO_LIMIT);
            subject.source().recover();
            subject.free(subject.allocate(portion()));
            subject.recorder().checkContents();
            subject.free(live);
            subject.freeEverything();
            assertThat(subject.stats().liveBlocks()).isZero();
        }
    }

    @Test
    default void rule06_mustRefuseTheFirstRequestOfAllWhenTheSourceIsDry() {
        try (AllocatorUnderTest subject = subject()) {
            subject.source().runDry();
            for (long byteSize : new long[] {0, 8, 64, declaredLimits().largestBlock()}) {
                assertRefusedAndUnchanged(subject, byteSize);
            }
            subject.source().recover();
            for (long byteSize : new long[] {0, 8, 64, declaredLimits().largestBlock()}) {
                subject.allocate(byteSize);
            }
            subject.freeEverything();
        }
    }

    private static void assertWithinLimit(AllocatorUnderTest subject) {
        long limit = subject.config().limitBytes();
        assertThat(subject.stats().requestedBytes()).as("requested bytes").isLessThanOrEqualTo(limit);
        if (subject.limits().limited() == ContractLimits.Limited.COMMITTED_BYTES) {
            assertThat(subject.source().peakBytes())
                    .as("bytes taken from the source")
                    .isLessThanOrEqualTo(limit);
        }
    }

    private static AllocationException assertRefusedAndUnchanged(AllocatorUnderTest subject, long byteSize) {
        AllocatorStats before = subject.stats();
        assertThat(subject.allocator().tryAllocate(byteSize, 1)).isNull();
        assertUnchanged(subject, before, 1);
        AllocationException refusal = assertThatExceptionOfType(AllocationException.class)
                .isThrownBy(() -> subject.allocator().allocate(byteSize, 1))
                .actual();
        assertUnchanged(subject, before, 2);
        assertThat(refusal.refusal().requestedBytes()).as("reported request").isEqualTo(byteSize);
        return refusal;
    }

    private static void assertUnchanged(AllocatorUnderTest subject, AllocatorStats before, int refused) {
        AllocatorStats after = subject.stats();
        assertThat(after.requestedBytes()).as("requested bytes").isEqualTo(before.requestedBytes());
        assertThat(after.allocatedBytes()).as("allocated bytes").isEqualTo(before.allocatedBytes());
        assertThat(after.liveBlocks()).as("live blocks").isEqualTo(before.liveBlocks());
        assertThat(after.allocations()).as("allocations").isEqualTo(before.allocations());
        assertThat(after.misses()).as("misses").isEqualTo(before.misses());
        assertThat(after.invalidFrees()).as("invalid frees").isEqualTo(before.invalidFrees());
        assertThat(after.refused()).as("refused").isEqualTo(before.refused() + refused);
        // It may have returned idle memory; it must not have taken any.
        assertThat(after.committedBytes()).as("committed bytes").isLessThanOrEqualTo(before.committedBytes());
        assertThat(after.committedBytes()).isEqualTo(subject.source().openBytes());
    }

    @Test
    default void rule06_mustServeTheSameRequestAgainAfterAFree() {
        for (long byteSize : new long[] {portion(), declaredLimits().largestBlock()}) {
            try (AllocatorUnderTest subject = tightSubject()) {
                List<MemorySegment> blocks = subject.fill(byteSize);
                if (subject.waitsForReset()) {
                    subject.freeEverything();
                    subject.allocate(byteSize);
                } else {
                    for (int i = 0; i < blocks.size(); i += 7) {
                        subject.free(blocks.get(i));
                        subject.allocate(byteSize);
                    }
                }
                subject.freeEverything();
            }
        }
    }

    @Test
    default void rule06_mustServeAnyRequestAgainAfterEverythingIsFreed() {
        for (long retained : new long[] {0, declaredLimits().tightLimitBytes()}) {
            try (AllocatorUnderTest subject = subject(declaredLimits().tightLimitBytes(), retained)) {
                long[] sizes = {
                    portion(),
                    declaredLimits().largestBlock(),
                    600,
                    portion() / 3,
                    declaredLimits().largestBlock()
                };
                for (long byteSize : sizes) {
                    int served = 0;
                    while (served < 2_000 && subject.tryAllocate(byteSize, 1) != null) {
                        served++;
                    }
                    // Memory left by former sizes must not cause a refusal. Small blocks may be rounded up a lot.
                    assertThat(subject.stats().allocatedBytes())
                            .as(
                                    "allocated bytes of %d blocks of %d, of a limit of %d",
                                    served, byteSize, declaredLimits().tightLimitBytes())
                            .isGreaterThanOrEqualTo(
                                    Math.min(2_000 * byteSize, declaredLimits().tightLimitBytes() / 4));
                    subject.freeEverything();
                }
            }
        }
    }

    @Test
    default void rule06_mustServeWhatIsBeyondItsLargestBlockFromTheLimitThatFreedBlocksHold() {
        assumeTrue(
                declaredLimits().beyond() == ContractLimits.Beyond.SERVED,
                "limits() declares that larger blocks are refused, which another test shows");
        long limit = declaredLimits().tightLimitBytes();
        long byteSize = Math.max(declaredLimits().largestBlock() + 1, limit / 2);
        try (AllocatorUnderTest subject = subject(limit, limit)) {
            subject.fill(portion());
            subject.freeEverything();
            subject.free(subject.allocate(byteSize));
            subject.fill(portion());
            subject.freeEverything();
            subject.allocator().as(AddressAllocator.class).ifPresent(addresses -> {
                long address = addresses.tryAllocateAddress(byteSize, 1);
                assertThat(address).as("address of %d bytes", byteSize).isNotEqualTo(AddressAllocator.NULL);
                addresses.freeAddress(address, byteSize);
            });
        }
    }

    @Test
    default void rule06_mustServeTheOwnerAgainAfterAnotherThreadFreed() {
        try (AllocatorUnderTest subject = tightSubject();
                TestThread owner = TestThread.platform()) {
            if (subject.isConfined()) {
                ThreadRules.assertOtherThreadsAreRefused(subject);
                return;
            }
            List<MemorySegment> blocks = owner.call(() -> subject.fill(portion()));
            if (subject.waitsForReset()) {
                subject.freeEverything();
                owner.run(() -> subject.allocate(portion()));
            } else {
                int step = Math.max(7, blocks.size() / TestLength.of(50, Integer.MAX_VALUE));
                for (int i = 0; i < blocks.size(); i += step) {
                    subject.free(blocks.get(i));
                    owner.run(() -> subject.allocate(portion()));
                }
            }
            subject.freeEverything();
        }
    }

    @Test
    default void rule06_mustChurnOnUnderALimit() {
        try (AllocatorUnderTest subject =
                subject(declaredLimits().tightLimitBytes(), declaredLimits().tightLimitBytes() / 4)) {
            List<MemorySegment> ballast = subject.fill(portion());
            subject.free(ballast.subList(0, ballast.size() / 4));
            ChurnWorkload churn = new ChurnWorkload(subject, ChurnWorkload.Mix.EVERYTHING);
            churn.run(TestLength.of(3_000, 100_000));
            assertWithinLimit(subject);
            subject.freeEverything();
        }
    }

    @Test
    default void rule06_mustKeepABlockWhoseResizeIsRefused() {
        try (AllocatorUnderTest subject = tightSubject()) {
            MemorySegment block = subject.allocate(40);
            subject.fill(declaredLimits().largestBlock());
            subject.fill(portion());
            subject.fill(64); // the rest must not be just the difference
            assertThatExceptionOfType(AllocationException.class)
                    .isThrownBy(() -> subject.resize(block, declaredLimits().largestBlock(), 8));
            subject.recorder().checkContents();
            subject.free(block);
            subject.freeEverything();
            assertThat(subject.stats().liveBlocks()).isZero();
        }
    }

    @Test
    default void rule06_mustKeepTheLimitWhenManyThreadsAskAtOnce() {
        try (AllocatorUnderTest subject = tightSubject()) {
            if (subject.isConfined()) {
                ThreadRules.assertOtherThreadsAreRefused(subject);
                return;
            }
            for (int round = 0; round < TestLength.of(3, 50); round++) {
                TestThread.together(Kind.PLATFORM, 4, number -> subject.fill(portion() * (1 + number) / 4));
                assertWithinLimit(subject);
                assertThat(subject.stats().requestedBytes())
                        .isEqualTo(subject.recorder().requestedBytes());
                subject.freeEverything();
                assertThat(subject.stats().requestedBytes()).isZero();
            }
        }
    }
}
