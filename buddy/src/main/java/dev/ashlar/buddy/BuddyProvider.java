package dev.ashlar.buddy;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Resizable;
import dev.ashlar.buddy.core.BuddyAlgorithm;
import dev.ashlar.buddy.internal.RegionAllocator;
import dev.ashlar.buddy.internal.RegionLayout;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.Capabilities;
import java.util.Set;

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
        return new Capabilities(
                Set.of(AddressAllocator.class, Resizable.class, Owner.class, Inspectable.class, Limit.class),
                BuddyConfig.DEFAULTS.regionSize(),
                RegionLayout.REGION_ALIGNMENT);
    }

    @Override
    public int apiVersion() {
        return API_VERSION;
    }

    @Override
    public Allocator create(AllocatorConfig config) {
        BuddyConfig settings = config.settings(name(), BuddyConfig.DEFAULTS);
        BuddyAlgorithm algorithm = new BuddyAlgorithm(settings.parts());
        RegionLayout layout = RegionLayout.of(algorithm, settings.minimumBlock(), settings.regionSize());
        return RegionAllocator.create(name(), layout, config, settings.largeBlocks());
    }
}
