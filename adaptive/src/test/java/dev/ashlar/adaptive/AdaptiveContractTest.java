package dev.ashlar.adaptive;

import dev.ashlar.adaptive.AdaptiveConfig.Housekeeping;
import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Retention;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.testkit.AllocatorContract;
import dev.ashlar.testkit.ContractLimits;
import dev.ashlar.testkit.ContractLimits.Beyond;
import dev.ashlar.testkit.ContractLimits.Closing;
import dev.ashlar.testkit.ContractLimits.RacingFrees;
import dev.ashlar.testkit.ContractLimits.Threads;
import java.time.Duration;
import org.junit.jupiter.api.Nested;

/**
 * The contract, kept by compositions of tiers on slab, which is all that is installed here, and on chunks of their own.
 */
class AdaptiveContractTest {

    /** What the slab strategy declares. */
    private static final long RETAINED_BY_A_THREAD = 8 * 1024 * 1024;

    /** Smaller than a multiple of what a thread may retain, because filling it is most of the time. */
    private static final long TIGHT_LIMIT = 8 * 1024 * 1024;

    private static Allocator create(AllocatorConfig config, AdaptiveConfig settings) {
        return new AdaptiveProvider()
                .create(config.toBuilder().settings(settings).build());
    }

    private static AdaptiveConfig manual() {
        return AdaptiveConfig.DEFAULTS.with(to -> to.housekeeping = Housekeeping.MANUAL);
    }

    private static ContractLimits limits() {
        return limitsOf(
                        AddressAllocator.class,
                        Retention.class,
                        Confinable.class,
                        Owner.class,
                        Inspectable.class,
                        Limit.class)
                .build();
    }

    private static ContractLimits.Builder limitsOf(Class<?>... capabilities) {
        return ContractLimits.builder()
                .capabilities(capabilities)
                .beyond(Beyond.SERVED)
                .racingFrees(RacingFrees.BOTH_MAY_BE_SERVED)
                .retainedBytesPerThread(RETAINED_BY_A_THREAD)
                .tightLimitBytes(TIGHT_LIMIT);
    }

    /** But for the interval: a pass gives memory back, between two figures that are to be of one moment. */
    @Nested
    class AsItComes extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            AdaptiveConfig settings = AdaptiveConfig.DEFAULTS.with(
                    to -> to.adaptation = AdaptationConfig.DEFAULTS.with(less -> less.interval = Duration.ofHours(1)));
            return AdaptiveContractTest.create(config, settings);
        }

        @Override
        protected ContractLimits limits() {
            return AdaptiveContractTest.limits();
        }
    }

    @Nested
    class ConfinedView extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            Allocator whole = AdaptiveContractTest.create(config, manual());
            return whole.as(Confinable.class).orElseThrow().confined();
        }

        @Override
        protected ContractLimits limits() {
            return limitsOf(AddressAllocator.class, Owner.class, Inspectable.class)
                    .threads(Threads.ONE)
                    .closing(Closing.LEAVES_MEMORY)
                    .build();
        }
    }

    @Nested
    class OnSlabAlone extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            AdaptiveConfig settings = manual().with(to -> {
                to.medium = AdaptiveConfig.DEFAULTS.medium().withStrategies("slab");
                to.large = AdaptiveConfig.DEFAULTS.large().withStrategies("direct");
            });
            return AdaptiveContractTest.create(config, settings);
        }

        @Override
        protected ContractLimits limits() {
            return AdaptiveContractTest.limits();
        }
    }

    @Nested
    class WithBordersElsewhere extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            AdaptiveConfig settings = manual().with(to -> {
                to.small = new TierConfig(40, "slab", 0.5);
                to.medium = new TierConfig(3000, "slab", 0.5);
                to.large = new TierConfig(10_000, "slab", 0);
            });
            return AdaptiveContractTest.create(config, settings);
        }

        @Override
        protected ContractLimits limits() {
            return AdaptiveContractTest.limits();
        }
    }

    @Nested
    class WithoutThreadCaches extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            AdaptiveConfig settings = AdaptiveConfig.of(Profile.SMALL_MEMORY).with(to -> {
                to.threadCaches = false;
                to.housekeeping = Housekeeping.MANUAL;
            });
            return AdaptiveContractTest.create(config, settings);
        }

        @Override
        protected ContractLimits limits() {
            return AdaptiveContractTest.limits();
        }
    }
}
