package dev.ashlar.slab;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.testkit.AllocatorContract;
import dev.ashlar.testkit.ContractLimits;
import org.junit.jupiter.api.Nested;

/** The contract, kept by the strategy as it comes, by one that refuses large blocks, and by a view. */
class SlabContractTest {

    /** The largest chunk, for each of two that the active slabs of a thread may lie in. */
    private static final long RETAINED_BY_A_THREAD = 8 * 1024 * 1024;

    private static ContractLimits.Builder slab() {
        Class<?>[] capabilities = new SlabProvider().capabilities().interfaces().toArray(Class<?>[]::new);
        return ContractLimits.builder()
                .largestBlock(64 * 1024)
                .largestAlignment(4096)
                .capabilities(capabilities)
                .racingFrees(ContractLimits.RacingFrees.BOTH_MAY_BE_SERVED)
                .retainedBytesPerThread(RETAINED_BY_A_THREAD);
    }

    @Nested
    class WithUpstream extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            return new SlabProvider().create(config);
        }

        @Override
        protected ContractLimits limits() {
            return slab().beyond(ContractLimits.Beyond.SERVED).build();
        }
    }

    @Nested
    class RefusingLargeBlocks extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            SlabConfig settings = new SlabConfig(4, 64 * 1024, LargeBlockPolicy.REFUSE);
            return new SlabProvider()
                    .create(config.toBuilder().settings(settings).build());
        }

        @Override
        protected ContractLimits limits() {
            return slab().beyond(ContractLimits.Beyond.REFUSED).build();
        }
    }
}
