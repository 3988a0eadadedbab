package dev.ashlar.insight.rollout;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Evacuable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.AllocatorContract;
import dev.ashlar.testkit.ContractLimits;
import dev.ashlar.testkit.ContractLimits.Beyond;
import dev.ashlar.testkit.ContractLimits.Closing;
import dev.ashlar.testkit.ContractLimits.Limited;
import dev.ashlar.testkit.ContractLimits.RacingFrees;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Half of the threads on each of two slab allocators, under one limit. Each allocator has the reserve of the kit. */
@EnabledIfSystemProperty(named = "ashlar.tests", matches = "long", disabledReason = "is long")
class RolloutContractTest extends AllocatorContract {

    private static final long RETAINED_BY_A_THREAD = 8 << 20;

    @Override
    protected Allocator create(AllocatorConfig config) {
        AllocatorConfig each =
                config.toBuilder().limitBytes(AllocationException.NO_LIMIT).build();
        Rollout rollout = Rollout.builder(slab(each), slab(each))
                .by(RolloutKey.THREAD)
                .share(0.5)
                .sampleEvery(2)
                .checkedByHand()
                .start();
        return Allocators.limited(rollout, config.limitBytes());
    }

    private static Allocator slab(AllocatorConfig config) {
        return AllocatorProviders.require("slab").create(config);
    }

    @Override
    protected ContractLimits limits() {
        return ContractLimits.builder()
                .capabilities(
                        AddressAllocator.class,
                        Confinable.class,
                        Inspectable.class,
                        Evacuable.class,
                        Owner.class,
                        Limit.class)
                .beyond(Beyond.SERVED)
                .racingFrees(RacingFrees.BOTH_MAY_BE_SERVED)
                .retainedBytesPerThread(RETAINED_BY_A_THREAD)
                .limited(Limited.REQUESTED_BYTES)
                .closing(Closing.LEAVES_MEMORY)
                .build();
    }
}
