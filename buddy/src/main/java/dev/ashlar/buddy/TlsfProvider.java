package dev.ashlar.buddy;

import dev.ashlar.api.Allocator;
import dev.ashlar.buddy.core.TlsfFit;
import dev.ashlar.buddy.internal.Geometry;
import dev.ashlar.buddy.internal.RegionAllocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.Capabilities;

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
        return RegionCapabilities.upTo(TlsfConfig.DEFAULTS.regionSize());
    }

    @Override
    public int apiVersion() {
        return API_VERSION;
    }

    @Override
    public Allocator create(AllocatorConfig config) {
        TlsfConfig settings = config.settings(name(), TlsfConfig.DEFAULTS);
        Geometry geometry = Geometry.of(new TlsfFit(), settings.granule(), settings.regionSize());
        return RegionAllocator.create(name(), geometry, config, settings.largeBlocks());
    }
}
