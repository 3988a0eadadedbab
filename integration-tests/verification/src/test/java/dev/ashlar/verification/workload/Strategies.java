package dev.ashlar.verification.workload;

import dev.ashlar.api.Resettable;
import dev.ashlar.spi.AllocatorProviders;
import java.util.stream.Stream;

/** The strategies of the workloads here, and their length. */
public final class Strategies {

    private Strategies() {}

    /**
     * Names of the installed strategies that free single blocks. A strategy that frees everything at once would keep
     * all blocks of a workload, so it is not tested here.
     */
    static Stream<String> freeingSingleBlocks() {
        return AllocatorProviders.installed().values().stream()
                .filter(provider -> !provider.capabilities().interfaces().contains(Resettable.class))
                .map(provider -> provider.name());
    }
}
