package dev.ashlar.slab;

import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.ProviderContract;
import java.util.List;
import java.util.Map;

/** What the provider reports for configurations. */
class SlabProviderTest extends ProviderContract {

    @Override
    protected AllocatorProvider provider() {
        return new SlabProvider();
    }

    @Override
    protected List<Map<String, String>> accepted() {
        return List.of(
                Map.of(),
                Map.of("ashlar.slab.largestBlock", "4KiB", "ashlar.slab.largeBlocks", "refuse"),
                Map.of("ashlar.slab.sizes", "64,600,1000"));
    }

    @Override
    protected List<Map<String, String>> refused() {
        return List.of(
                Map.of("ashlar.slab.largestBlock", "3KiB"),
                Map.of("ashlar.slab.sizes", "600,64"),
                Map.of("ashlar.slab.size", "64"));
    }
}
