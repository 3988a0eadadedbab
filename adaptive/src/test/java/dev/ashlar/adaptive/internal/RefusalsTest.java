package dev.ashlar.adaptive.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.Adaptive.Housekeeping;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.HandClock;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Confinable;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.FaultySource;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The steps before a request is refused, and how often each is tried. */
class RefusalsTest {

    private static final long HALF = 60_000;

    private final FaultySource source = new FaultySource();
    private final StrategyDouble strategy = new StrategyDouble("counted", 64 << 20, 4096);
    private final AdaptiveAllocator allocator = open();

    private AdaptiveAllocator open() {
        Adaptive.Builder settings = Adaptive.builder()
                .small(tier -> tier.upTo(256).strategies("slab").retainedShare(0.5))
                .medium(tier -> tier.upTo(64 * 1024).strategies("counted").retainedShare(0))
                .large(tier -> tier.upTo(64 * 1024).strategies("counted").retainedShare(0))
                .housekeeping(Housekeeping.MANUAL);
        AllocatorConfig config = AllocatorConfig.builder()
                .source(source)
                .limitBytes(100_000)
                .settings(settings)
                .build();
        return TieredAllocator.create(
                config, Map.of("slab", AllocatorProviders.require("slab"), "counted", strategy), new HandClock());
    }

    @AfterEach
    void close() {
        allocator.close();
        source.close();
    }

    private int asked(Runnable request) {
        int before = strategy.requests().get();
        request.run();
        return strategy.requests().get() - before;
    }

    @Test
    void mustNotAskAgainWhereNothingWasReclaimed() {
        allocator.allocate(HALF, 8);
        assertThat(asked(() -> assertThatExceptionOfType(AllocationException.class)
                        .isThrownBy(() -> allocator.allocate(HALF, 8))))
                .isEqualTo(1);
        assertThat(asked(() -> assertThat(allocator.tryAllocate(HALF, 8)).isNull()))
                .isEqualTo(1);
        assertThat(asked(() -> assertThatExceptionOfType(AllocationException.class)
                        .isThrownBy(() -> allocator.allocate(HALF, 8, AllocationHints.NONE.withTag("tag")))))
                .isEqualTo(1);
        assertThat(asked(() -> assertThatExceptionOfType(AllocationException.class)
                        .isThrownBy(() -> allocator.allocateAll(HALF, 8, 1))))
                .as("a batch that is beyond the limit")
                .isZero();
        Confinable confinable = allocator.as(Confinable.class).orElseThrow();
        assertThat(asked(() ->
                        assertThat(confinable.confined().tryAllocate(HALF, 8)).isNull()))
                .isEqualTo(1);
        assertThat(allocator.stats().refused()).as("each counted once").isEqualTo(5);
    }

    @Test
    void mustAskOnceMoreAfterIdleMemoryOfOthersWasReclaimed() {
        List<MemorySegment> small = new ArrayList<>(allocator.allocateAll(256, 8, 200));
        allocator.freeAll(small);

        assertThat(asked(() -> allocator.allocate(HALF, 8))).isEqualTo(2);
        assertThat(allocator.stats().refused()).isZero();
    }

    @Test
    void mustMoveABlockThatIsResizedWhenThatWasRefusedAtFirst() {
        List<MemorySegment> cache = new ArrayList<>();
        MemorySegment block = allocator.allocate(30_000, 8).fill((byte) 7);
        cache.add(allocator.allocate(HALF, 8));
        allocator.addPressureListener(wanted -> allocator.free(cache.removeFirst()));

        MemorySegment moved = allocator.resize(block, 40_000, 8);

        assertThat(moved.byteSize()).isEqualTo(40_000);
        assertThat(moved.asSlice(0, 30_000).toArray(ValueLayout.JAVA_BYTE)).containsOnly(7);
        assertThat(allocator.stats().liveBlocks()).isEqualTo(1);
    }
}
