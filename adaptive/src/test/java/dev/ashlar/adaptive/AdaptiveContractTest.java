package dev.ashlar.adaptive;

import dev.ashlar.adaptive.Adaptive.Housekeeping;
import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Evacuable;
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
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The contract on compositions: tiers on slab, the only strategy that is installed here, and tiers whose blocks are
 * chunks of their own.
 */
class AdaptiveContractTest {

    /** The limits that the slab strategy declares. */
    private static final long RETAINED_BY_A_THREAD = 8 * 1024 * 1024;

    /** Small, because filling the limit takes most of the time. */
    private static final long TIGHT_LIMIT = 8 * 1024 * 1024;

    private static Allocator create(AllocatorConfig config, Adaptive.Builder settings) {
        return new AdaptiveProvider()
                .create(config.toBuilder().settings(settings).build());
    }

    private static Adaptive.Builder manual() {
        return Adaptive.builder().housekeeping(Housekeeping.MANUAL);
    }

    private static ContractLimits limits() {
        return limitsOf(
                        AddressAllocator.class,
                        Retention.class,
                        Evacuable.class,
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

    /** With the defaults except for the interval: a pass would change figures that a test compares. */
    @Nested
    class AsItComes extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            Adaptive.Builder settings = Adaptive.builder().adaptation(its -> its.interval(Duration.ofHours(1)));
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
    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long", disabledReason = "is long")
    class OnSlabAlone extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            Adaptive.Builder settings =
                    manual().medium(tier -> tier.strategies("slab")).large(tier -> tier.strategies("direct"));
            return AdaptiveContractTest.create(config, settings);
        }

        @Override
        protected ContractLimits limits() {
            return AdaptiveContractTest.limits();
        }
    }

    @Nested
    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long", disabledReason = "is long")
    class WithBordersElsewhere extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            Adaptive.Builder settings = manual().small(
                            tier -> tier.upTo(40).strategies("slab").retainedShare(0.5))
                    .medium(tier -> tier.upTo(3000).strategies("slab").retainedShare(0.5))
                    .large(tier -> tier.upTo(10_000).strategies("slab").retainedShare(0));
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
            Adaptive.Builder settings = manual().profile(Profile.SMALL_MEMORY).threadCaches(false);
            return AdaptiveContractTest.create(config, settings);
        }

        @Override
        protected ContractLimits limits() {
            return AdaptiveContractTest.limits();
        }
    }
}
