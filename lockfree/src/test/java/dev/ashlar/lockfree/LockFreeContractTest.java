package dev.ashlar.lockfree;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.testkit.AllocatorContract;
import dev.ashlar.testkit.ContractLimits;
import org.junit.jupiter.api.Nested;

/** The contract, kept by the strategy as it comes, by one that refuses large blocks, and by a view. */
class LockFreeContractTest {

    /** The largest chunk, for each of two that the active slabs of a thread may lie in. */
    private static final long RETAINED_BY_A_THREAD = 8 * 1024 * 1024;

    private static ContractLimits.Builder lockfree() {
        Class<?>[] capabilities =
                new LockFreeProvider().capabilities().interfaces().toArray(Class<?>[]::new);
        return ContractLimits.builder()
                .largestBlock(64 * 1024)
                .largestAlignment(4096)
                .capabilities(capabilities)
                .retainedBytesPerThread(RETAINED_BY_A_THREAD);
    }

    @Nested
    class WithUpstream extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            return new LockFreeProvider().create(config);
        }

        @Override
        protected ContractLimits limits() {
            return lockfree().beyond(ContractLimits.Beyond.SERVED).build();
        }
    }

    @Nested
    class RefusingLargeBlocks extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            LockFreeConfig settings = new LockFreeConfig(4, 64 * 1024, LargeBlockPolicy.REFUSE, 16);
            return new LockFreeProvider()
                    .create(config.toBuilder().settings(settings).build());
        }

        @Override
        protected ContractLimits limits() {
            return lockfree().beyond(ContractLimits.Beyond.REFUSED).build();
        }
    }
}
