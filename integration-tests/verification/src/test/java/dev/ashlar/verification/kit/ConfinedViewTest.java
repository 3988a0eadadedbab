package dev.ashlar.verification.kit;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.testkit.AllocatorContract;
import dev.ashlar.testkit.ContractLimits;
import dev.ashlar.testkit.ContractLimits.Closing;
import dev.ashlar.testkit.ContractLimits.Threads;

/** A view that is for one thread and owns no memory can pass the contract. */
class ConfinedViewTest extends AllocatorContract {

    @Override
    protected Allocator create(AllocatorConfig config) {
        return new CapableAllocator(config).confined();
    }

    @Override
    protected ContractLimits limits() {
        return ContractLimits.builder()
                .threads(Threads.ONE)
                .closing(Closing.LEAVES_MEMORY)
                .build();
    }
}
