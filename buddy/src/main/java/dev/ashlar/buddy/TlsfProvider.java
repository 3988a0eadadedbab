package dev.ashlar.buddy;

import dev.ashlar.api.Allocator;
import dev.ashlar.buddy.core.TlsfAlgorithm;
import dev.ashlar.buddy.internal.RegionAllocator;
import dev.ashlar.buddy.internal.RegionLayout;
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
    public Capabilities capabilities(AllocatorConfig config) {
        TlsfConfig settings = settings(config);
        return RegionAllocator.capabilities(settings.regionSize(), settings.largeBlocks());
    }

    @Override
    public int apiVersion() {
        return API_VERSION;
    }

    @Override
    public Allocator create(AllocatorConfig config) {
        TlsfConfig settings = settings(config);
        RegionLayout layout = RegionLayout.of(new TlsfAlgorithm(), settings.granule(), settings.regionSize());
        return RegionAllocator.create(name(), layout, config, settings.largeBlocks());
    }

    private TlsfConfig settings(AllocatorConfig config) {
        return config.settings(name(), TlsfConfig.DEFAULTS);
    }
}
