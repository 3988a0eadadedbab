package dev.ashlar.verification.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.Adaptive.Housekeeping;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.testkit.FaultySource;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rule 6 if {@code adaptive} is at its limit and other size classes would be better: sizes that fit stay available. */
class SizeClassSwitchTest {

    /** A size that is no standard class, so that a change gains something. */
    private static final long BLOCK = 592;

    /** With a pass at the end of each. Some passes check a tier. */
    private static final int SECONDS = 100;

    private Instant now = Instant.EPOCH;

    @ParameterizedTest
    @MethodSource("dev.ashlar.verification.memory.BoundsToday#servingAtTheLimit")
    void aSizeThatFitsMustStayAvailableAtTheLimit(String strategy) {
        try (FaultySource source = new FaultySource();
                AdaptiveAllocator allocator = create(strategy, source)) {
            List<MemorySegment> live = new ArrayList<>();
            for (MemorySegment block = allocate(allocator); block != null; block = allocate(allocator)) {
                live.add(block); // without a pass, so that all are in the present classes
            }
            int filled = live.size();
            Collections.shuffle(live, new Random(1));
            while (live.size() > filled / 2) {
                allocator.free(live.removeLast());
            }

            for (int second = 0; second < SECONDS; second++) {
                for (int i = 0; i < 100; i++) {
                    MemorySegment block = allocate(allocator);
                    assertThat(block)
                            .as("a block of %d bytes in second %d, when half of the limit is free", BLOCK, second)
                            .isNotNull();
                    allocator.free(block);
                }
                now = now.plusSeconds(1);
                allocator.housekeep();
            }
            for (MemorySegment block = allocate(allocator); block != null; block = allocate(allocator)) {
                live.add(block);
            }
            assertThat(live).as("blocks that fit again, of %d", filled).hasSizeGreaterThan(filled * 9 / 10);
        }
    }

    private AdaptiveAllocator create(String strategy, FaultySource source) {
        return Adaptive.builder()
                .source(source)
                .limit(16 << 20)
                .small(tier -> tier.strategies(strategy))
                .medium(tier -> tier.strategies(strategy))
                .adaptation(its -> its.samples(1 << 20) // all requests are counted
                        .pause(Duration.ofSeconds(10)))
                .housekeeping(Housekeeping.MANUAL)
                .clock(() -> now)
                .build();
    }

    private static @Nullable MemorySegment allocate(AdaptiveAllocator allocator) {
        return allocator.tryAllocate(BLOCK, 8);
    }
}
