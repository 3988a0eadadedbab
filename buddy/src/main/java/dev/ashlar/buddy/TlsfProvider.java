package dev.ashlar.buddy;

import dev.ashlar.api.Allocator;
import dev.ashlar.buddy.core.TlsfAlgorithm;
import dev.ashlar.buddy.internal.RegionAllocator;
import dev.ashlar.buddy.internal.RegionLayout;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.Capabilities;
import dev.ashlar.spi.StrategySettings;
import java.util.List;

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
                name(), List.of(Tlsf.Builder.GRANULE, RegionBuilder.REGION_SIZE, RegionBuilder.LARGE_BLOCKS));
    }

    private static RegionLayout layout(StrategySettings settings) {
        return RegionLayout.of(
                new TlsfAlgorithm(), settings.get(Tlsf.Builder.GRANULE), settings.get(RegionBuilder.REGION_SIZE));
    }
}
