package dev.ashlar.arena;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.InvalidBlockException.Reason;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Resettable;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.testkit.AllocatorContract;
import dev.ashlar.testkit.ContractLimits;
import dev.ashlar.testkit.ContractLimits.Beyond;
import dev.ashlar.testkit.ContractLimits.SingleFrees;
import dev.ashlar.testkit.ContractLimits.Threads;
import java.util.Map;
import org.junit.jupiter.api.Nested;

/**
 * The contract on the strategy with its defaults, with full checking, and on both confined to a thread.
 */
class ArenaContractTest {

    private static Allocator create(AllocatorConfig config, String... settings) {
        AllocatorConfig.Builder builder = config.toBuilder();
        for (String setting : settings) {
            String[] of = setting.split("=", 2);
            builder.properties(Map.of("ashlar.arena." + of[0], of[1]));
        }
        return new ArenaProvider().create(builder.build());
    }

    /** Only foreign frees are always refused; the memory of single blocks is not returned before a reset. */
    private static ContractLimits.Builder arena() {
        return ContractLimits.builder()
                .beyond(Beyond.SERVED)
                .capabilities(new ArenaProvider().capabilities().interfaces().toArray(Class<?>[]::new))
                .seenInvalidFrees(Reason.FOREIGN)
                .singleFrees(SingleFrees.WAIT_FOR_RESET);
    }

    private static ContractLimits.Builder checking() {
        return arena().capabilities(
                        AddressAllocator.class, Inspectable.class, Limit.class, Owner.class, Resettable.class)
                .seenInvalidFrees(Reason.values());
    }

    /** Small chunks and small large blocks, so the kit's sizes cover both. */
    private static final String[] SMALL = {"firstChunk=4KiB", "largestChunk=64KiB"};

    @Nested
    class AsItComes extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            return new ArenaProvider().create(config);
        }

        @Override
        protected ContractLimits limits() {
            return arena().build();
        }
    }

    @Nested
    class WithLargeBlocksOfTheirOwn extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            return ArenaContractTest.create(config, SMALL);
        }

        @Override
        protected ContractLimits limits() {
            return arena().build();
        }
    }

    @Nested
    class CheckingEveryFree extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            return ArenaContractTest.create(config, SMALL[0], SMALL[1], "checking=full");
        }

        @Override
        protected ContractLimits limits() {
            return checking().build();
        }
    }

    @Nested
    class Confined extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            return ArenaContractTest.create(config, "threads=confined");
        }

        @Override
        protected ContractLimits limits() {
            return arena().threads(Threads.ONE).build();
        }
    }

    @Nested
    class ConfinedCheckingEveryFree extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            return ArenaContractTest.create(config, "threads=confined", "checking=full");
        }

        @Override
        protected ContractLimits limits() {
            return checking().threads(Threads.ONE).build();
        }
    }
}
