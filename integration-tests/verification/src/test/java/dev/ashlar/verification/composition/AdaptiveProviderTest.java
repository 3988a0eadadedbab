package dev.ashlar.verification.composition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AdaptiveProvider;
import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.ProviderContract;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the adaptive provider reports for configurations if every strategy is installed. */
class AdaptiveProviderTest extends ProviderContract {

    private static final Map<String, String> FEW_SIZES =
            Map.of("ashlar.slab.sizes", "64,600,1000", "ashlar.adaptive.housekeeping", "manual");

    @Override
    protected AllocatorProvider provider() {
        return new AdaptiveProvider();
    }

    @Override
    protected List<Map<String, String>> accepted() {
        return List.of(Map.of(), FEW_SIZES, Map.of("ashlar.adaptive.shortLived", "arena"));
    }

    @Override
    protected List<Map<String, String>> refused() {
        return List.of(
                Map.of("ashlar.buddy.regionSize", "3MiB"),
                Map.of("ashlar.adaptive.shortLived", "arena", "ashlar.arena.largestChunk", "1KiB"));
    }

    @Test
    void mustServeWhatAStrategyIsNotConfiguredForFromTheNextOfTheTier() {
        try (AdaptiveAllocator allocator = AdaptiveAllocator.create(AllocatorConfig.from(FEW_SIZES))) {
            allocator.allocate(1_000, 8);
            allocator.allocate(2_000, 8);

            assertThat(allocator.report().tiers())
                    .filteredOn(tier -> tier.stats().liveBlocks() > 0)
                    .extracting(AdaptiveReport.Tier::name, AdaptiveReport.Tier::strategy, AdaptiveReport.Tier::upTo)
                    .containsExactly(
                            tuple("small+medium", "slab", 1_000L), tuple("medium-lockfree", "lockfree", 64 * 1024L));
        }
    }
}
