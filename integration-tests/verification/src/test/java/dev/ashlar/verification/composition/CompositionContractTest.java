package dev.ashlar.verification.composition;

import static org.junit.jupiter.api.Assumptions.abort;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Evacuable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Retention;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.api.compose.Hardening;
import dev.ashlar.api.compose.Hardening.Level;
import dev.ashlar.api.compose.Tracking;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.AllocatorContract;
import dev.ashlar.testkit.ContractLimits;
import dev.ashlar.testkit.ContractLimits.Beyond;
import dev.ashlar.testkit.ContractLimits.Closing;
import dev.ashlar.testkit.ContractLimits.Limited;
import dev.ashlar.testkit.ContractLimits.RacingFrees;
import dev.ashlar.testkit.ContractLimits.Threads;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The contract on decorators and confined views. */
class CompositionContractTest {

    private static final long RETAINED_BY_A_THREAD = 4 << 20;

    private static Allocator slab(AllocatorConfig config) {
        return AllocatorProviders.require("slab").create(config);
    }

    private static AllocatorConfig withoutLimit(AllocatorConfig config) {
        return config.toBuilder().limitBytes(AllocationException.NO_LIMIT).build();
    }

    private static ContractLimits.Builder overSlab(Class<?>... capabilities) {
        return ContractLimits.builder()
                .capabilities(capabilities)
                .beyond(Beyond.SERVED)
                .racingFrees(RacingFrees.BOTH_MAY_BE_SERVED)
                .retainedBytesPerThread(RETAINED_BY_A_THREAD);
    }

    @Nested
    class LimitedTwice extends AllocatorContract {

        /** The view's limit is reserved in its parent, so the parent always has room for it. */
        @Override
        protected Allocator create(AllocatorConfig config) {
            Limit server = Limit.builder("server").bytes(config.limitBytes()).build();
            server.onRefusal((limit, missingBytes) -> false);
            Limit cache = server.child("cache")
                    .bytes(config.limitBytes())
                    .reserved(config.limitBytes() / 2)
                    .build();
            cache.onRefusal((limit, missingBytes) -> true);
            return Allocators.limited(Allocators.limited(slab(withoutLimit(config)), server), cache);
        }

        @Override
        protected ContractLimits limits() {
            return overSlab(
                            AddressAllocator.class,
                            Confinable.class,
                            Inspectable.class,
                            Owner.class,
                            Limit.class,
                            Evacuable.class,
                            Retention.class)
                    .limited(Limited.REQUESTED_BYTES)
                    .closing(Closing.LEAVES_MEMORY)
                    .build();
        }
    }

    /** Two sides without a limit, under one limit. */
    abstract static class TwoSides extends AllocatorContract {

        abstract Allocator of(AllocatorConfig slab, Allocator tlsf);

        @Override
        protected Allocator create(AllocatorConfig config) {
            AllocatorConfig each = withoutLimit(config);
            Allocator tlsf = AllocatorProviders.require("tlsf").create(each);
            return Allocators.limited(of(each, tlsf), config.limitBytes());
        }

        @Override
        protected ContractLimits limits() {
            return overSlab(AddressAllocator.class, Inspectable.class, Evacuable.class, Owner.class, Limit.class)
                    .limited(Limited.REQUESTED_BYTES)
                    .closing(Closing.LEAVES_MEMORY)
                    .build();
        }
    }

    @Nested
    class Fallback extends TwoSides {
        @Override
        Allocator of(AllocatorConfig slab, Allocator tlsf) {
            Map<String, String> noLargeBlocks = Map.of("ashlar.slab.largeBlocks", "refuse");
            return Allocators.fallback(
                    slab(slab.toBuilder().properties(noLargeBlocks).build()), tlsf);
        }
    }

    @Nested
    class Segregated extends TwoSides {
        @Override
        Allocator of(AllocatorConfig slab, Allocator tlsf) {
            return Allocators.segregated(1000, slab(slab), tlsf);
        }
    }

    @Nested
    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long", disabledReason = "is long")
    class Recorded extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            return Views.RECORDER.recording(slab(config));
        }

        @Override
        protected ContractLimits limits() {
            return overSlab(
                            AddressAllocator.class,
                            Confinable.class,
                            Inspectable.class,
                            Limit.class,
                            Owner.class,
                            Evacuable.class,
                            Retention.class)
                    .closing(Closing.LEAVES_MEMORY)
                    .build();
        }
    }

    /** The kit drops blocks, which would be logged while other tests read the log. */
    private static Tracking.Builder tracking() {
        return Tracking.builder().unreachable(Tracking.Unreachable.IGNORED);
    }

    private static Allocator everyBlock(Allocator upstream) {
        return Allocators.tracking(
                upstream, tracking().bytesPerSample(Tracking.ALL).build());
    }

    private static Allocator sample(Allocator upstream) {
        return Allocators.tracking(upstream, tracking().build());
    }

    /** Views that track, over and under other decorators. */
    abstract static class Tracks extends AllocatorContract {

        @Override
        protected ContractLimits limits() {
            return overSlab(
                            AddressAllocator.class,
                            Confinable.class,
                            Inspectable.class,
                            Limit.class,
                            Owner.class,
                            Evacuable.class,
                            Retention.class)
                    .closing(Closing.LEAVES_MEMORY)
                    .build();
        }
    }

    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long") // each block walks the stack, or is checked
    @Nested
    class TracksEveryBlock extends Tracks {
        @Override
        protected Allocator create(AllocatorConfig config) {
            return everyBlock(slab(config));
        }
    }

    @Nested
    class TracksASample extends Tracks {
        @Override
        protected Allocator create(AllocatorConfig config) {
            return sample(slab(config));
        }
    }

    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long") // each block walks the stack, or is checked
    @Nested
    class TracksEveryBlockConfined extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            return everyBlock(slab(config)).as(Confinable.class).orElseThrow().confined();
        }

        @Override
        protected ContractLimits limits() {
            return overSlab(AddressAllocator.class, Owner.class)
                    .threads(Threads.ONE)
                    .closing(Closing.LEAVES_MEMORY)
                    .build();
        }
    }

    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long") // each block walks the stack, or is checked
    @Nested
    class LimitedOverTracking extends Tracks {
        @Override
        protected Allocator create(AllocatorConfig config) {
            return Allocators.limited(everyBlock(slab(withoutLimit(config))), config.limitBytes());
        }

        @Override
        protected ContractLimits limits() {
            return overSlab(
                            AddressAllocator.class,
                            Confinable.class,
                            Inspectable.class,
                            Owner.class,
                            Limit.class,
                            Evacuable.class,
                            Retention.class)
                    .limited(Limited.REQUESTED_BYTES)
                    .closing(Closing.LEAVES_MEMORY)
                    .build();
        }
    }

    /** The limit of the kit is that of the composite underneath. */
    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long") // each block walks the stack, or is checked
    @Nested
    class TrackingOverFallback extends TwoSides {
        @Override
        protected Allocator create(AllocatorConfig config) {
            return everyBlock(super.create(config));
        }

        @Override
        Allocator of(AllocatorConfig slab, Allocator tlsf) {
            Map<String, String> noLargeBlocks = Map.of("ashlar.slab.largeBlocks", "refuse");
            return Allocators.fallback(
                    slab(slab.toBuilder().properties(noLargeBlocks).build()), tlsf);
        }
    }

    /** Hardening over one strategy or another decorator. Racing frees are its own promise, also over slab. */
    abstract static class Hardened extends AllocatorContract {

        abstract Level level();

        Allocator under(AllocatorConfig config) {
            return slab(config);
        }

        @Override
        protected Allocator create(AllocatorConfig config) {
            return Allocators.hardening(under(config), level());
        }

        ContractLimits.Builder declared() {
            return overSlab(
                            AddressAllocator.class,
                            Confinable.class,
                            Inspectable.class,
                            Limit.class,
                            Owner.class,
                            Evacuable.class,
                            Retention.class)
                    .racingFrees(RacingFrees.ONE_IS_SERVED)
                    .closing(Closing.LEAVES_MEMORY);
        }

        @Override
        protected ContractLimits limits() {
            return declared().build();
        }
    }

    @Nested
    class HardenedSizes extends Hardened {
        @Override
        Level level() {
            return Level.SIZES;
        }
    }

    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long") // each block walks the stack, or is checked
    @Nested
    class HardenedCanaries extends Hardened {
        @Override
        Level level() {
            return Level.CANARIES;
        }
    }

    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long") // each block walks the stack
    @Nested
    class HardenedFull extends Hardened {
        @Override
        Level level() {
            return Level.FULL;
        }
    }

    /** As the property makes it. */
    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long") // each block walks the stack
    @Nested
    class HardenedOwner extends Hardened {
        @Override
        Level level() {
            return Level.FULL;
        }

        @Override
        protected Allocator create(AllocatorConfig config) {
            return Hardening.of(level()).owning(slab(config));
        }

        @Override
        protected ContractLimits limits() {
            return declared().closing(Closing.ENDS_MEMORY).build();
        }
    }

    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long") // each block walks the stack
    @Nested
    class HardenedConfinedView extends Hardened {
        @Override
        Level level() {
            return Level.FULL;
        }

        @Override
        protected Allocator create(AllocatorConfig config) {
            return super.create(config).as(Confinable.class).orElseThrow().confined();
        }

        @Override
        protected ContractLimits limits() {
            return declared()
                    .capabilities(AddressAllocator.class, Owner.class)
                    .threads(Threads.ONE)
                    .build();
        }
    }

    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long") // each block walks the stack
    @Nested
    class HardenedLimited extends Hardened {
        @Override
        Level level() {
            return Level.FULL;
        }

        @Override
        Allocator under(AllocatorConfig config) {
            return Allocators.limited(slab(withoutLimit(config)), config.limitBytes());
        }

        @Override
        protected ContractLimits limits() {
            return declared().limited(Limited.REQUESTED_BYTES).build();
        }
    }

    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long") // each block walks the stack, or is checked
    @Nested
    class LimitedHardened extends Hardened {
        @Override
        Level level() {
            return Level.CANARIES;
        }

        @Override
        protected Allocator create(AllocatorConfig config) {
            return Allocators.limited(super.create(withoutLimit(config)), config.limitBytes());
        }

        @Override
        protected ContractLimits limits() {
            return declared().limited(Limited.REQUESTED_BYTES).build();
        }
    }

    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long") // each block walks the stack
    @Nested
    class HardenedSegregated extends Hardened {
        /** The blocks of the rules about waiting stay below it with their redzones, so no thread waits for tlsf. */
        private static final long LARGER = 4096;

        @Override
        Level level() {
            return Level.FULL;
        }

        @Override
        Allocator under(AllocatorConfig config) {
            Allocator tlsf = AllocatorProviders.require("tlsf").create(withoutLimit(config));
            return Allocators.limited(
                    Allocators.segregated(LARGER, slab(withoutLimit(config)), tlsf), config.limitBytes());
        }

        @Override
        protected ContractLimits limits() {
            return declared()
                    .capabilities(AddressAllocator.class, Inspectable.class, Evacuable.class, Owner.class, Limit.class)
                    .limited(Limited.REQUESTED_BYTES)
                    .build();
        }
    }

    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long") // each block walks the stack
    @Nested
    class HardenedFallback extends HardenedSegregated {
        @Override
        Allocator under(AllocatorConfig config) {
            AllocatorConfig each = withoutLimit(config);
            AllocatorConfig small = each.toBuilder()
                    .properties(Map.of("ashlar.slab.largeBlocks", "refuse"))
                    .build();
            Allocator tlsf = AllocatorProviders.require("tlsf").create(each);
            return Allocators.limited(Allocators.fallback(slab(small), tlsf), config.limitBytes());
        }
    }

    /** Both sides hardened: the fallback finds the side of a block by the memory that it lies in. */
    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long") // each block walks the stack
    @Nested
    class FallbackOfHardened extends TwoSides {
        @Override
        Allocator of(AllocatorConfig slab, Allocator tlsf) {
            AllocatorConfig small = slab.toBuilder()
                    .properties(Map.of("ashlar.slab.largeBlocks", "refuse"))
                    .build();
            return Allocators.fallback(
                    Allocators.hardening(slab(small), Level.CANARIES), Allocators.hardening(tlsf, Level.FULL));
        }
    }

    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long") // each block walks the stack
    @Nested
    class SegregatedOfHardened extends TwoSides {
        @Override
        Allocator of(AllocatorConfig slab, Allocator tlsf) {
            return Allocators.segregated(
                    1000, Allocators.hardening(slab(slab), Level.FULL), Allocators.hardening(tlsf, Level.SIZES));
        }
    }

    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long") // each block walks the stack
    @Nested
    class RecordedHardened extends Hardened {
        @Override
        Level level() {
            return Level.FULL;
        }

        @Override
        protected Allocator create(AllocatorConfig config) {
            return Views.RECORDER.recording(super.create(config));
        }
    }

    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long") // each block walks the stack, or is checked
    @Nested
    class HardenedRecorded extends Hardened {
        @Override
        Level level() {
            return Level.CANARIES;
        }

        @Override
        Allocator under(AllocatorConfig config) {
            return Views.RECORDER.recording(slab(config));
        }
    }

    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long") // each block walks the stack
    @Nested
    class HardenedTwice extends Hardened {
        @Override
        Level level() {
            return Level.FULL;
        }

        @Override
        Allocator under(AllocatorConfig config) {
            return Allocators.hardening(slab(config), Level.CANARIES);
        }
    }

    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long") // each block walks the stack, or is checked
    @Nested
    class HardenedWithGuards extends Hardened {
        @Override
        Level level() {
            return Level.SIZES;
        }

        @Override
        protected Allocator create(AllocatorConfig config) {
            return Allocators.hardening(
                    slab(config), Hardening.builder(level()).guardEvery(1).build());
        }

        @Override
        public void limit_mustRefuseOnceAndByNameWhatNoListenerMakesRoomFor() {
            abort("a block for which there is no room with its guard is asked for again without");
        }

        @Override
        public void rule06_mustServeFromMemoryThatTheSourceCouldNotTakeBack() {
            abort("the last blocks have no guards, and how many that are differs");
        }
    }

    @Nested
    class ConfinedView extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            return slab(config).as(Confinable.class).orElseThrow().confined();
        }

        @Override
        protected ContractLimits limits() {
            return overSlab(AddressAllocator.class, Owner.class)
                    .threads(Threads.ONE)
                    .closing(Closing.LEAVES_MEMORY)
                    .build();
        }
    }

    /** As an application does that wants two frees at the same instant decided. */
    @Nested
    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long", disabledReason = "is long")
    class AdaptiveOnLockFree extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            Map<String, String> lockfree = Map.of(
                    "ashlar.adaptive.small.strategies", "lockfree",
                    "ashlar.adaptive.medium.strategies", "lockfree",
                    "ashlar.adaptive.housekeeping", "manual");
            return AllocatorProviders.require("adaptive")
                    .create(config.toBuilder().properties(lockfree).build());
        }

        @Override
        protected ContractLimits limits() {
            return overSlab(
                            AddressAllocator.class,
                            Confinable.class,
                            Inspectable.class,
                            Limit.class,
                            Owner.class,
                            Evacuable.class,
                            Retention.class)
                    .racingFrees(RacingFrees.ONE_IS_SERVED)
                    .tightLimitBytes(RETAINED_BY_A_THREAD)
                    .build();
        }
    }
}
