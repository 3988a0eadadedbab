package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.InvalidBlockException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Rules 2 and 3: which arguments are served, and what a block holds. */
interface ArgumentRules extends AllocatorUnderTestFactory {

    @Test
    default void rule02_mustGiveBlocksOfNoBytesAddressesOfTheirOwn() {
        try (AllocatorUnderTest subject = subject()) {
            Set<Long> addresses = new HashSet<>();
            for (int i = 0; i < 200; i++) {
                assertThat(addresses.add(subject.allocate(0, 1L << i % 4).address()))
                        .as("a new address for block %d", i)
                        .isTrue();
                addresses.add(subject.allocate(1 + i % 17).address());
            }
            subject.freeEverything();
            assertThat(subject.stats().liveBlocks()).isZero();
        }
    }

    @Test
    default void rule02_mustRefuseNegativeSizes() {
        for (long byteSize : new long[] {-1, -8, Integer.MIN_VALUE, Long.MIN_VALUE}) {
            assertRefused(byteSize, 8, byteSize);
        }
    }

    @Test
    default void rule02_mustRefuseAlignmentsThatAreNoPowerOfTwo() {
        for (long byteAlignment : new long[] {0, -1, -8, 3, 6, 24, 4095, Long.MIN_VALUE, Long.MAX_VALUE}) {
            assertRefused(64, byteAlignment, byteAlignment);
            assertRefused(0, byteAlignment, byteAlignment);
        }
    }

    private void assertRefused(long byteSize, long byteAlignment, long named) {
        try (AllocatorUnderTest subject = subject()) {
            Allocator allocator = subject.allocator();
            MemorySegment block = subject.allocate(32);
            long[] unservable = {Long.MAX_VALUE, byteSize}; // of which the first does not fit under any limit
            AllocatorStats before = subject.stats();
            assertNamed(named, () -> allocator.allocate(byteSize, byteAlignment));
            assertNamed(named, () -> allocator.tryAllocate(byteSize, byteAlignment));
            assertNamed(named, () -> allocator.allocateZeroed(byteSize, byteAlignment));
            assertNamed(named, () -> allocator.allocate(byteSize, byteAlignment, AllocationHints.NONE));
            assertNamed(named, () -> allocator.allocateAll(byteSize, byteAlignment, 3));
            assertNamed(named, () -> allocator.allocateAll(new long[] {8, byteSize, 8}, byteAlignment));
            assertNamed(named, () -> allocator.allocateAll(unservable, byteAlignment));
            assertNamed(named, () -> allocator.resize(block, byteSize, byteAlignment));
            assertNamed(named, () -> allocator.tryAllocate(byteSize, byteAlignment, AllocationHints.NONE));
            assertNamed(named, () -> allocator.tryAllocateAll(byteSize, byteAlignment, 3));
            assertNamed(named, () -> allocator.tryAllocateAll(new long[] {8, byteSize, 8}, byteAlignment));
            assertNamed(named, () -> allocator.tryAllocateAll(unservable, byteAlignment));
            assertNamed(named, () -> allocator.tryResize(block, byteSize, byteAlignment));
            assertNamed(named, () -> allocator.refusal(byteSize, byteAlignment));
            assertNamed(named, () -> allocator.refusal(byteSize, byteAlignment, 3));
            assertNamed(named, () -> allocator.refusal(new long[] {8, byteSize, 8}, byteAlignment));
            assertNamed(named, () -> allocator.refusal(unservable, byteAlignment));
            assertNamed(named, () -> allocator.refusal(block, byteSize, byteAlignment));
            assertNamed(named, () -> allocator.goodSize(byteSize, byteAlignment));
            assertThat(subject.stats().liveBlocks()).isEqualTo(before.liveBlocks());
            assertThat(subject.stats().requestedBytes()).isEqualTo(before.requestedBytes());
            subject.free(block);
        }
    }

    private static void assertNamed(long value, ThrowingCallable call) {
        assertThatIllegalArgumentException()
                .isThrownBy(call)
                .withMessageContaining(Long.toString(value))
                .isNotInstanceOf(InvalidBlockException.class);
    }

    @Test
    default void rule02_mustRefuseBatchesOfNegativeCount() {
        try (AllocatorUnderTest subject = subject()) {
            assertNamed(-3, () -> subject.allocator().allocateAll(8, 8, -3));
            assertNamed(-3, () -> subject.allocator().tryAllocateAll(8, 8, -3));
            assertNamed(-3, () -> subject.allocator().refusal(8, 8, -3));
        }
    }

    @Test
    default void rule03_mustZeroBlocksThatAreAskedForZeroed() {
        try (AllocatorUnderTest subject = subject(AllocationException.NO_LIMIT, 16 << 20)) {
            // The source's chunks are dirty, and so is what the recorder has filled.
            for (long byteSize :
                    new long[] {0, 1, 7, 64, 100, 1000, declaredLimits().largestBlock()}) {
                for (int i = 0; i < 3; i++) {
                    MemorySegment block = subject.allocator().allocateZeroed(byteSize, 8);
                    assertThat(block.byteSize()).isEqualTo(byteSize);
                    for (long at = 0; at < byteSize; at++) {
                        byte found = block.get(ValueLayout.JAVA_BYTE, at);
                        if (found != 0) {
                            throw new AssertionError("rule 3: byte " + at + " of " + byteSize + " is " + found);
                        }
                    }
                    subject.recorder().handedOut(block, byteSize, 8);
                    subject.free(block);
                }
            }
        }
    }

    @Test
    default void rule03_mustLeaveTheContentsOfLiveBlocksAlone() {
        try (AllocatorUnderTest subject = subject()) {
            List<MemorySegment> live = subject.allocateMany(50, 100);
            for (int i = 0; i < 200; i++) {
                subject.free(subject.allocateMany(50, 40 + i));
            }
            subject.allocator().trim();
            subject.recorder().checkContents();
            subject.free(live);
        }
    }
}
