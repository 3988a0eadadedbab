package dev.ashlar.api.compose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.CapableAllocator;
import dev.ashlar.api.Refusal;
import dev.ashlar.api.Refusal.Reason;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which part of a composition refuses a request, and the good size of a block. */
class CompositeRefusalsTest {

    private final RoundingAllocator rounding = new RoundingAllocator(10_000);
    private final CapableAllocator exact = new CapableAllocator(10_000);

    @AfterEach
    void close() {
        rounding.close();
        exact.close();
    }

    private static void assertLimit(Refusal refusal, long requestedBytes, long limitBytes) {
        assertThat(refusal.reason()).isEqualTo(Reason.LIMIT);
        assertThat(refusal.requestedBytes()).isEqualTo(requestedBytes);
        assertThat(refusal.limitBytes()).isEqualTo(limitBytes);
    }

    @Test
    void mustTellWhichOfNestedLimitsRefuses() {
        Allocator outer = Allocators.limited(rounding, 1000);
        Allocator inner = Allocators.limited(outer, 800);
        outer.allocate(512);
        assertLimit(inner.refusal(600, 8), 600, 1000);
        assertLimit(inner.refusal(900, 8), 900, 800);
        assertLimit(inner.refusal(300, 8, 2), 600, 1000);
        assertLimit(inner.refusal(new long[] {1, 800}, 8), 801, 800);
        assertLimit(inner.refusal(100, 8), 100, 10_000);
        assertThat(inner.stats().refused() + outer.stats().refused()).isZero();
    }

    @Test
    void mustTellTheLimitThatTheGrowthOfABlockWouldPass() {
        Allocator outer = Allocators.limited(rounding, 1000);
        Allocator inner = Allocators.limited(outer, 800);
        MemorySegment block = inner.allocate(512);
        outer.allocate(400);
        assertThat(inner.tryResize(block, 700, 8)).isNull();
        assertLimit(inner.refusal(block, 700, 8), 188, 1000);
        assertLimit(inner.refusal(block, 900, 8), 388, 800);
    }

    @Test
    void mustTellTheLimitThatTheRoundingWouldPass() {
        Allocator limited = Allocators.limited(rounding, 100);
        assertThat(limited.tryAllocate(100, 8)).isNull();
        assertLimit(limited.refusal(100, 8), 100, 100);
        assertLimit(limited.refusal(50, 8, 2), 100, 100);
        assertLimit(limited.refusal(new long[] {50, 50}, 8), 100, 100);
    }

    @Test
    void mustTellWhyTheSecondOfTwoRefuses() {
        Allocator first = Allocators.limited(exact, 100);
        Allocator fallback = Allocators.fallback(first, Allocators.limited(rounding, 200));
        assertLimit(fallback.refusal(300, 8), 300, 200);
        assertLimit(fallback.refusal(150, 8, 2), 300, 200);
        assertLimit(fallback.refusal(new long[] {150, 150}, 8), 300, 200);
        assertLimit(fallback.refusal(fallback.allocate(50), 300, 8), 300, 200);
    }

    @Test
    void mustTellWhichKindOfBlockIsRefused() {
        Allocator small = Allocators.limited(exact, 100);
        Allocator large = Allocators.limited(rounding, 1000);
        Allocator segregated = Allocators.segregated(64, small, large);
        assertLimit(segregated.refusal(60, 8, 2), 120, 100);
        assertLimit(segregated.refusal(2000, 8), 2000, 1000);
        assertLimit(segregated.refusal(new long[] {60, 60, 500}, 8), 120, 100);
        assertLimit(segregated.refusal(new long[] {60, 600, 600}, 8), 1200, 1000);
        assertLimit(segregated.refusal(segregated.allocate(10), 2000, 8), 2000, 1000);
    }

    @Test
    void mustTellWhatABlockHasRoomForWhicheverSideServesIt() {
        assertThat(Allocators.limited(rounding, 1000).goodSize(100, 8)).isEqualTo(112);
        assertThat(Allocators.fallback(rounding, exact).goodSize(100, 8)).isEqualTo(100);
        Allocator segregated = Allocators.segregated(105, rounding, exact);
        assertThat(segregated.goodSize(90, 8)).isEqualTo(96);
        assertThat(segregated.goodSize(100, 8)).as("up to the border").isEqualTo(105);
        assertThat(segregated.goodSize(110, 8)).isEqualTo(110);
    }
}
