package com.example.separate;

import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.ProviderContract;
import java.util.List;
import java.util.Map;

class SeparateProviderTest extends ProviderContract {

    @Override
    protected AllocatorProvider provider() {
        return new SeparateProvider();
    }

    @Override
    protected List<Map<String, String>> accepted() {
        return List.of(Map.of("ashlar.separate.kept", "0.5"), Map.of("ashlar.separate.kept", "0"));
    }

    @Override
    protected List<Map<String, String>> refused() {
        return List.of(Map.of("ashlar.separate.kept", "1.1"), Map.of("ashlar.separate.held", "0.5"));
    }
}
