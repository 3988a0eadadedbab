package dev.ashlar.api.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.CapableAllocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.InvalidBlockException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Composites count their own refusals at every moment, whatever their sides refuse. */
class CompositeCountsTest {

    private static final int BORDER = 100;

    /** Reads the composite's figures after a decision of this side and before the composite continues. */
    private static final class WatchingSide extends CapableAllocator {

        private final List<AllocatorStats> seen = new ArrayList<>();
        private @Nullable Allocator composite;

        WatchingSide(long capacity) {
            super(capacity);
        }

        private void look() {
            if (composite != null) {
                seen.add(composite.stats());
            }
        }

        @Override
        public synchronized MemorySegment tryAllocate(long byteSize, long byteAlignment) {
            MemorySegment block = super.tryAllocate(byteSize, byteAlignment);
            look();
            return block;
        }

        @Override
        public synchronized void free(MemorySegment block) {
            try {
                super.free(block);
            } finally {
                look();
            }
        }
    }

    private record Sides(WatchingSide first, WatchingSide second, Allocator composite) {

        static Sides of(long firstCapacity, long secondCapacity, BinaryOperator<Allocator> composition) {
            WatchingSide first = new WatchingSide(firstCapacity);
            WatchingSide second = new WatchingSide(secondCapacity);
            Allocator composite = composition.apply(first, second);
            first.composite = composite;
            second.composite = composite;
            return new Sides(first, second, composite);
        }

        void assertNeverTold(long refused, long invalidFrees) {
            List<AllocatorStats> all = new ArrayList<>(first.seen);
            all.addAll(second.seen);
            assertThat(all).isNotEmpty().allSatisfy(stats -> {
                assertThat(stats.refused()).isLessThanOrEqualTo(refused);
                assertThat(stats.invalidFrees()).isLessThanOrEqualTo(invalidFrees);
            });
        }
    }

    static Stream<BinaryOperator<Allocator>> compositions() {
        return Stream.of(Allocators::fallback, (small, large) -> Allocators.segregated(BORDER, small, large));
    }

    @Test
    void mustNeverTellAsRefusedWhatTheOtherSideServes() {
        Sides sides = Sides.of(0, 10_000, Allocators::fallback);
        for (Request request : Request.values()) {
            MemorySegment block = request.serve(sides.composite, 50, 8);
            request.free(sides.composite, block);
        }
        MemorySegment block = sides.composite.allocate(50);
        sides.composite.free(sides.composite.resize(block, 60, 8));
        assertThat(sides.first.stats().refused()).as("by the first side").isPositive();
        assertThat(sides.composite.stats().refused()).isZero();
        sides.assertNeverTold(0, 0);
    }

    @Test
    void mustNeverTellAsInvalidWhatTheOtherSideFrees() {
        Sides sides = Sides.of(10_000, 10_000, (small, large) -> Allocators.segregated(BORDER, small, large));
        MemorySegment grown = sides.second.allocate(BORDER / 2); // small, but of the large side
        sides.composite.free(grown);
        assertThat(sides.first.stats().invalidFrees()).as("by the first side").isPositive();
        assertThat(sides.composite.stats().invalidFrees()).isZero();
        sides.assertNeverTold(0, 0);
    }

    @ParameterizedTest
    @MethodSource("compositions")
    void mustCountOnceWhatBothSidesRefuse(BinaryOperator<Allocator> composition) {
        Sides sides = Sides.of(1_000, 1_000, composition);
        Allocator composite = sides.composite;
        assertThat(composite.tryAllocate(5_000, 8)).isNull();
        assertThat(composite.tryAllocateAll(new long[] {10, 5_000}, 8)).isNull();
        MemorySegment block = composite.allocate(50);
        assertThat(composite.tryResize(block, 5_000, 8)).isNull();
        assertThat(composite.stats().refused()).isEqualTo(3);

        composite.free(block);
        assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(() -> composite.free(block));
        assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(() -> composite.tryResize(block, 60, 8));
        assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(() -> composite.freeAll(List.of(block)));
        MemorySegment live = composite.allocate(50);
        assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(() -> composite.freeAll(List.of(live, live)));
        assertThat(composite.stats().invalidFrees()).isEqualTo(4);
        assertThat(composite.stats().refused()).isEqualTo(3);
        sides.assertNeverTold(3, 4);
        composite.free(live);
    }

    @ParameterizedTest
    @MethodSource("compositions")
    void mustCountItsOwnClientsAndThoseOfItsViews(BinaryOperator<Allocator> composition) {
        Sides sides = Sides.of(1_000, 1_000, composition);
        assertThat(sides.first.tryAllocate(5_000, 8)).isNull();
        MemorySegment foreign = new CapableAllocator(100).allocate(10);
        assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(() -> sides.second.free(foreign));
        assertThat(sides.composite.stats().refused()).as("asked by others").isZero();
        assertThat(sides.composite.stats().invalidFrees()).as("freed by others").isZero();

        try (Allocator view = sides.composite.as(Confinable.class).orElseThrow().confined()) {
            assertThat(view.tryAllocate(5_000, 8)).isNull();
            assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(() -> view.free(foreign));
        }
        assertThat(sides.composite.stats().refused()).isEqualTo(1);
        assertThat(sides.composite.stats().invalidFrees()).isEqualTo(1);
    }
}
