package dev.ashlar.buddy;

import dev.ashlar.api.Allocator;
import dev.ashlar.buddy.core.BuddyAlgorithm;
import dev.ashlar.buddy.internal.RegionAllocator;
import dev.ashlar.buddy.internal.RegionLayout;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.Capabilities;

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
        BuddyConfig settings = settings(config);
        return RegionAllocator.capabilities(settings.regionSize(), settings.largeBlocks());
    }

    @Override
    public int apiVersion() {
        return API_VERSION;
    }

    @Override
    public Allocator create(AllocatorConfig config) {
        BuddyConfig settings = settings(config);
        BuddyAlgorithm algorithm = new BuddyAlgorithm(settings.parts());
        RegionLayout layout = RegionLayout.of(algorithm, settings.minimumBlock(), settings.regionSize());
        return RegionAllocator.create(name(), layout, config, settings.largeBlocks());
    }

    private BuddyConfig settings(AllocatorConfig config) {
        return config.settings(name(), BuddyConfig.DEFAULTS);
    }
}
