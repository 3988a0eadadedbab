package dev.ashlar.slab;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Owner;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.spi.support.SizeClassAllocator;
import dev.ashlar.testkit.AllocatorContract;
import dev.ashlar.testkit.ContractLimits;
import dev.ashlar.testkit.ContractLimits.Beyond;
import dev.ashlar.testkit.ContractLimits.Closing;
import dev.ashlar.testkit.ContractLimits.Threads;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The contract on the strategy with its defaults, on one that refuses large blocks, and on a view. */
class SlabContractTest {

    private static final SlabProvider PROVIDER = new SlabProvider();

    /**
     * A thread holds 64 KiB of active slabs. In the worst case each of them is a page, and the only slab of its chunk.
     * In heaps as small as in the contract's tests this is up to 256 KiB.
     */
    private static final long RETAINED_BY_A_THREAD = SizeClassAllocator.DEFAULT_THREAD_BYTES / 4096 * 256 * 1024;

    private static ContractLimits.Builder limits(Class<?>... capabilities) {
        return ContractLimits.builder()
                .largestBlock(64 * 1024)
                .largestAlignment(4096)
                .capabilities(capabilities)
                .racingFrees(ContractLimits.RacingFrees.BOTH_MAY_BE_SERVED)
                .retainedBytesPerThread(RETAINED_BY_A_THREAD);
    }

    private static Class<?>[] capabilities() {
        return PROVIDER.capabilities().interfaces().toArray(Class<?>[]::new);
    }

    @Nested
    class WithUpstream extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            return PROVIDER.create(config);
        }

        @Override
        protected ContractLimits limits() {
            return SlabContractTest.limits(capabilities()).beyond(Beyond.SERVED).build();
        }
    }

    @Nested
    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long", disabledReason = "is long")
    class RefusingLargeBlocks extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            Slab.Builder settings = Slab.builder().classesPerDoubling(4).largeBlocks(LargeBlockPolicy.REFUSE);
            return PROVIDER.create(config.toBuilder().settings(settings).build());
        }

        @Override
        protected ContractLimits limits() {
            return SlabContractTest.limits(capabilities())
                    .beyond(Beyond.REFUSED)
                    .build();
        }
    }

    @Nested
    class ConfinedView extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            return PROVIDER.create(config).as(Confinable.class).orElseThrow().confined();
        }

        @Override
        protected ContractLimits limits() {
            return SlabContractTest.limits(AddressAllocator.class, Owner.class)
                    .beyond(Beyond.SERVED)
                    .threads(Threads.ONE)
                    .closing(Closing.LEAVES_MEMORY)
                    .build();
        }
    }
}
