package dev.ashlar.verification.kit;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Resettable;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.testkit.AllocatorContract;
import dev.ashlar.testkit.ContractLimits;
import dev.ashlar.testkit.ContractLimits.SingleFrees;

/** An arena that declares its limits can pass the contract. */
// @start region="arena"
class HonestArenaTest extends AllocatorContract {

    @Override
    protected Allocator create(AllocatorConfig config) {
        return new HonestArena(config);
    }

    @Override
    protected ContractLimits limits() {
        return ContractLimits.builder()
                .capabilities(Resettable.class)
                .seenInvalidFrees()
                .singleFrees(SingleFrees.WAIT_FOR_RESET)
                .build();
    }
}
// @end
