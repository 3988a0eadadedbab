package dev.ashlar.verification.kit;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.testkit.AllocatorContract;
import dev.ashlar.testkit.ContractLimits;

/** The contract on an allocator with a fault. Not run by itself, but by {@link KitCanFailTest}. */
final class AllocatorSpecimen extends AllocatorContract {

    /** Static, because JUnit makes a new specimen for each test. */
    static Fault fault;

    @Override
    protected Allocator create(AllocatorConfig config) {
        return fault.broken().apply(config);
    }

    @Override
    protected ContractLimits limits() {
        return fault.limits();
    }
}
