package dev.ashlar.verification.kit;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Owner;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.testkit.AllocatorContract;
import dev.ashlar.testkit.ContractLimits;

/** A simple allocator can pass the whole contract. */
class HonestAllocatorTest extends AllocatorContract {

    @Override
    protected Allocator create(AllocatorConfig config) {
        return new HonestAllocator(config);
    }

    @Override
    protected ContractLimits limits() {
        return ContractLimits.builder().capabilities(Owner.class).build();
    }
}
