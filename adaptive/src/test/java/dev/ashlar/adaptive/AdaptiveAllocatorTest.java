package dev.ashlar.adaptive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ashlar.adaptive.Adaptive.Housekeeping;
import dev.ashlar.adaptive.internal.TieredAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.AllocationHints.Access;
import dev.ashlar.api.AllocationHints.Lifetime;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.Registration;
import dev.ashlar.api.Retention;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.testkit.FaultySource;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The allocator beyond the contract: tiers, hints, pressure, batches. */
class AdaptiveAllocatorTest {

    private final FaultySource source = new FaultySource();
    private final HandClock clock = new HandClock();
    private final List<AdaptiveAllocator> opened = new ArrayList<>();

    @AfterEach
    void closeAll() {
        opened.forEach(AdaptiveAllocator::close);
        source.close();
    }

    private AdaptiveAllocator open(AllocatorConfig.Builder config, Adaptive.Builder settings) {
        return open(source, config, settings);
    }

    private AdaptiveAllocator open(MemorySource from, AllocatorConfig.Builder config, Adaptive.Builder settings) {
        settings.housekeeping(Housekeeping.MANUAL);
        AdaptiveAllocator allocator =
                AdaptiveAllocator.create(config.source(from).settings(settings).build(), clock);
        opened.add(allocator);
        return allocator;
    }

    private AdaptiveAllocator open() {
        return open(AllocatorConfig.builder(), Adaptive.builder());
    }

    private static AdaptiveReport.Tier tier(AdaptiveAllocator allocator, String name) {
        return allocator.report().tiers().stream()
                .filter(tier -> tier.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void mustServeEachSizeFromItsTier() {
        Adaptive.Builder apart = Adaptive.builder()
                .small(tier -> tier.upTo(100).strategies("slab").retainedShare(0.5))
                .medium(tier -> tier.upTo(1000).strategies("direct").retainedShare(0))
                .large(tier -> tier.upTo(2000).strategies("slab").retainedShare(0.5));
        AdaptiveAllocator allocator = open(AllocatorConfig.builder(), apart);
        long[] sizes = {0, 100, 101, 1000, 1001, 2000, 2001, 100_000};
        List<MemorySegment> blocks = new ArrayList<>();
        for (long size : sizes) {
            blocks.add(allocator.allocate(size, 8));
        }

        assertThat(tier(allocator, "small").stats().liveBlocks()).isEqualTo(2);
        assertThat(tier(allocator, "medium").stats().liveBlocks()).isEqualTo(2);
        assertThat(tier(allocator, "large").stats().liveBlocks()).isEqualTo(2);
        assertThat(allocator.stats().liveBlocks()).isEqualTo(8);
        blocks.forEach(allocator::free);
        assertThat(allocator.stats().liveBlocks()).isZero();
    }

    @Test
    void mustJoinNeighbouringTiersOfOneStrategy() {
        AdaptiveAllocator allocator =
                open(AllocatorConfig.builder(), Adaptive.builder().medium(tier -> tier.strategies("slab")));

        assertThat(tier(allocator, "small+medium").upTo()).isEqualTo(64 * 1024);
        assertThat(tier(allocator, "small+medium").retention().retainedBytes())
                .isEqualTo(AllocatorConfig.DEFAULT_RETAINED * 3 / 4);
    }

    @Test
    void mustShareOutAmongTiersWhatMayBeRetainedBeyondWhatIsKeptInAnyCase() {
        AdaptiveAllocator reserved =
                open(AllocatorConfig.builder().retainedBytes(16 << 20).reserveBytes(4 << 20), Adaptive.builder());
        assertThat(retainedByTiers(reserved)).isEqualTo(12 << 20);
        AdaptiveAllocator ahead = open(
                AllocatorConfig.builder()
                        .retainedBytes(16 << 20)
                        .reserveBytes(4 << 20)
                        .preallocateBytes(6 << 20),
                Adaptive.builder());
        assertThat(retainedByTiers(ahead)).isEqualTo(10 << 20);
        ahead.as(Retention.class).orElseThrow().retain(8 << 20);
        assertThat(retainedByTiers(ahead)).isEqualTo(2 << 20);
    }

    private static long retainedByTiers(AdaptiveAllocator allocator) {
        return allocator.report().tiers().stream()
                .mapToLong(tier -> tier.retention().retainedBytes())
                .sum();
    }

    @Test
    void mustReplaceAStrategyThatIsMissingAndSaySo() {
        AdaptiveAllocator allocator =
                open(AllocatorConfig.builder(), Adaptive.builder().small(tier -> tier.strategies("nosuch", "slab")));

        assertThat(tier(allocator, allocator.report().tiers().getFirst().name()).strategy())
                .isEqualTo("slab");
        assertThat(allocator.report().history())
                .anySatisfy(event -> assertThat(event.describe()).contains("small", "nosuch", "slab"));
    }

    @Test
    void mustSayWhatToAddWhenNothingIsInstalled() {
        assertThatExceptionOfType(RuntimeException.class)
                .isThrownBy(() -> TieredAllocator.create(AllocatorConfig.defaults(), Map.of(), clock))
                .withMessageContaining("dev.ashlar:ashlar-slab");
        var adaptiveAlone = Map.of(AdaptiveProvider.NAME, AllocatorProviders.require(AdaptiveProvider.NAME));
        assertThatExceptionOfType(RuntimeException.class)
                .isThrownBy(() -> TieredAllocator.create(AllocatorConfig.defaults(), adaptiveAlone, clock))
                .withMessageContaining("dev.ashlar:ashlar-slab");
    }

    @Test
    void mustKeepBlocksOfATagTogetherAndCountThem() {
        AdaptiveAllocator allocator = open();
        AllocationHints index = AllocationHints.NONE.withTag("index");
        List<MemorySegment> tagged = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            tagged.add(allocator.allocate(48, 8, index));
            allocator.allocate(48, 8);
            allocator.allocate(48, 8, AllocationHints.NONE.withTag("log"));
        }

        assertThat(allocator.statsOfTag("index").liveBlocks()).isEqualTo(50);
        assertThat(allocator.statsOfTag("index").requestedBytes()).isEqualTo(50 * 48);
        assertThat(allocator.statsOfTag("nosuch")).isEqualTo(AllocatorStats.ZERO);
        assertThat(allocator.report().tags().keySet()).containsExactly("index", "log");
        long first = tagged.stream().mapToLong(MemorySegment::address).min().orElseThrow();
        long last = tagged.stream().mapToLong(MemorySegment::address).max().orElseThrow();
        assertThat(last - first).as("from the first to the last").isLessThan(50 * 64 + 4096);
        tagged.forEach(allocator::free);
        assertThat(allocator.statsOfTag("index").liveBlocks()).isZero();
        assertThat(allocator.stats().liveBlocks()).isEqualTo(100);
    }

    @Test
    void mustNotMakeAllocatorsForTagsThatAreMadeUp() {
        AdaptiveAllocator allocator =
                open(AllocatorConfig.builder(), Adaptive.builder().tags(2));
        for (int i = 0; i < 100; i++) {
            allocator.allocate(64, 8, AllocationHints.NONE.withTag("tag " + i));
        }

        assertThat(allocator.report().tags().keySet()).containsExactly("(others)", "tag 0", "tag 1");
        assertThat(allocator.statsOfTag("(others)").liveBlocks()).isEqualTo(98);
        assertThat(allocator.statsOfTag("tag 1").liveBlocks()).isEqualTo(1);
        assertThat(allocator.statsOfTag("tag 50").liveBlocks())
                .as("of a tag that shares")
                .isEqualTo(98);
    }

    @Test
    void mustKeepBlocksThatLiveLongApart() {
        AdaptiveAllocator allocator = open();
        AllocationHints isLong = AllocationHints.NONE.withLifetime(Lifetime.LONG);
        long longLived = allocator.allocate(64, 8, isLong).address();
        long plain = allocator.allocate(64, 8).address();
        long shortLived = allocator
                .allocate(64, 8, AllocationHints.NONE.withLifetime(Lifetime.SHORT))
                .address();

        assertThat(chunkOf(longLived)).isNotEqualTo(chunkOf(plain)).isNotEqualTo(chunkOf(shortLived));
        assertThat(chunkOf(shortLived)).isNotEqualTo(chunkOf(plain));
    }

    @Test
    void mustServeShortLivedBlocksFromTheirTierWhereWhatIsWantedForThemIsNotInstalled() {
        AdaptiveAllocator allocator =
                open(AllocatorConfig.builder(), Adaptive.builder().shortLived("arena"));

        allocator.free(allocator.allocate(64, 8, AllocationHints.NONE.withLifetime(Lifetime.SHORT)));

        assertThat(allocator.report().history())
                .filteredOn(AllocatorEvent.StrategyReplaced.class::isInstance)
                .anyMatch(event -> event.toString().contains("short-lived"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Adaptive.builder().shortLived("an arena"))
                .withMessageContaining("shortLived")
                .withMessageContaining("an arena");
    }

    private long chunkOf(long address) {
        return source.chunks().stream()
                .filter(chunk -> address >= chunk.address() && address < chunk.address() + chunk.byteSize())
                .findFirst()
                .orElseThrow()
                .address();
    }

    @Test
    void mustGiveBlocksThatAreUsedAllTheTimeWholeCacheLines() {
        AdaptiveAllocator allocator = open();
        AllocationHints frequent = AllocationHints.NONE.withAccess(Access.FREQUENT);
        MemorySegment one = allocator.allocate(8, 8, frequent);
        MemorySegment other = allocator.allocate(8, 8, frequent);

        assertThat(one.address() % 64).isZero();
        assertThat(one.address() / 64).isNotEqualTo(other.address() / 64);
        assertThat(one.byteSize()).isEqualTo(8);
    }

    @Test
    void mustKeepAResizedBlockWithItsTag() {
        AdaptiveAllocator allocator = open();
        MemorySegment block = allocator.allocate(100, 8, AllocationHints.NONE.withTag("index"));

        MemorySegment resized = allocator.resize(block, 5000);

        assertThat(allocator.statsOfTag("index").requestedBytes()).isEqualTo(5000);
        allocator.free(resized);
        assertThat(allocator.stats().liveBlocks()).isZero();
    }

    @Test
    void mustMoveAResizedBlockBetweenTiers() {
        AdaptiveAllocator allocator = open();
        MemorySegment block = allocator.allocate(100, 8);
        block.fill((byte) 7);

        MemorySegment large = allocator.resize(block, 1_000_000);
        MemorySegment small = allocator.resize(large, 50);

        assertThat(small.toArray(ValueLayout.JAVA_BYTE)).containsOnly(7);
        assertThat(allocator.stats().liveBlocks()).isEqualTo(1);
        allocator.free(small);
    }

    @Test
    void mustServeABatchOverTiersOrNothingOfIt() {
        AdaptiveAllocator allocator = open(AllocatorConfig.builder().limitBytes(4 << 20), Adaptive.builder());
        long[] sizes = {64, 100_000, 64, 5_000, 300_000};

        List<MemorySegment> blocks = allocator.allocateAll(sizes, 16);
        for (int i = 0; i < sizes.length; i++) {
            assertThat(blocks.get(i).byteSize()).isEqualTo(sizes[i]);
        }
        allocator.freeAll(blocks);
        allocator.trim();
        long[] tooMuch = {64, 3 << 20, 64, 3 << 20};
        long takes = source.takes();
        assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> allocator.allocateAll(tooMuch, 16));
        assertThat(source.takes()).as("chunks taken for it").isEqualTo(takes);
        assertThat(allocator.stats().liveBlocks()).isZero();
        assertThat(allocator.stats().refused()).isEqualTo(1);
    }

    @Test
    void mustCountARefusedBatchOnceHoweverOftenItWasTried() {
        AdaptiveAllocator allocator = open();
        // The chunk of this block is returned to make room for the batch.
        allocator.free(allocator.allocate(64, 8, AllocationHints.NONE.withTag("idle")));
        source.budget(source.openBytes());
        List<Long> asked = new ArrayList<>();
        allocator.addPressureListener(asked::add);
        int wanted = 4;
        AllocatorStats before = allocator.stats();
        long takes = source.takes();
        assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> allocator.allocateAll(20_000, 8, wanted));

        AllocatorStats after = allocator.stats();
        long served = after.allocations() - before.allocations();
        assertThat(asked).as("tries again").hasSize(1);
        assertThat(served).as("blocks served before the one that was refused").isBetween(1L, wanted - 1L);
        assertThat(after.frees()).as("blocks given back").isEqualTo(before.frees() + served);
        assertThat(after.misses() - before.misses()).isEqualTo(source.takes() - takes);
        assertThat(after.liveBlocks()).isZero();
        assertThat(after.refused()).isEqualTo(1);
    }

    @Test
    void mustRollABatchBackWhenTheSourceThrows() {
        for (Throwable thrown : List.of(new IllegalStateException("source"), new AssertionError("source"))) {
            AdaptiveAllocator allocator =
                    open(new ThrowingSource(source, thrown), AllocatorConfig.builder(), Adaptive.builder());

            assertThatThrownBy(() -> allocator.allocateAll(new long[] {64, 100_000, 200_000}, 8))
                    .isSameAs(thrown);

            assertThat(allocator.stats().liveBlocks()).isZero();
        }
    }

    /** Throws for the largest block of a batch. */
    private record ThrowingSource(FaultySource source, Throwable thrown) implements MemorySource {
        @Override
        public String name() {
            return source.name();
        }

        @Override
        public @Nullable Chunk take(long byteSize, long byteAlignment) {
            if (byteSize < 200_000) {
                return source.take(byteSize, byteAlignment);
            } else if (thrown instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) thrown;
        }
    }

    @Test
    void mustAskPressureListenersBeforeItRefuses() {
        AdaptiveAllocator allocator = open(AllocatorConfig.builder().limitBytes(1 << 20), Adaptive.builder());
        List<MemorySegment> cache = new ArrayList<>();
        List<Long> asked = new ArrayList<>();
        Registration listening = allocator.addPressureListener(wanted -> {
            asked.add(wanted);
            assertThat(allocator.tryAllocate(2 << 20, 8))
                    .as("a listener's own request")
                    .isNull();
            cache.forEach(allocator::free);
            cache.clear();
        });
        for (int i = 0; i < 1000; i++) {
            cache.add(allocator.allocate(10_000, 8));
        }
        assertThat(asked).isNotEmpty().containsOnly(10_000L);
        listening.close();
        assertThat(allocator.stats().refused()).as("those of the listener").isEqualTo(asked.size());
        int calls = asked.size();
        assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> allocator.allocate(2 << 20, 8));
        assertThat(asked).as("after it ended").hasSize(calls);
    }

    @Test
    void mustNotLetAPressureListenerThatFailsHarmAnybody() {
        AdaptiveAllocator allocator = open(AllocatorConfig.builder().limitBytes(1 << 20), Adaptive.builder());
        allocator.addPressureListener(wanted -> {
            throw new IllegalStateException("a bug");
        });

        assertThat(allocator.tryAllocate(2 << 20, 8)).isNull();
        assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> allocator.allocate(2 << 20, 8));
    }

    @Test
    void mustReportEverythingAndNothingAfterClose() {
        AdaptiveAllocator allocator = open(
                AllocatorConfig.builder().limitBytes(64 << 20),
                Adaptive.builder().tracking(Adaptive.Tracking.DETAILED));
        for (int i = 0; i < 100; i++) {
            allocator.allocate(40, 8);
        }
        allocator.allocate(40, 8, AllocationHints.NONE.withTag("index"));

        AdaptiveReport report = allocator.report();

        assertThat(report.totals()).isEqualTo(allocator.stats());
        assertThat(report.tiers().getFirst().classes()).contains(new AdaptiveReport.SizeClass(40, 1, 4096, 100));
        assertThat(report.tiers().getFirst().externalFragmentation())
                .as("free slots, and pages of which there is a longer run")
                .isBetween(0.001, 0.1);
        assertThat(allocator.summary())
                .contains(
                        "101 live blocks",
                        "tag index",
                        "limit 67,108,864",
                        "alerts: none",
                        "class       40",
                        "external fragmentation 0.0");
        allocator.close();
        assertThatIllegalStateException().isThrownBy(allocator::report);
        assertThatIllegalStateException().isThrownBy(allocator::housekeep);
    }

    @Test
    void mustTakeNoListenersNoPoolsAndNoBatchesWhenItIsClosed() {
        AdaptiveAllocator allocator = open();
        Allocator view = allocator.as(Confinable.class).orElseThrow().confined();
        allocator.close();

        assertThatIllegalStateException().isThrownBy(() -> allocator.addListener(event -> {}));
        assertThatIllegalStateException().isThrownBy(() -> allocator.addPressureListener(wanted -> {}));
        assertThatIllegalStateException().isThrownBy(() -> allocator.watchPool("buffers", new FixedPool()));
        assertThatIllegalStateException().isThrownBy(() -> allocator.createPool("b", PoolConfig.of(Object::new)));
        assertThatIllegalStateException().isThrownBy(() -> allocator.allocateAll(new long[0], 8));
        assertThatIllegalStateException().isThrownBy(() -> view.allocateAll(new long[0], 8));
    }

    @Test
    @SuppressWarnings("NullAway") // null is what is tested
    void mustRefuseNulls() {
        AdaptiveAllocator allocator = open();
        List<ThrowingCallable> calls = List.of(
                () -> allocator.addListener(null),
                () -> allocator.addPressureListener(null),
                () -> allocator.watchPool(null, new FixedPool()),
                () -> allocator.watchPool("buffers", null),
                () -> allocator.createPool(null, PoolConfig.of(Object::new)),
                () -> allocator.createPool("buffers", null),
                () -> allocator.statsOfTag(null),
                () -> allocator.allocate(8, 8, null));
        for (ThrowingCallable call : calls) {
            assertThatNullPointerException().isThrownBy(call);
        }
        assertThat(allocator.stats().liveBlocks()).isZero();
        allocator.allocate(1_000_000, 8);
        allocator.housekeep(); // finds none of them
        assertThat(allocator.report().pools()).isEmpty();
    }

    @Test
    void mustRefuseTwoPoolsOfOneName() {
        AdaptiveAllocator allocator = open();
        allocator.watchPool("buffers", new FixedPool());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> allocator.watchPool("buffers", new FixedPool()))
                .withMessageContaining("buffers");
    }
}
