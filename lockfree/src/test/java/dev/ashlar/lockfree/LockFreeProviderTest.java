package dev.ashlar.lockfree;

import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.ProviderContract;
import java.util.List;
import java.util.Map;

/** What the provider reports for configurations. */
class LockFreeProviderTest extends ProviderContract {

    @Override
    protected AllocatorProvider provider() {
        return new LockFreeProvider();
    }

    @Override
    protected List<Map<String, String>> accepted() {
        return List.of(
                Map.of(), Map.of("ashlar.lockfree.largestBlock", "4KiB", "ashlar.lockfree.largeBlocks", "refuse"));
    }

    @Override
    protected List<Map<String, String>> refused() {
        return List.of(Map.of("ashlar.lockfree.largestBlock", "3KiB"), Map.of("ashlar.lockfree.threadBytes", "-1"));
    }
}
