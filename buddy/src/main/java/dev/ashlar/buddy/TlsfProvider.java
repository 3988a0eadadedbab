package dev.ashlar.buddy;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Resizable;
import dev.ashlar.buddy.core.TlsfAlgorithm;
import dev.ashlar.buddy.internal.RegionAllocator;
import dev.ashlar.buddy.internal.RegionLayout;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.Capabilities;
import java.util.Set;

/** The strategy {@code tlsf}: blocks of any size from regions with segregated free lists, for sizes that vary. */
public final class TlsfProvider implements AllocatorProvider {

    /** For {@link java.util.ServiceLoader}. */
    public TlsfProvider() {}

    @Override
    public String name() {
        return "tlsf";
    }

    @Override
    public Capabilities capabilities() {
        return new Capabilities(
                Set.of(AddressAllocator.class, Resizable.class, Owner.class, Inspectable.class, Limit.class),
                TlsfConfig.DEFAULTS.regionSize(),
                RegionLayout.REGION_ALIGNMENT);
    }

    @Override
    public int apiVersion() {
        return API_VERSION;
    }

    @Override
    public Allocator create(AllocatorConfig config) {
        TlsfConfig settings = config.settings(name(), TlsfConfig.DEFAULTS);
        RegionLayout layout = RegionLayout.of(new TlsfAlgorithm(), settings.granule(), settings.regionSize());
        return RegionAllocator.create(name(), layout, config, settings.largeBlocks());
    }
}
