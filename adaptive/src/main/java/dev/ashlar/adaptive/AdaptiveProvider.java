package dev.ashlar.adaptive;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Resizable;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.Capabilities;
import java.util.Set;

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

    /**
     * {@inheritDoc} Capabilities beyond these depend on the strategies that are installed, and so does what serves
     * large blocks: a strategy for them if there is one, or else the source one by one.
     */
    @Override
    public Capabilities capabilities() {
        return new Capabilities(
                Set.of(
                        AddressAllocator.class,
                        Resizable.class,
                        Confinable.class,
                        Owner.class,
                        Inspectable.class,
                        Limit.class),
                AdaptiveConfig.DEFAULTS.large().upTo(),
                4096);
    }

    @Override
    public int apiVersion() {
        return API_VERSION;
    }

    @Override
    public Allocator create(AllocatorConfig config) {
        return AdaptiveAllocator.create(config);
    }
}
