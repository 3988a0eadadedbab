package dev.ashlar.verification.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.AllocationHints.Lifetime;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Owner;
import dev.ashlar.testkit.FaultySource;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Blocks with hints, with every strategy installed; short-lived ones come from an arena, because that is configured.
 */
class HintedBlocksTest {

    private static final AllocationHints SHORT = AllocationHints.NONE.withLifetime(Lifetime.SHORT);

    private final HandDriven driven = new HandDriven(Adaptive.builder().shortLived("arena", Adaptive.TIER));
    private final FaultySource source = driven.source;
    private final AdaptiveAllocator allocator = driven.allocator;

    @AfterEach
    void close() {
        driven.close();
    }

    private List<MemorySegment> allocate(int count, long byteSize) {
        List<MemorySegment> blocks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            blocks.add(allocator.allocate(byteSize, 8, SHORT));
        }
        return blocks;
    }

    @Test
    void mustServeTaggedBlocksAsTightlyAsOthers() {
        AllocationHints tagged = AllocationHints.NONE.withTag("index");
        for (int i = 0; i < 500; i++) {
            allocator.allocate(48, 8, tagged);
            allocator.allocate(3_000, 8, tagged);
        }

        assertThat(allocator.statsOfTag("index").liveBlocks()).isEqualTo(1_000);
        assertThat(allocator.statsOfTag("index").internalFragmentation()).isLessThan(0.1);
    }

    @Test
    void mustBumpShortLivedBlocks() {
        MemorySegment first = allocator.allocate(24, 8, SHORT);
        MemorySegment second = allocator.allocate(104, 8, SHORT);
        MemorySegment third = allocator.allocate(8, 8, SHORT);

        assertThat(second.address()).isEqualTo(first.address() + 24);
        assertThat(third.address()).isEqualTo(second.address() + 104);
    }

    @Test
    void mustUseMemoryAgainWhoseBlocksAreAllFreed() {
        allocate(1_000, 1_000).forEach(allocator::free);
        long committed = source.openBytes();
        for (int round = 0; round < 100; round++) {
            allocate(1_000, 1_000).forEach(allocator::free);
        }

        assertThat(source.openBytes()).as("after 100 times as much").isLessThanOrEqualTo(2 * committed);
        assertThat(allocator.stats().liveBlocks()).isZero();
    }

    @Test
    void mustGiveMemoryBackThatIsIdle() {
        allocate(1_000, 1_000).forEach(allocator::free);
        for (int pass = 0; pass < 60; pass++) {
            driven.tick();
        }

        assertThat(source.openBytes()).isZero();
    }

    @Test
    void mustRefuseInvalidFreesAndKnowEveryBlock() {
        List<MemorySegment> blocks = allocate(3, 40);
        allocator.free(blocks.get(1));

        assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(() -> allocator.free(blocks.get(1)));
        assertThatExceptionOfType(InvalidBlockException.class)
                .isThrownBy(() -> allocator.free(blocks.get(0).asSlice(8)));
        Owner owner = allocator.as(Owner.class).orElseThrow();
        assertThat(owner.isLive(blocks.get(0))).isTrue();
        assertThat(owner.isLive(blocks.get(1))).isFalse();
        assertThat(allocator.as(AddressAllocator.class)).isPresent();
        assertThat(allocator.as(Inspectable.class)).isPresent();
        assertThat(allocator.stats().liveBlocks()).isEqualTo(2);
    }
}
