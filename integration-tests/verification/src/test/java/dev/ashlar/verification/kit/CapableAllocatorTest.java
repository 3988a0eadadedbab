package dev.ashlar.verification.kit;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Retention;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.testkit.AllocatorContract;
import dev.ashlar.testkit.ContractLimits;

/** An allocator can pass the contract of the capabilities. */
class CapableAllocatorTest extends AllocatorContract {

    @Override
    protected Allocator create(AllocatorConfig config) {
        return new CapableAllocator(config);
    }

    @Override
    protected ContractLimits limits() {
        return ContractLimits.builder()
                .capabilities(
                        AddressAllocator.class,
                        Confinable.class,
                        Inspectable.class,
                        Owner.class,
                        Limit.class,
                        Retention.class)
                .build();
    }
}
