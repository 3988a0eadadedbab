package dev.ashlar.adaptive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.adaptive.Adaptive.Housekeeping;
import dev.ashlar.api.Limit;
import dev.ashlar.slab.Slab;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The builder of adaptive. */
class AdaptiveTest {

    @Test
    void mustBuildAnAllocatorWithEveryDefault() {
        try (AdaptiveAllocator allocator = Adaptive.allocator()) {
            MemorySegment block = allocator.allocate(100, 8);
            allocator.free(block);
            assertThat(allocator.summary()).contains("slab");
        }
    }

    @Test
    void mustBuildWithItsOwnSettings() {
        Instant noon = Instant.parse("2026-01-01T12:00:00Z");
        try (AdaptiveAllocator allocator = Adaptive.builder()
                .limit("64MiB")
                .profile(Profile.PRODUCTION)
                .housekeeping(Housekeeping.MANUAL)
                .medium(tier -> tier.strategies(Adaptive.DIRECT))
                .clock(() -> noon)
                .build()) {
            assertThat(allocator.as(Limit.class).orElseThrow().limitBytes()).isEqualTo(64 << 20);
            assertThat(allocator.report().time()).isEqualTo(noon);
            assertThat(allocator.report().softLimitBytes()).isEqualTo((long) ((64 << 20) * 0.8));
            assertThat(allocator.report().tiers())
                    .extracting(AdaptiveReport.Tier::strategy)
                    .containsExactly("slab", Adaptive.DIRECT);
        }
    }

    @Test
    void mustTakeTheSettingsOfAStrategyBeneath() {
        try (AdaptiveAllocator allocator = Adaptive.builder()
                .settings(Slab.builder().sizes(48, 4096))
                .medium(tier -> tier.upTo(4096))
                .build()) {
            assertThat(allocator.goodSize(8, 8)).isEqualTo(48);
        }
    }

    @Test
    void mustLetPropertiesOverrideWhatIsSetInCode() {
        try (AdaptiveAllocator allocator = Adaptive.builder()
                .properties(Map.of("ashlar.adaptive.profile", "production"))
                .limit("10MiB")
                .build()) {
            assertThat(allocator.report().softLimitBytes()).isEqualTo(8 << 20);
        }
        try (AdaptiveAllocator allocator = Adaptive.builder()
                .properties(Map.of("ashlar.adaptive.softLimit", "0.5"))
                .limit("10MiB")
                .profile(Profile.PRODUCTION)
                .build()) {
            assertThat(allocator.report().softLimitBytes()).isEqualTo(5 << 20);
        }
    }
}
