package dev.ashlar.verification.properties;

import dev.ashlar.api.Resettable;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.Capabilities;
import dev.ashlar.testkit.AllocatorUnderTest;
import dev.ashlar.testkit.ContractLimits;
import dev.ashlar.testkit.ContractLimits.SingleFrees;
import dev.ashlar.testkit.FaultySource;
import java.util.Collection;
import java.util.Map;

/** Allocators of the installed strategies, each with a source of its own. */
final class Subjects {

    /** The largest block, so that a test has time for many. */
    private static final long LARGEST_BLOCK = 64 << 20;

    private static final long LARGEST_ALIGNMENT = 4096;

    /** No other thread returns memory between two reads of a figure. */
    private static final Map<String, String> MANUAL = Map.of("ashlar.adaptive.housekeeping", "manual");

    private Subjects() {}

    /** Every strategy that is installed. */
    static Collection<AllocatorProvider> strategies() {
        Collection<AllocatorProvider> installed = AllocatorProviders.installed().values();
        if (installed.isEmpty()) {
            throw new AssertionError("no strategy is installed");
        }
        return installed;
    }

    static AllocatorUnderTest create(AllocatorProvider provider, long limitBytes, long retainedBytes) {
        FaultySource source = new FaultySource();
        AllocatorConfig config = AllocatorConfig.builder()
                .source(source)
                .limitBytes(limitBytes)
                .retainedBytes(retainedBytes)
                .properties(MANUAL)
                .build();
        return new AllocatorUnderTest(provider.create(config), source, config, limits(provider.capabilities(config)));
    }

    private static ContractLimits limits(Capabilities capabilities) {
        return ContractLimits.builder()
                .largestBlock(Math.min(capabilities.maxByteSize(), LARGEST_BLOCK))
                .largestAlignment(Math.min(capabilities.maxByteAlignment(), LARGEST_ALIGNMENT))
                .capabilities(capabilities.interfaces().toArray(Class<?>[]::new))
                .singleFrees(
                        capabilities.interfaces().contains(Resettable.class)
                                ? SingleFrees.WAIT_FOR_RESET
                                : SingleFrees.GIVE_BACK)
                .build();
    }
}
