package dev.ashlar.buddy;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorBuilder;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.testkit.AllocatorContract;
import dev.ashlar.testkit.ContractLimits;
import dev.ashlar.testkit.ContractLimits.Beyond;
import org.junit.jupiter.api.Nested;

/** The contract on both strategies, with smaller regions, and configured for small blocks. */
class RegionContractTest {

    /** Small, so that tests can fill regions many times. */
    private static final long REGION = 512 * 1024;

    abstract static class RegionContract extends AllocatorContract {

        private final AllocatorProvider provider;
        private final AllocatorBuilder<?> settings;
        private final Beyond beyond;

        RegionContract(AllocatorProvider provider, AllocatorBuilder<?> settings, Beyond beyond) {
            this.provider = provider;
            this.settings = settings;
            this.beyond = beyond;
        }

        @Override
        protected Allocator create(AllocatorConfig config) {
            return provider.create(config.toBuilder().settings(settings).build());
        }

        @Override
        protected ContractLimits limits() {
            return ContractLimits.builder()
                    .largestBlock(REGION)
                    .largestAlignment(provider.capabilities().maxByteAlignment())
                    .capabilities(provider.capabilities().interfaces().toArray(Class<?>[]::new))
                    .beyond(beyond)
                    .build();
        }
    }

    @Nested
    class BuddyOfPages extends RegionContract {
        BuddyOfPages() {
            super(new BuddyProvider(), Buddy.builder().regionSize(REGION), Beyond.SERVED);
        }
    }

    @Nested
    class BuddyOfSmallBlocks extends RegionContract {
        BuddyOfSmallBlocks() {
            super(
                    new BuddyProvider(),
                    Buddy.builder().minimumBlock(16).regionSize(REGION).parts(1).largeBlocks(LargeBlockPolicy.REFUSE),
                    Beyond.REFUSED);
        }
    }

    @Nested
    class BuddyOfCacheLines extends RegionContract {
        BuddyOfCacheLines() {
            super(new BuddyProvider(), Buddy.builder().minimumBlock(64).regionSize(REGION), Beyond.SERVED);
        }
    }

    @Nested
    class TlsfOfCacheLines extends RegionContract {
        TlsfOfCacheLines() {
            super(new TlsfProvider(), Tlsf.builder().regionSize(REGION), Beyond.SERVED);
        }
    }

    @Nested
    class TlsfOfSmallBlocks extends RegionContract {
        TlsfOfSmallBlocks() {
            super(
                    new TlsfProvider(),
                    Tlsf.builder().granule(16).regionSize(REGION).largeBlocks(LargeBlockPolicy.REFUSE),
                    Beyond.REFUSED);
        }
    }
}
