package dev.ashlar.adaptive;

import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.ProviderContract;
import java.util.List;
import java.util.Map;

/** What the provider reports for configurations. */
class AdaptiveProviderTest extends ProviderContract {

    @Override
    protected AllocatorProvider provider() {
        return new AdaptiveProvider();
    }

    @Override
    protected List<Map<String, String>> accepted() {
        return List.of(
                Map.of(),
                Map.of("ashlar.slab.sizes", "64,600,1000"),
                Map.of("ashlar.adaptive.large.strategies", "slab"));
    }

    @Override
    protected List<Map<String, String>> refused() {
        return List.of(
                Map.of("ashlar.adaptive.softLimit", "2"),
                Map.of("ashlar.adaptive.medium.upTo", "1"),
                Map.of("ashlar.slab.largestBlock", "3KiB"));
    }
}
