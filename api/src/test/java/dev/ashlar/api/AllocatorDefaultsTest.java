package dev.ashlar.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ashlar.api.InvalidBlockException.Reason;
import dev.ashlar.api.support.Zeros;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The default methods of {@link Allocator}. */
class AllocatorDefaultsTest {

    private final CheckingAllocator allocator = new CheckingAllocator(1000);

    /** The same memory, without the capability that finds live blocks. */
    private final CheckingAllocator blind = new CheckingAllocator(1000) {
        @Override
        public <T> Optional<T> as(Class<T> capability) {
            return capability == Owner.class ? Optional.empty() : super.as(capability);
        }
    };

    @AfterEach
    void close() {
        allocator.close();
        blind.close();
    }

    @Test
    void mustAllocateWithoutAnAlignmentOrWithHints() {
        assertThat(allocator.allocate(10).byteSize()).isEqualTo(10);
        assertThat(allocator.allocate(20, 64, AllocationHints.NONE).address() % 64)
                .isZero();
        assertThat(allocator.stats().requestedBytes()).isEqualTo(30);
    }

    @Test
    void mustZeroOnlyWhereAskedFor() {
        assertThat(allocator.allocate(8, 8).get(ValueLayout.JAVA_LONG, 0)).isNotZero();
        assertThat(allocator.allocateZeroed(8, 8).get(ValueLayout.JAVA_LONG, 0)).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 511, 512, 513, 8191, 8192, 8193, 16_384, 20_001})
    void mustZeroAllBytesAndNoOthers(long byteSize) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment around = arena.allocate(byteSize + 2).fill((byte) 1);
            MemorySegment memory = around.asSlice(1, byteSize);
            assertThat(Zeros.writeTo(memory)).isSameAs(memory);
            assertThat(memory.mismatch(arena.allocate(byteSize))).isEqualTo(-1);
            assertThat(around.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 1);
            assertThat(around.get(ValueLayout.JAVA_BYTE, byteSize + 1)).isEqualTo((byte) 1);
        }
    }

    @Test
    void mustKeepContentsUpToTheSmallerSize() {
        MemorySegment block = allocator.allocateFrom(ValueLayout.JAVA_INT, 1, 2, 3);
        MemorySegment grown = allocator.resize(block, 400, 64);
        assertThat(grown.byteSize()).isEqualTo(400);
        assertThat(grown.address() % 64).isZero();
        assertThat(Arrays.copyOf(grown.toArray(ValueLayout.JAVA_INT), 3)).containsExactly(1, 2, 3);
        MemorySegment shrunk = allocator.resize(grown, 8);
        assertThat(shrunk.toArray(ValueLayout.JAVA_INT)).containsExactly(1, 2);
        assertThat(allocator.stats().liveBlocks()).isEqualTo(1);
        assertThat(allocator.stats().requestedBytes()).isEqualTo(8);
    }

    @Test
    void mustKeepTheOldBlockLiveWhenAResizeIsRefused() {
        MemorySegment block = allocator.allocateFrom(ValueLayout.JAVA_INT, 7);
        assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> allocator.resize(block, 1000));
        assertThat(block.get(ValueLayout.JAVA_INT, 0)).isEqualTo(7);
        assertThat(allocator.stats().liveBlocks()).isEqualTo(1);
        allocator.free(block);
    }

    @Test
    void mustSayWhatIsWrongWithABlockThatIsResizedAfterItsFree() {
        MemorySegment block = allocator.allocate(16);
        allocator.free(block);
        assertReason(Reason.FREED_TWICE, () -> allocator.resize(block, 32));
        assertThat(allocator.stats().allocations()).as("not one for the resize").isEqualTo(1);
    }

    @Test
    void mustGiveTheNewBlockBackWhenTheOldOneIsNotTaken() {
        MemorySegment foreign = allocator.allocate(16);
        assertReason(Reason.FOREIGN, () -> blind.resize(foreign, 32));
        assertThat(blind.stats().allocations())
                .as("so there was one to give back")
                .isEqualTo(1);
        assertThat(blind.stats().liveBlocks()).isZero();
    }

    @Test
    void mustGiveTheNewBlockBackWhenTheFreeOfTheOldOneEndsInAnError() {
        long[] failing = {0};
        try (CheckingAllocator broken = new CheckingAllocator(1_000) {
            @Override
            public synchronized void free(MemorySegment block) {
                if (block.address() == failing[0]) {
                    throw new StackOverflowError();
                }
                super.free(block);
            }
        }) {
            MemorySegment block = broken.allocate(16);
            failing[0] = block.address();
            assertThatExceptionOfType(StackOverflowError.class).isThrownBy(() -> broken.resize(block, 32));
            assertThat(broken.stats().liveBlocks()).isEqualTo(1);
            assertThat(broken.isLive(block)).isTrue();
        }
    }

    @Test
    void mustServeABatchInTheOrderOfItsSizes() {
        List<MemorySegment> blocks = allocator.allocateAll(new long[] {3, 0, 500, 8}, 16);
        assertThat(blocks).extracting(MemorySegment::byteSize).containsExactly(3L, 0L, 500L, 8L);
        assertThat(blocks).allMatch(block -> block.address() % 16 == 0);
        assertThat(allocator.allocateAll(10, 8, 3))
                .extracting(MemorySegment::byteSize)
                .containsExactly(10L, 10L, 10L);
        assertThat(allocator.allocateAll(10, 8, 0)).isEmpty();
    }

    @Test
    void mustServeNothingOfABatchThatDoesNotFit() {
        assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> allocator.allocateAll(300, 8, 4));
        assertThat(allocator.stats().liveBlocks()).isZero();
        assertThat(allocator.allocateAll(300, 8, 3)).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void mustCheckTheArgumentsOfBatchesOfAnyLength(int count) {
        assertArgument("byteSize is -1, must be 0 or more", () -> allocator.allocateAll(-1, 8, count));
        assertArgument(
                "byteAlignment is 3, must be a power of two (1, 2, 4, ...)", () -> allocator.allocateAll(8, 3, count));
        assertArgument(
                "byteAlignment is 3, must be a power of two (1, 2, 4, ...)",
                () -> allocator.allocateAll(new long[count], 3));
        assertThat(allocator.stats().allocations()).isZero();
    }

    @Test
    void mustCheckEverySizeAndTheCountBeforeItServes() {
        assertArgument("count is -1, must be 0 or more", () -> allocator.allocateAll(8, 8, -1));
        assertArgument("byteSize is -5, must be 0 or more", () -> allocator.allocateAll(new long[] {8, -5}, 8));
        assertThat(allocator.stats().allocations()).isZero();
    }

    @Test
    void mustRefuseABatchOfMoreBlocksThanAListHas() {
        assertThatExceptionOfType(AllocationException.class)
                .isThrownBy(() -> allocator.allocateAll(8, 8, Integer.MAX_VALUE))
                .withMessageContainingAll("count is 2147483647", "2147483639", "several batches");
        assertThat(allocator.stats().allocations()).isZero();
    }

    @Test
    void mustSayByNullWhatTheOthersThrow() {
        MemorySegment block = allocator.allocate(100);
        assertThat(allocator.tryAllocate(1000, 8, AllocationHints.NONE)).isNull();
        assertThat(allocator.tryResize(block, 1000, 8)).isNull();
        assertThat(allocator.tryAllocateAll(300, 8, 4)).isNull();
        assertThat(allocator.tryAllocateAll(new long[] {800, 200}, 8)).isNull();
        assertThat(allocator.tryAllocateAll(8, 8, Integer.MAX_VALUE)).isNull();
        assertThat(allocator.isLive(block)).isTrue();
        assertThat(allocator.stats().liveBlocks()).isEqualTo(1);
    }

    @Test
    void mustTellTheSumOfABatchOrTheSizeThatIsNeverServed() {
        assertThat(allocator.refusal(300, 8, 4).requestedBytes()).isEqualTo(1200);
        assertThat(allocator.refusal(new long[] {Long.MAX_VALUE, 1}, 8).requestedBytes())
                .isEqualTo(Long.MAX_VALUE);
        CheckingAllocator small = new CheckingAllocator(1000) {
            @Override
            public synchronized Refusal refusal(long byteSize, long byteAlignment) {
                return byteSize > 100
                        ? Refusal.tooLarge("byteSize", byteSize, 100, "")
                        : super.refusal(byteSize, byteAlignment);
            }
        };
        Refusal ofSum = small.refusal(100, 8, 20);
        assertThat(ofSum.reason()).isEqualTo(Refusal.Reason.LIMIT);
        assertThat(ofSum.requestedBytes()).isEqualTo(2000);
        Refusal ofOne = small.refusal(new long[] {8, 101}, 8);
        assertThat(ofOne.reason()).isEqualTo(Refusal.Reason.TOO_LARGE);
        assertThat(ofOne.requestedBytes()).isEqualTo(101);
        small.close();
    }

    @Test
    void mustFreeAllOfABatch() {
        allocator.freeAll(allocator.allocateAll(10, 8, 5));
        allocator.freeAll(List.of());
        assertThat(allocator.stats().liveBlocks()).isZero();
    }

    @Test
    void mustFreeNoneOfABatchWithABadBlock() {
        List<MemorySegment> blocks = allocator.allocateAll(10, 8, 5);
        MemorySegment freed = allocator.allocate(10);
        allocator.free(freed);
        assertFreesNone(Reason.FREED_TWICE, blocks, freed);
        assertFreesNone(Reason.FREED_TWICE, blocks, blocks.get(1));
        assertFreesNone(Reason.NO_BLOCK_START, blocks, blocks.get(1).asSlice(1));
        assertFreesNone(Reason.FOREIGN, blocks, blind.allocate(10));
        allocator.freeAll(blocks);
    }

    private void assertFreesNone(Reason reason, List<MemorySegment> blocks, MemorySegment bad) {
        List<MemorySegment> batch = new ArrayList<>(blocks);
        batch.add(bad);
        assertReason(reason, () -> allocator.freeAll(batch));
        assertThat(blocks).allMatch(allocator::isLive);
    }

    @Test
    void mustSeeABlockListedTwiceWithoutKnowingWhatIsLive() {
        MemorySegment block = blind.allocate(10);
        assertReason(Reason.FREED_TWICE, () -> blind.freeAll(List.of(block, block)));
        assertThat(blind.isLive(block)).isTrue();
    }

    @Test
    void mustFindTheCapabilitiesThatItImplements() {
        assertThat(allocator.as(Owner.class)).containsSame(allocator);
        assertThat(allocator.as(Inspectable.class)).isEmpty();
        assertThat(new CapableAllocator(0).as(Inspectable.class)).isPresent();
    }

    @Test
    void mustRetainNothingToTrim() {
        allocator.free(allocator.allocate(100));
        assertThat(allocator.trim()).isZero();
    }

    private static void assertReason(Reason reason, Runnable operation) {
        assertThat(catchThrowableOfType(InvalidBlockException.class, operation::run)
                        .reason())
                .isEqualTo(reason);
    }

    private static void assertArgument(String message, Runnable operation) {
        assertThatIllegalArgumentException().isThrownBy(operation::run).withMessage(message);
    }
}
