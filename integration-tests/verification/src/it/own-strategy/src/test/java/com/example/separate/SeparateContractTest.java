package com.example.separate;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Owner;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.testkit.AllocatorContract;
import dev.ashlar.testkit.ContractLimits;
import dev.ashlar.testkit.ContractLimits.Beyond;

class SeparateContractTest extends AllocatorContract {

    @Override
    protected Allocator create(AllocatorConfig config) {
        return new SeparateProvider().create(config);
    }

    @Override
    protected ContractLimits limits() {
        return ContractLimits.builder()
                .capabilities(Owner.class)
                .beyond(Beyond.SERVED)
                .build();
    }
}
