package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.InvalidBlockException.Reason;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Rule 7: a batch is all or nothing, and checks a limit once. */
interface BatchRules extends AllocatorUnderTestFactory {

    @Test
    default void rule07_mustServeABatchOfOneSize() {
        try (AllocatorUnderTest subject = subject()) {
            for (long byteSize : new long[] {0, 8, 100, 4000, declaredLimits().largestBlock()}) {
                List<MemorySegment> blocks = subject.allocator().allocateAll(byteSize, 16, 33);
                assertThat(blocks).hasSize(33);
                blocks.forEach(block -> subject.recorder().handedOut(block, byteSize, 16));
                subject.checkCounts(33, 33 * byteSize);
                subject.freeAll(blocks);
                assertThat(subject.stats().liveBlocks()).isZero();
            }
        }
    }

    @Test
    default void rule07_mustServeABatchOfManySizesInTheirOrder() {
        try (AllocatorUnderTest subject = subject()) {
            long[] byteSizes = {64, 0, 1000, 8, 8, declaredLimits().largestBlock(), 7, 64};
            List<MemorySegment> blocks = subject.allocateAll(byteSizes, 64);
            subject.checkCounts(byteSizes.length, Arrays.stream(byteSizes).sum());
            subject.freeAll(blocks);
            assertThat(subject.stats().requestedBytes()).isZero();
        }
    }

    @Test
    default void rule07_mustServeBatchesOfNothing() {
        try (AllocatorUnderTest subject = subject()) {
            assertThat(subject.allocator().allocateAll(64, 8, 0)).isEmpty();
            assertThat(subject.allocator().allocateAll(new long[0], 8)).isEmpty();
            subject.allocator().freeAll(List.of());
            assertThat(subject.stats().allocations()).isZero();
        }
    }

    @Test
    @OwnMemory
    default void rule07_mustServeNoneOfABatchThatPassesTheLimit() {
        long limit = declaredLimits().tightLimitBytes();
        long byteSize = Math.min(declaredLimits().largestBlock(), limit / 50);
        int tooMany = (int) (limit / byteSize) + 1;
        try (AllocatorUnderTest subject = tightSubject()) {
            List<MemorySegment> live = subject.allocateMany(3, 64);
            AllocatorStats before = subject.stats();
            assertNoneServed(subject, before, () -> subject.allocator().allocateAll(byteSize, 8, tooMany));
            long[] byteSizes = new long[tooMany];
            Arrays.fill(byteSizes, byteSize);
            assertNoneServed(subject, before, () -> subject.allocator().allocateAll(byteSizes, 8));
            subject.allocateMany(10, byteSize);
            subject.recorder().checkContents();
            subject.freeEverything();
            assertThat(live).hasSize(3);
        }
    }

    @Test
    @OwnMemory
    default void rule07_mustCheckTheLimitForTheWholeBatchBeforeItTakesMemory() {
        long limit = declaredLimits().tightLimitBytes();
        long byteSize = Math.min(declaredLimits().largestBlock(), limit / 50);
        try (AllocatorUnderTest subject = tightSubject()) {
            assertThatExceptionOfType(AllocationException.class)
                    .isThrownBy(() -> subject.allocator().allocateAll(byteSize, 8, (int) (limit / byteSize) + 1));
            assertThat(subject.source().takes())
                    .as("chunks taken for a batch beyond the limit")
                    .isZero();
            assertThat(subject.stats().refused()).as("refused").isEqualTo(1);
        }
    }

    @Test
    @OwnMemory
    default void rule07_mustServeNoneOfABatchIfTheSourceRefusesAnyTake() {
        long byteSize = declaredLimits().largestBlock();
        for (int nth = 1; nth <= 5; nth++) {
            try (AllocatorUnderTest subject = subject()) {
                List<MemorySegment> live = subject.allocateMany(3, 64);
                subject.source().refuseTake(nth);
                AllocatorStats before = subject.stats();
                List<MemorySegment> served = new ArrayList<>();
                try {
                    served.addAll(subject.allocator().allocateAll(byteSize, 8, 12));
                    served.forEach(block -> subject.recorder().handedOut(block, byteSize, 8));
                } catch (AllocationException e) {
                    assertThat(subject.stats().liveBlocks()).isEqualTo(before.liveBlocks());
                    assertThat(subject.stats().requestedBytes()).isEqualTo(before.requestedBytes());
                    assertThat(subject.stats().allocatedBytes()).isEqualTo(before.allocatedBytes());
                }
                subject.free(live);
                subject.freeEverything();
                assertThat(subject.stats().liveBlocks()).isZero();
            }
        }
    }

    private static void assertNoneServed(AllocatorUnderTest subject, AllocatorStats before, ThrowingCallable batch) {
        assertThatExceptionOfType(AllocationException.class).isThrownBy(batch);
        AllocatorStats after = subject.stats();
        assertThat(after.liveBlocks()).as("live blocks").isEqualTo(before.liveBlocks());
        assertThat(after.requestedBytes()).as("requested bytes").isEqualTo(before.requestedBytes());
        assertThat(after.allocatedBytes()).as("allocated bytes").isEqualTo(before.allocatedBytes());
        assertThat(after.committedBytes()).isEqualTo(subject.source().openBytes());
    }

    @Test
    default void rule07_mustFreeNoneOfABatchWithABadBlock() {
        try (AllocatorUnderTest subject = subject();
                Arena arena = Arena.ofConfined()) {
            List<MemorySegment> blocks = subject.allocateMany(9, 120);
            if (declaredLimits().sees(Reason.FOREIGN)) {
                assertNoneFreed(subject, blocks, arena.allocate(120), Reason.FOREIGN);
            }
            if (declaredLimits().sees(Reason.NO_BLOCK_START)) {
                assertNoneFreed(subject, blocks, blocks.get(1).asSlice(8), Reason.NO_BLOCK_START);
                long largest = declaredLimits().largestBlock();
                List<MemorySegment> large = subject.allocateMany(2, largest);
                assertNoneFreed(subject, large, large.get(0).asSlice(largest / 2), Reason.NO_BLOCK_START);
                large.forEach(subject::free);
            }
            if (declaredLimits().sees(Reason.FREED_TWICE)) {
                assertNoneFreed(subject, blocks, blocks.get(0), Reason.FREED_TWICE); // twice in the list
                MemorySegment freed = blocks.get(4);
                subject.free(freed);
                List<MemorySegment> rest = new ArrayList<>(blocks);
                rest.remove(4);
                assertNoneFreed(subject, rest, freed, Reason.FREED_TWICE, Reason.FOREIGN);
            }
            subject.freeEverything();
            assertThat(subject.stats().liveBlocks()).isZero();
        }
    }

    private static void assertNoneFreed(
            AllocatorUnderTest subject, List<MemorySegment> good, MemorySegment bad, Reason... reasons) {
        for (int place : new int[] {0, good.size() / 2, good.size()}) {
            List<MemorySegment> batch = new ArrayList<>(good);
            batch.add(place, bad);
            AllocatorStats before = subject.stats();
            InvalidBlockException refusal = assertThatExceptionOfType(InvalidBlockException.class)
                    .as("bad block at place %d", place)
                    .isThrownBy(() -> subject.allocator().freeAll(batch))
                    .actual();
            assertThat(refusal.reason()).isIn((Object[]) reasons);
            assertThat(refusal.address()).isEqualTo(bad.address());
            assertThat(subject.stats().liveBlocks()).as("live blocks").isEqualTo(before.liveBlocks());
            assertThat(subject.stats().requestedBytes()).as("requested bytes").isEqualTo(before.requestedBytes());
            assertThat(subject.stats().invalidFrees()).as("invalid frees").isEqualTo(before.invalidFrees() + 1);
            subject.recorder().checkContents();
        }
    }
}
