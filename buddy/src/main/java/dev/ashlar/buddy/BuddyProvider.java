package dev.ashlar.buddy;

import dev.ashlar.api.Allocator;
import dev.ashlar.buddy.core.BuddyFit;
import dev.ashlar.buddy.internal.Geometry;
import dev.ashlar.buddy.internal.RegionAllocator;
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
    public Capabilities capabilities() {
        return RegionCapabilities.upTo(BuddyConfig.DEFAULTS.regionSize());
    }

    @Override
    public int apiVersion() {
        return API_VERSION;
    }

    @Override
    public Allocator create(AllocatorConfig config) {
        BuddyConfig settings = config.settings(name(), BuddyConfig.DEFAULTS);
        BuddyFit fit = new BuddyFit(settings.parts());
        Geometry geometry = Geometry.of(fit, settings.minimumBlock(), settings.regionSize());
        return RegionAllocator.create(name(), geometry, config, settings.largeBlocks());
    }
}
