package dev.ashlar.adaptive;

import dev.ashlar.adaptive.internal.DecoratedAdaptive;
import dev.ashlar.adaptive.internal.TieredAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.Capabilities;
import java.time.InstantSource;

/** The strategy {@code adaptive}: the other installed strategies, each for the sizes that it serves best. */
public final class AdaptiveProvider implements AllocatorProvider {

    /** Its name. */
    public static final String NAME = "adaptive";

    /** For {@link java.util.ServiceLoader}. */
    public AdaptiveProvider() {}

    @Override
    public String name() {
        return NAME;
    }

    /** {@inheritDoc} They depend on the strategies that are installed. Every size and alignment is served. */
    @Override
    public Capabilities capabilities(AllocatorConfig config) {
        return TieredAllocator.capabilities(config, AllocatorProviders.installed());
    }

    @Override
    public void validate(AllocatorConfig config) {
        TieredAllocator.validate(config, AllocatorProviders.installed());
    }

    @Override
    public int apiVersion() {
        return API_VERSION;
    }

    @Override
    public Allocator createBare(AllocatorConfig config) {
        return TieredAllocator.create(config, AllocatorProviders.installed(), InstantSource.system());
    }

    @Override
    public AdaptiveAllocator decorated(Allocator bare, Allocator decorated) {
        return new DecoratedAdaptive((TieredAllocator) bare, decorated);
    }
}
