package dev.ashlar.verification.composition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Quota;
import dev.ashlar.api.Resizable;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.AllocatorContract;
import dev.ashlar.testkit.ContractLimits;
import dev.ashlar.testkit.ContractLimits.Beyond;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The adaptive allocator as it is where every strategy is installed and nothing is set. */
class AdaptiveDefaultsTest {

    @Test
    void mustServeSmallBlocksByLockfreeAndMediumOnesByTlsf() {
        try (AdaptiveAllocator allocator = AdaptiveAllocator.create(AllocatorConfig.defaults())) {
            assertThat(allocator.report().tiers())
                    .extracting(AdaptiveReport.Tier::name, AdaptiveReport.Tier::upTo, AdaptiveReport.Tier::strategy)
                    .containsExactly(
                            tuple("small", 128L, "lockfree"),
                            tuple("medium", 64L * 1024, "tlsf"),
                            tuple("large", 64L << 20, "buddy"));
        }
    }

    @Test
    void mustServeBySlabWhereThatIsAskedFor() {
        AllocatorConfig config = AllocatorConfig.from(
                Map.of("ashlar.adaptive.small.strategies", "slab", "ashlar.adaptive.medium.strategies", "slab"));
        try (AdaptiveAllocator allocator = AdaptiveAllocator.create(config)) {
            assertThat(allocator.report().tiers().getFirst())
                    .extracting(AdaptiveReport.Tier::name, AdaptiveReport.Tier::upTo, AdaptiveReport.Tier::strategy)
                    .containsExactly("small+medium", 64L * 1024, "slab");
        }
    }

    @Nested
    class Contract extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            return AllocatorProviders.require("adaptive").create(config);
        }

        @Override
        protected ContractLimits limits() {
            return ContractLimits.builder()
                    .capabilities(
                            AddressAllocator.class,
                            Confinable.class,
                            Inspectable.class,
                            Owner.class,
                            Quota.class,
                            Resizable.class)
                    .beyond(Beyond.SERVED)
                    .retainedBytesPerThread(8 << 20)
                    .tightLimitBytes(8 << 20)
                    .build();
        }
    }
}
