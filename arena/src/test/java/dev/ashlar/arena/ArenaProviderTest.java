package dev.ashlar.arena;

import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.ProviderContract;
import java.util.List;
import java.util.Map;

/** What the provider reports for configurations. */
class ArenaProviderTest extends ProviderContract {

    @Override
    protected AllocatorProvider provider() {
        return new ArenaProvider();
    }

    @Override
    protected List<Map<String, String>> accepted() {
        return List.of(
                Map.of(),
                Map.of("ashlar.arena.largestChunk", "64KiB"),
                Map.of("ashlar.arena.checking", "full", "ashlar.arena.threads", "confined"));
    }

    @Override
    protected List<Map<String, String>> refused() {
        return List.of(Map.of("ashlar.arena.largestChunk", "1KiB"), Map.of("ashlar.arena.checking", "some"));
    }
}
