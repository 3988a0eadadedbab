package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Owner;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Rule 1: a block has its size and alignment, and overlaps no other live block. */
interface BlockRules extends AllocatorUnderTestFactory {

    @Test
    default void rule01_mustServeEverySizeAtEveryAlignment() {
        try (AllocatorUnderTest subject = subject()) {
            long largest = declaredLimits().largestBlock();
            Deque<MemorySegment> live = new ArrayDeque<>();
            long liveBytes = 0;
            for (long byteAlignment = 1; byteAlignment <= declaredLimits().largestAlignment(); byteAlignment *= 2) {
                for (long byteSize : interestingSizes(largest)) {
                    live.add(subject.allocate(byteSize, byteAlignment));
                    liveBytes += byteSize;
                    while (liveBytes > Math.max(4 << 20, largest)) {
                        liveBytes -= live.getFirst().byteSize();
                        subject.free(live.removeFirst());
                    }
                }
            }
            live.forEach(subject::free);
        }
    }

    /**
     * Small sizes one by one, then the boundaries of size classes, for 1, 2, 4 or 8 of them between powers of two.
     */
    private static Set<Long> interestingSizes(long largest) {
        Set<Long> sizes = new TreeSet<>();
        for (long byteSize = 0; byteSize <= 65; byteSize++) {
            sizes.add(byteSize);
        }
        for (long power = 64; power < largest; power *= 2) {
            int steps = power < 64 * 1024 ? 8 : 1;
            for (int step = 0; step < steps; step++) {
                long border = power + step * (power / steps);
                sizes.add(border - 1);
                sizes.add(border);
                sizes.add(border + 1);
            }
        }
        sizes.add(largest - 1);
        sizes.add(largest);
        sizes.removeIf(byteSize -> byteSize > largest);
        return sizes;
    }

    @Test
    default void rule01_mustNotHandOutOverlappingBlocks() {
        try (AllocatorUnderTest subject = subject()) {
            new ChurnWorkload(subject, ChurnWorkload.Mix.EVERYTHING).run(TestLength.of(6_000, 300_000));
        }
    }

    @Test
    default void rule01_mustNotHandOutOverlappingBlocksWhileItKeepsAReserve() {
        try (AllocatorUnderTest subject = subject(AllocationException.NO_LIMIT, 16 << 20)) {
            new ChurnWorkload(subject, ChurnWorkload.Mix.EVERYTHING).run(TestLength.of(6_000, 300_000));
        }
    }

    @Test
    default void rule01_mustServeAsManySmallBlocksAsAskedFor() {
        try (AllocatorUnderTest subject = subject()) {
            for (long byteSize : new long[] {0, 1, 8, 64}) {
                subject.allocateMany(TestLength.of(600, 50_000), byteSize);
            }
            subject.recorder().checkContents();
            subject.freeEverything();
        }
    }

    @Test
    default void rule01_mustRefuseOrPassOnWhatIsBeyondItsLargestBlock() {
        long largest = declaredLimits().largestBlock();
        requestBeyond(largest + 1, 1);
        requestBeyond(largest + 1, declaredLimits().largestAlignment());
        requestBeyond(largest * 2, 8);
    }

    @Test
    default void rule01_mustRefuseOrPassOnWhatIsBeyondItsLargestAlignment() {
        long largest = declaredLimits().largestAlignment();
        requestBeyond(64, largest * 2);
        requestBeyond(0, largest * 2);
        requestBeyond(largest * 4 + 1, largest * 4);
    }

    private void requestBeyond(long byteSize, long byteAlignment) {
        try (AllocatorUnderTest subject = subject()) {
            switch (declaredLimits().beyond()) {
                case SERVED -> {
                    MemorySegment block = subject.allocate(byteSize, byteAlignment);
                    subject.free(block);
                }
                case REFUSED -> assertRefused(subject, byteSize, byteAlignment);
            }
        }
    }

    @Test
    default void rule01_mustRefuseSizesThatNoMachineHas() {
        try (AllocatorUnderTest subject = subject()) {
            for (long byteSize : new long[] {Long.MAX_VALUE, Long.MAX_VALUE - 7, Long.MAX_VALUE - 4095, 1L << 62}) {
                assertRefused(subject, byteSize, 1);
                assertRefused(subject, byteSize, declaredLimits().largestAlignment());
            }
            assertRefused(subject, 1, 1L << 62);
        }
    }

    private static void assertRefused(AllocatorUnderTest subject, long byteSize, long byteAlignment) {
        assertThat(subject.allocator().tryAllocate(byteSize, byteAlignment))
                .as("tryAllocate(%d, %d)", byteSize, byteAlignment)
                .isNull();
        assertThatExceptionOfType(AllocationException.class)
                .as("allocate(%d, %d)", byteSize, byteAlignment)
                .isThrownBy(() -> subject.allocator().allocate(byteSize, byteAlignment));
        assertThat(subject.stats().liveBlocks()).isZero();
    }

    @Test
    default void rule01_mustServeWhatSegmentAllocatorOffers() {
        try (AllocatorUnderTest subject = subject()) {
            MemorySegment text = subject.allocator().allocateFrom("ashlar");
            MemorySegment number = subject.allocator().allocateFrom(ValueLayout.JAVA_LONG, 42L);
            MemorySegment numbers = subject.allocator().allocateFrom(ValueLayout.JAVA_INT, 1, 2, 3);
            MemorySegment struct = subject.allocator()
                    .allocate(MemoryLayout.structLayout(ValueLayout.JAVA_LONG, ValueLayout.JAVA_DOUBLE));
            assertThat(text.getString(0)).isEqualTo("ashlar");
            assertThat(number.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(42);
            assertThat(numbers.toArray(ValueLayout.JAVA_INT)).containsExactly(1, 2, 3);
            assertThat(struct.byteSize()).isEqualTo(16);
            subject.allocator().free(struct);
            subject.allocator().free(numbers);
            subject.allocator().free(number);
            subject.allocator().free(text);
            assertThat(subject.stats().liveBlocks()).isZero();
        }
    }

    @Test
    default void rule01_mustServeTheSameBlocksWhateverTheHints() {
        try (AllocatorUnderTest subject = subject()) {
            for (AllocationHints.Lifetime lifetime : AllocationHints.Lifetime.values()) {
                for (AllocationHints.Access access : AllocationHints.Access.values()) {
                    AllocationHints hints = new AllocationHints(lifetime, access, "kit");
                    for (long byteSize : new long[] {0, 1, 100, declaredLimits().largestBlock()}) {
                        MemorySegment block = subject.allocator().allocate(byteSize, 16, hints);
                        subject.recorder().handedOut(block, byteSize, 16);
                        MemorySegment tried = Objects.requireNonNull(
                                subject.allocator().tryAllocate(byteSize, 16, hints), "none with hints");
                        subject.recorder().handedOut(tried, byteSize, 16);
                    }
                }
            }
            subject.freeEverything();
        }
    }

    @Test
    default void rule01_mustTellASizeThatABlockReallyHasRoomFor() {
        try (AllocatorUnderTest subject = subject()) {
            Optional<Owner> owner = subject.allocator().as(Owner.class);
            for (long byteAlignment : new long[] {1, 64, declaredLimits().largestAlignment()}) {
                for (long byteSize : interestingSizes(declaredLimits().largestBlock())) {
                    long takes = subject.source().takes();
                    long goodSize = subject.allocator().goodSize(byteSize, byteAlignment);
                    assertThat(goodSize).as("good size of %d", byteSize).isGreaterThanOrEqualTo(byteSize);
                    assertThat(subject.source().takes()).isEqualTo(takes);
                    MemorySegment asked = subject.allocate(byteSize, byteAlignment);
                    MemorySegment good = subject.allocate(goodSize, byteAlignment);
                    owner.ifPresent(knowing -> assertThat(knowing.allocatedSize(good))
                            .as(
                                    "allocated size of %d bytes, the good size of %d at a multiple of %d",
                                    goodSize, byteSize, byteAlignment)
                            .isEqualTo(knowing.allocatedSize(asked)));
                    subject.free(good);
                    subject.free(asked);
                }
            }
        }
    }

    @Test
    default void rule01_mustKeepContentsWhenItResizes() {
        try (AllocatorUnderTest subject = subject()) {
            long largest = declaredLimits().largestBlock();
            long[] sizes = {64, 65, 72, 64, 1, 0, 8, largest, largest / 2, 33, largest - 1, 0, 4096 % largest};
            MemorySegment block = subject.allocate(10);
            MemorySegment neighbour = subject.allocate(10);
            for (long byteSize : sizes) {
                block = subject.resize(block, byteSize, 1);
                block = Objects.requireNonNull(
                        subject.tryResize(block, byteSize, declaredLimits().largestAlignment()), "not resized");
                subject.recorder().checkContents();
            }
            subject.free(neighbour);
            subject.free(block);
            assertThat(subject.stats().liveBlocks()).isZero();
        }
    }
}
