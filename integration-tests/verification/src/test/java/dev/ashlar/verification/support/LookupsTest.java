package dev.ashlar.verification.support;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.Adaptive.Housekeeping;
import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.AllocationHints.Lifetime;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Owner;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.api.compose.Tracking;
import dev.ashlar.slab.Slab;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.MemorySources;
import dev.ashlar.spi.support.AddressMap;
import dev.ashlar.spi.support.Extent;
import dev.ashlar.spi.support.MappedSource;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How often the map from an address to its slab, region or chunk is read for one block: counted, once at most. */
class LookupsTest {

    private static final int BLOCKS = 200;

    /** How often a map was read. */
    private long lookups;

    /** A map that counts how often it is read. Each time costs four dependent reads. For one thread. */
    private final class CountedMap extends AddressMap<Extent> {

        CountedMap() {
            super(4096);
        }

        @Override
        public @Nullable Extent get(long address) {
            lookups++;
            return super.get(address);
        }

        @Override
        public @Nullable Extent getOwned(long address) {
            lookups++;
            return super.getOwned(address);
        }
    }

    /** The map of this source is the one of every allocator above it. */
    private final class Source implements MappedSource {

        private final MemorySource memory = MemorySources.require("jdk");
        private final CountedMap map = new CountedMap();

        @Override
        public String name() {
            return memory.name();
        }

        @Override
        public long takenBytes(long byteSize, long byteAlignment) {
            return memory.takenBytes(byteSize, Math.max(4096, byteAlignment));
        }

        @Override
        public @Nullable Chunk take(long byteSize, long byteAlignment) {
            return memory.take(byteSize, Math.max(4096, byteAlignment));
        }

        @Override
        public AddressMap<Extent> map() {
            return map;
        }
    }

    /** What is done to a block. */
    private enum Operation {
        FREE,
        FREE_ADDRESS,
        FREE_IN_A_VIEW,
        IS_LIVE,
        OWNS,
        ALLOCATED_SIZE,
        BLOCK_AT;

        void apply(Allocator allocator, Allocator view, MemorySegment block) {
            Owner owner = allocator.as(Owner.class).orElseThrow();
            AddressAllocator addresses = allocator.as(AddressAllocator.class).orElseThrow();
            switch (this) {
                case FREE -> allocator.free(block);
                case FREE_ADDRESS -> addresses.freeAddress(block.address(), block.byteSize());
                case FREE_IN_A_VIEW -> view.free(block);
                case IS_LIVE -> assertThat(owner.isLive(block)).isTrue();
                case OWNS -> assertThat(owner.owns(block)).isTrue();
                case ALLOCATED_SIZE -> assertThat(owner.allocatedSize(block)).isGreaterThanOrEqualTo(block.byteSize());
                case BLOCK_AT ->
                    assertThat(addresses.blockAt(block.address(), block.byteSize()))
                            .isEqualTo(block);
            }
        }
    }

    private final Source source = new Source();

    private AllocatorConfig config() {
        return AllocatorConfig.builder().source(new Source()).build();
    }

    private Allocator adaptive(String large) {
        return Adaptive.builder()
                .source(source)
                .housekeeping(Housekeeping.MANUAL)
                .large(tier -> tier.strategies(large))
                .build();
    }

    private static AllocationHints hints(String kind) {
        return switch (kind) {
            case "tagged" -> AllocationHints.NONE.withTag("index");
            case "long-lived" -> AllocationHints.NONE.withLifetime(Lifetime.LONG);
            case "short-lived" -> AllocationHints.NONE.withLifetime(Lifetime.SHORT);
            default -> AllocationHints.NONE;
        };
    }

    /** Asserts that no operation on any of some blocks reads the map more than once. */
    private void assertOneLookup(Allocator allocator, List<MemorySegment> blocks) {
        Allocator view =
                allocator.as(Confinable.class).map(Confinable::confined).orElse(allocator);
        Operation[] operations = Operation.values();
        for (int i = 0; i < blocks.size(); i++) {
            MemorySegment block = blocks.get(i);
            block = resizedInOneLookup(allocator, block);
            for (Operation operation : List.of(
                    Operation.IS_LIVE,
                    Operation.OWNS,
                    Operation.ALLOCATED_SIZE,
                    Operation.BLOCK_AT,
                    operations[i % 3])) {
                lookups = 0;
                operation.apply(allocator, view, block);
                assertThat(lookups)
                        .as("look-ups of %s, block %s of %s bytes", operation, i, block.byteSize())
                        .isLessThanOrEqualTo(1);
            }
        }
        assertThat(allocator.stats().liveBlocks()).isZero();
        assertThat(allocator.stats().invalidFrees()).isZero();
    }

    /** A block of the same size. One with a chunk of its own moves. */
    private MemorySegment resizedInOneLookup(Allocator allocator, MemorySegment block) {
        lookups = 0;
        MemorySegment resized = allocator.tryResize(block, block.byteSize(), 8);
        assertThat(resized).isNotNull();
        assertThat(lookups)
                .as("look-ups of a resize of %s bytes", block.byteSize())
                .isEqualTo(1);
        return resized;
    }

    private static List<MemorySegment> allocate(Allocator allocator, int count, long byteSize, AllocationHints hints) {
        List<MemorySegment> blocks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            blocks.add(allocator.allocate(byteSize, 8, hints));
        }
        return blocks;
    }

    @ParameterizedTest
    @CsvSource({
        "plain, 24, tlsf",
        "plain, 1000, tlsf",
        "plain, 40000, tlsf",
        "plain, 100000, tlsf",
        "plain, 100000, buddy",
        "tagged, 24, tlsf",
        "tagged, 1000, tlsf",
        "tagged, 100000, tlsf",
        "tagged, 100000, buddy",
        "long-lived, 64, tlsf",
        "long-lived, 100000, buddy",
        "short-lived, 64, tlsf",
        "short-lived, 100000, tlsf"
    })
    void mustLookUpABlockOfAdaptiveOnce(String kind, long byteSize, String large) {
        try (Allocator allocator = adaptive(large)) {
            List<MemorySegment> blocks = allocate(allocator, BLOCKS, byteSize, hints(kind));
            assertThat(blocks)
                    .as("the map has what lies over the chunk, so no other map is read")
                    .allMatch(block -> Objects.requireNonNull(source.map.get(block.address()))
                                    .origin()
                            != null);
            assertOneLookup(allocator, blocks);
        }
    }

    /** The first large requests get chunks of their own, and so do blocks that no strategy can align. */
    @Test
    void mustLookUpABlockWithAChunkOfItsOwnOnce() {
        try (Allocator allocator = adaptive("tlsf")) {
            List<MemorySegment> blocks = allocate(allocator, 9, 200_000, AllocationHints.NONE);
            blocks.add(allocator.allocate(70_000, 1 << 20));
            assertOneLookup(allocator, blocks);
        }
    }

    @Test
    void mustLookUpABlockOnceThatMoves() {
        try (Allocator allocator = adaptive("tlsf")) {
            List<MemorySegment> blocks = allocate(allocator, BLOCKS, 64, AllocationHints.NONE.withTag("index"));
            MemorySegment target = allocator.allocate(200, 8, AllocationHints.NONE.withTag("index"));
            for (MemorySegment block : blocks.subList(0, 10)) {
                lookups = 0;
                MemorySegment moved = allocator.tryResize(block, 200, 8);
                assertThat(moved).isNotNull();
                assertThat(moved.address()).isNotEqualTo(block.address());
                assertThat(lookups).isEqualTo(1);
                allocator.free(moved);
            }
            allocator.free(target);
            blocks.subList(10, BLOCKS).forEach(allocator::free);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "buddy", "tlsf"})
    void mustLookUpABlockOfAStrategyOnce(String strategy) {
        try (Allocator allocator = AllocatorProviders.require(strategy).create(config())) {
            assertOneLookup(allocator, allocate(allocator, BLOCKS, 100, AllocationHints.NONE));
            assertOneLookup(allocator, allocate(allocator, BLOCKS, 30_000, AllocationHints.NONE));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "buddy", "tlsf", "adaptive"})
    void mustMakeNoObjectToDisownForeignMemory(String strategy) {
        ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Allocator allocator = AllocatorProviders.require(strategy).create(AllocatorConfig.defaults())) {
            allocator.free(allocator.allocate(64));
            Owner owner = allocator.as(Owner.class).orElseThrow();
            boolean owned = false;
            long before = 0;
            for (int i = -1; i < 1000; i++) {
                owned |= owner.owns(i * 4096L);
                before = i < 0 ? bean.getCurrentThreadAllocatedBytes() : before; // classes are loaded now
            }
            assertThat(bean.getCurrentThreadAllocatedBytes() - before).isLessThan(1000);
            assertThat(owned).isFalse();
        }
    }

    /** Compositions and decorators that ask nothing else of a block. */
    enum Composition {
        TRACKED {
            @Override
            Allocator of(Allocator adaptive, Allocator slab) {
                return Allocators.tracking(adaptive, Tracking.builder().build());
            }
        },
        SEGREGATED {
            @Override
            Allocator of(Allocator adaptive, Allocator slab) {
                return Allocators.segregated(200, slab, adaptive);
            }
        },
        FALLBACK {
            @Override
            Allocator of(Allocator adaptive, Allocator slab) {
                return Allocators.fallback(slab, adaptive);
            }
        },
        FALLBACK_FROM_ADAPTIVE {
            @Override
            Allocator of(Allocator adaptive, Allocator slab) {
                return Allocators.fallback(adaptive, slab);
            }
        };

        /** A block of the second side is looked up in the map of each side. */
        long most(long byteSize) {
            return this == FALLBACK && byteSize > 65_536 ? 2 : 1;
        }

        abstract Allocator of(Allocator adaptive, Allocator slab);
    }

    @ParameterizedTest
    @EnumSource
    void mustLookUpABlockOnceToFreeItThroughAComposition(Composition composition) {
        try (Allocator adaptive = adaptive("tlsf");
                Allocator slab = Slab.builder()
                        .source(new Source())
                        .largeBlocks(LargeBlockPolicy.REFUSE)
                        .build();
                Allocator allocator = composition.of(adaptive, slab)) {
            for (long byteSize : new long[] {100, 1000, 100_000}) {
                List<MemorySegment> blocks =
                        allocate(allocator, BLOCKS, byteSize, AllocationHints.NONE.withTag("index"));
                for (MemorySegment block : blocks) {
                    lookups = 0;
                    allocator.free(block);
                    assertThat(lookups).isLessThanOrEqualTo(composition.most(byteSize));
                }
            }
        }
    }
}
