package dev.ashlar.buddy;

import dev.ashlar.api.Allocator;
import dev.ashlar.buddy.core.BuddyAlgorithm;
import dev.ashlar.buddy.internal.RegionAllocator;
import dev.ashlar.buddy.internal.RegionLayout;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.Capabilities;
import dev.ashlar.spi.StrategySettings;
import java.util.List;

/** The strategy {@code buddy}: page-aligned blocks from regions that are halved, for large blocks. */
public final class BuddyProvider implements AllocatorProvider {

    /** For {@link java.util.ServiceLoader}. */
    public BuddyProvider() {}

    @Override
    public String name() {
        return "buddy";
    }

    @Override
    public Capabilities capabilities(AllocatorConfig config) {
        StrategySettings settings = settings(config);
        return RegionAllocator.capabilities(layout(settings), settings.get(RegionBuilder.LARGE_BLOCKS));
    }

    @Override
    public int apiVersion() {
        return API_VERSION;
    }

    @Override
    public Allocator createBare(AllocatorConfig config) {
        StrategySettings settings = settings(config);
        return RegionAllocator.create(name(), layout(settings), config, settings.get(RegionBuilder.LARGE_BLOCKS));
    }

    private StrategySettings settings(AllocatorConfig config) {
        return config.settings(
                name(),
                List.of(
                        Buddy.Builder.MINIMUM_BLOCK,
                        Buddy.Builder.PARTS,
                        RegionBuilder.REGION_SIZE,
                        RegionBuilder.LARGE_BLOCKS));
    }

    private static RegionLayout layout(StrategySettings settings) {
        return RegionLayout.of(
                new BuddyAlgorithm(settings.get(Buddy.Builder.PARTS)),
                settings.get(Buddy.Builder.MINIMUM_BLOCK),
                settings.get(RegionBuilder.REGION_SIZE));
    }
}
