package com.example.separate;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Owner;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.Capabilities;
import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.spi.StrategySetting;
import dev.ashlar.spi.StrategySettings;
import java.util.List;
import java.util.Set;

/** Makes {@link SeparateAllocator}s, under the name {@code separate}. */
public final class SeparateProvider implements AllocatorProvider {

    /** What of the retained bytes is kept for the next blocks. */
    static final StrategySetting<Double> KEPT = StrategySetting.between("kept", 1.0, 0.0, 1.0);

    @Override
    public String name() {
        return "separate";
    }

    @Override
    public Capabilities capabilities(AllocatorConfig config) {
        settings(config);
        return new Capabilities(Set.of(Owner.class), Capabilities.ANY, Capabilities.ANY, LargeBlockPolicy.UPSTREAM);
    }

    @Override
    public int apiVersion() {
        return API_VERSION;
    }

    @Override
    public Allocator createBare(AllocatorConfig config) {
        double kept = settings(config).get(KEPT);
        return new SeparateAllocator(config, (long) (kept * config.retainedBytes()));
    }

    private static StrategySettings settings(AllocatorConfig config) {
        return config.settings("separate", List.of(KEPT));
    }
}
