package dev.ashlar.api.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.CapableAllocator;
import dev.ashlar.api.InvalidBlockException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SegregatedAllocatorTest {

    private final CapableAllocator small = new CapableAllocator(1000);
    private final CapableAllocator large = new CapableAllocator(1000);
    private final Allocator segregated = Allocators.segregated(64, small, large);

    @AfterEach
    void close() {
        small.close();
        large.close();
    }

    @ParameterizedTest
    @EnumSource
    void mustChooseTheSideBySizeAndNeverAskTheOther(Request request) {
        MemorySegment border = request.serve(segregated, 64, 8);
        MemorySegment beyond = request.serve(segregated, 65, 8);
        assertThat(small.isLive(border)).isTrue();
        assertThat(large.isLive(beyond)).isTrue();
        request.free(segregated, border);
        request.free(segregated, beyond);
        assertThat(small.stats().invalidFrees() + large.stats().invalidFrees()).isZero();
        assertThat(segregated.stats().liveBlocks()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void mustNotServeFromTheOtherSideWhenOneIsExhausted(Request request) {
        segregated.allocateAll(50, 8, 20);
        if (request.tries()) {
            assertThat(request.serve(segregated, 1, 8)).isNull();
        } else {
            assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> request.serve(segregated, 1, 8));
        }
        assertThat(large.stats().refused()).isZero();
        assertThat(request.serve(segregated, 65, 8)).isNotNull();
    }

    @Test
    void mustFreeABlockOnTheOtherSideWhenItsSizeMisleads() {
        segregated.free(large.allocate(10));
        segregated.free(small.allocate(100));
        segregated.freeAll(large.allocateAll(10, 8, 2));
        segregated.freeAll(small.allocateAll(100, 8, 2));
        Request.addresses(segregated).freeAddress(large.allocateAddress(10, 8), 10);
        Request.addresses(segregated).freeAddress(small.allocateAddress(100, 8), 100);
        MemorySegment moved = segregated.resize(large.allocate(10), 20);
        assertThat(small.isLive(moved)).isTrue();
        segregated.free(moved);
        assertThat(segregated.stats().liveBlocks()).isZero();
        assertThat(segregated.stats().invalidFrees()).isZero();
    }

    @Test
    void mustKnowTheSideOfABlockThatCrossesTheBorder() {
        MemorySegment block = segregated.resize(segregated.resize(segregated.allocate(60), 70), 60);
        assertThat(small.isLive(block)).isTrue();
        assertThat(small.stats().invalidFrees() + large.stats().invalidFrees()).isZero();
    }

    @Test
    void mustKeepABlockLiveWhenTheOtherSideOfTheBorderRefuses() {
        MemorySegment block = segregated.allocate(60);
        MemorySegment filling = large.allocate(900);
        assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> segregated.resize(block, 101));
        assertThat(small.isLive(block)).isTrue();
        large.free(filling);
        assertThat(large.isLive(segregated.resize(block, 101))).isTrue();
        assertThat(small.stats().liveBlocks()).isZero();
    }

    @Test
    void mustServeNeitherPartOfABatchWhenOneIsRefused() {
        for (long[] sizes : new long[][] {{10, 1001}, {1001, 10}}) {
            assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> segregated.allocateAll(sizes, 8));
        }
        segregated.allocateAll(50, 8, 20);
        assertThatExceptionOfType(AllocationException.class)
                .isThrownBy(() -> segregated.allocateAll(new long[] {100, 10}, 8));
        assertThat(small.stats().liveBlocks()).isEqualTo(20);
        assertThat(large.stats().liveBlocks()).isZero();
        assertThat(segregated.stats().refused()).isEqualTo(3);
    }

    @Test
    void mustServeNeitherPartOfABatchWhenOneFailsWithAnError() {
        CapableAllocator failing = new CapableAllocator(1000) {
            @Override
            public synchronized MemorySegment tryAllocate(long byteSize, long byteAlignment) {
                throw new OutOfMemoryError("heap");
            }
        };
        Allocator half = Allocators.segregated(64, small, failing);
        assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> half.allocateAll(new long[] {10, 100}, 8));
        assertThat(small.stats().liveBlocks()).isZero();
    }

    @Test
    void mustCountABlockThatIsInABatchOfBothKindsTwice() {
        MemorySegment block = segregated.allocate(10);
        MemorySegment other = segregated.allocate(100);
        assertThatExceptionOfType(InvalidBlockException.class)
                .isThrownBy(() -> segregated.freeAll(List.of(block, other, block)));
        assertThat(segregated.stats().invalidFrees()).isEqualTo(1);
        segregated.freeAll(List.of(block, other));
    }

    @Test
    void mustRefuseANegativeBorderAndMissingSides() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Allocators.segregated(-1, small, large))
                .withMessage("largestSmall is -1, must be 0 or more");
        assertThatNullPointerException()
                .isThrownBy(() -> Allocators.segregated(1, null, large))
                .withMessage("small");
        assertThatNullPointerException()
                .isThrownBy(() -> Allocators.segregated(1, small, null))
                .withMessage("large");
    }
}
