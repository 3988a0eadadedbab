package dev.ashlar.buddy;

import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.ProviderContract;
import java.util.List;
import java.util.Map;

/** What the provider reports for configurations. */
class TlsfProviderTest extends ProviderContract {

    @Override
    protected AllocatorProvider provider() {
        return new TlsfProvider();
    }

    @Override
    protected List<Map<String, String>> accepted() {
        return List.of(Map.of(), Map.of("ashlar.tlsf.regionSize", "1MiB"), Map.of("ashlar.tlsf.largeBlocks", "refuse"));
    }

    @Override
    protected List<Map<String, String>> refused() {
        return List.of(Map.of("ashlar.tlsf.regionSize", "3MiB"), Map.of("ashlar.tlsf.granule", "48"));
    }
}
