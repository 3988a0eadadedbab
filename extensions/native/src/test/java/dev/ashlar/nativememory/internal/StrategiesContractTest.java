package dev.ashlar.nativememory.internal;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException.Reason;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.testkit.AllocatorContract;
import dev.ashlar.testkit.ContractLimits;
import dev.ashlar.testkit.ContractLimits.Beyond;
import dev.ashlar.testkit.ContractLimits.RacingFrees;
import dev.ashlar.testkit.ContractLimits.SingleFrees;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The contract of allocators, kept by the strategies over this source. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class StrategiesContractTest {

    abstract static class OverMmap extends AllocatorContract {

        private final AllocatorProvider provider;
        private final Map<String, String> settings;

        OverMmap(String strategy, Map<String, String> settings) {
            provider = AllocatorProviders.require(strategy);
            this.settings = settings;
        }

        @Override
        protected MemorySource memory() {
            return new MmapSource();
        }

        @Override
        protected Allocator create(AllocatorConfig config) {
            return provider.create(config.toBuilder().properties(settings).build());
        }

        ContractLimits.Builder builder() {
            return ContractLimits.builder()
                    .capabilities(provider.capabilities().interfaces().toArray(Class<?>[]::new))
                    .beyond(Beyond.SERVED);
        }

        @Override
        protected ContractLimits limits() {
            return builder().build();
        }
    }

    @Nested
    class Slab extends OverMmap {
        Slab() {
            super("slab", Map.of());
        }

        @Override
        protected ContractLimits limits() {
            return builder()
                    .largestBlock(64 * 1024)
                    .largestAlignment(4096)
                    .racingFrees(RacingFrees.BOTH_MAY_BE_SERVED)
                    .retainedBytesPerThread(4 << 20)
                    .build();
        }
    }

    @Nested
    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long", disabledReason = "is long")
    class Tlsf extends OverMmap {
        Tlsf() {
            super("tlsf", Map.of("ashlar.tlsf.regionSize", "512KiB"));
        }

        @Override
        protected ContractLimits limits() {
            return builder().largestBlock(512 * 1024).largestAlignment(4096).build();
        }
    }

    @Nested
    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long", disabledReason = "is long")
    class Arena extends OverMmap {
        Arena() {
            super("arena", Map.of());
        }

        @Override
        protected ContractLimits limits() {
            return builder()
                    .seenInvalidFrees(Reason.FOREIGN)
                    .singleFrees(SingleFrees.WAIT_FOR_RESET)
                    .build();
        }
    }

    @Nested
    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long", disabledReason = "is long")
    class Adaptive extends OverMmap {
        Adaptive() {
            super("adaptive", Map.of());
        }

        @Override
        protected ContractLimits limits() {
            return builder()
                    .racingFrees(RacingFrees.BOTH_MAY_BE_SERVED)
                    .retainedBytesPerThread(8 << 20)
                    .tightLimitBytes(8 << 20)
                    .build();
        }
    }
}
