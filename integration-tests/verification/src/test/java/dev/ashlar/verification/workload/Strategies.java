package dev.ashlar.verification.workload;

import dev.ashlar.api.Resettable;
import dev.ashlar.spi.AllocatorProviders;
import java.util.stream.Stream;

/** What the workloads here run on, and for how long. */
public final class Strategies {

    private Strategies() {}

    /**
     * Names of the installed strategies that free single blocks. One that frees everything at once would keep all that
     * a workload ever allocated, and there is nothing to find out.
     */
    static Stream<String> freeingSingleBlocks() {
        return AllocatorProviders.installed().values().stream()
                .filter(provider -> !provider.capabilities().interfaces().contains(Resettable.class))
                .map(provider -> provider.name());
    }
}
