package dev.ashlar.adaptive.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.Adaptive.Housekeeping;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AllocatorEvent.LargeBlocksRerouted;
import dev.ashlar.adaptive.HandClock;
import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.FaultySource;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which sub-allocator serves large blocks. */
class LargeRequestsTest {

    private static final long LARGE = 100_000;

    private static final AllocatorProvider REGIONS = new StrategyDouble("regions", 1 << 30, 4096);

    private final FaultySource source = new FaultySource();
    private final HandClock clock = new HandClock();
    private final AdaptiveAllocator allocator = open();

    private AdaptiveAllocator open() {
        Adaptive.Builder settings = Adaptive.builder()
                .small(tier -> tier.upTo(256).strategies("direct").retainedShare(0))
                .medium(tier -> tier.upTo(64 * 1024).strategies("direct").retainedShare(0))
                .large(tier -> tier.upTo(1 << 30).strategies("regions").retainedShare(0))
                .housekeeping(Housekeeping.MANUAL);
        AllocatorConfig config =
                AllocatorConfig.builder().source(source).settings(settings).build();
        return TieredAllocator.create(config, Map.of("regions", REGIONS), clock);
    }

    @AfterEach
    void close() {
        allocator.close();
        source.close();
    }

    private void pass() {
        clock.advance(Duration.ofSeconds(1));
        allocator.housekeep();
    }

    private void allocateAndFree(int times) {
        for (int i = 0; i < times; i++) {
            allocator.free(allocator.allocate(LARGE, 8));
        }
    }

    private long servedByTheStrategy() {
        return allocator.report().tiers().getLast().stats().allocations();
    }

    private List<String> decisions() {
        return allocator.report().history().stream()
                .filter(LargeBlocksRerouted.class::isInstance)
                .map(event -> ((LargeBlocksRerouted) event).by())
                .toList();
    }

    @Test
    void mustServeLargeBlocksThatAreRareFromChunksOfTheirOwn() {
        for (int second = 0; second < 20; second++) {
            allocateAndFree(LargeRequests.FREQUENT);
            pass();
        }

        assertThat(servedByTheStrategy()).isZero();
        assertThat(decisions()).isEmpty();
    }

    @Test
    void mustServeThemFromTheStrategyAsSoonAsTheyAreFrequentAndUntilTheyAreRareAgain() {
        pass();
        allocateAndFree(LargeRequests.FREQUENT + 10);
        assertThat(servedByTheStrategy()).isEqualTo(10);
        for (int second = 0; second < 20; second++) {
            pass();
            allocateAndFree(LargeRequests.FREQUENT / 2);
        }
        assertThat(decisions()).as("between rare and frequent").containsExactly("regions");
        pass();
        allocateAndFree(1);
        pass();
        long served = servedByTheStrategy();
        allocateAndFree(1);

        assertThat(servedByTheStrategy()).isEqualTo(served);
        assertThat(decisions()).containsExactly("regions", "direct");
    }

    @Test
    void mustTakeEveryBlockBackWhoeverServedIt() {
        MemorySegment rare = allocator.allocate(LARGE, 8);
        allocateAndFree(LargeRequests.FREQUENT - 1);
        MemorySegment frequent = allocator.allocate(LARGE, 8);
        AddressAllocator addresses = allocator.as(AddressAllocator.class).orElseThrow();
        long address = addresses.allocateAddress(LARGE, 8);
        assertThat(servedByTheStrategy()).isEqualTo(2);

        allocator.free(rare);
        allocator.free(frequent);
        addresses.freeAddress(address, LARGE);
        assertThat(allocator.stats().liveBlocks()).isZero();
        assertThat(source.openBytes()).isZero();
    }

    @Test
    void mustCountARequestOnceThoughItIsRefusedAtFirst() {
        source.runDry();
        AddressAllocator addresses = allocator.as(AddressAllocator.class).orElseThrow();
        Allocator view = allocator.as(Confinable.class).orElseThrow().confined();
        for (int i = 0; i < LargeRequests.FREQUENT / 4; i++) {
            assertThat(allocator.tryAllocate(LARGE, 8)).isNull();
            assertThat(addresses.tryAllocateAddress(LARGE, 8)).isZero();
            assertThat(view.tryAllocate(LARGE, 8)).isNull();
            assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> allocator.allocate(LARGE, 8));
        }

        assertThat(decisions()).isEmpty();
    }

    @Test
    void mustKnowWhatWasRequestedAtThePeakOfBlocksThatAreChunksOfTheirOwn() {
        MemorySegment block = allocator.allocate(LARGE, 8);
        allocator.free(block);

        assertThat(allocator.stats().requestedAtPeakBytes()).isEqualTo(LARGE);
    }
}
