package dev.ashlar.buddy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Retention;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.FaultySource;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The promises of the strategies beyond the contract. */
class RegionAllocatorTest {

    /** Over a source that adds no padding, so that figures are exact, unless the test has its own source. */
    private static Allocator create(String strategy, AllocatorConfig config) {
        boolean isDefault = config.source().name().equals("jdk");
        return AllocatorProviders.require(strategy)
                .create(
                        isDefault
                                ? config.toBuilder()
                                        .source(FaultySource.withoutPadding())
                                        .build()
                                : config);
    }

    private static Allocator create(String strategy) {
        return create(strategy, AllocatorConfig.defaults());
    }

    private static List<MemorySegment> allocate(Allocator allocator, int count, long byteSize) {
        List<MemorySegment> blocks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            blocks.add(allocator.allocate(byteSize, 8));
        }
        return blocks;
    }

    /** One region of the default size, full of pages. */
    @ParameterizedTest
    @CsvSource({"buddy, 0.0015", "tlsf, 0.0048"})
    void mustSpendLessThanHalfAPerCentOnMetadataInAFullRegion(String strategy, double share) {
        AllocatorConfig config =
                AllocatorConfig.builder().preallocateBytes(64 << 20).build();
        try (Allocator allocator = create(strategy, config)) {
            allocate(allocator, 16_384, 4096);
            AllocatorStats stats = allocator.stats();
            assertThat(stats.misses()).isZero();
            assertThat(stats.utilisation()).isEqualTo(1);
            assertThat(stats.metadataRatio()).isLessThan(share);
        }
    }

    /** A heap that grew to 64 MiB page by page has regions of many sizes, and small ones cost more. */
    @ParameterizedTest
    @CsvSource({
        "buddy, minimumBlock, 4096, 0.0019",
        "tlsf, granule, 256, 0.0033",
        "tlsf, granule, 128, 0.0044",
        "tlsf, granule, 64, 0.0067"
    })
    void mustSpendLittleOnMetadataInAHeapThatGrew(String strategy, String setting, String granule, double share) {
        AllocatorConfig config = AllocatorConfig.from(Map.of("ashlar." + strategy + "." + setting, granule));
        try (Allocator allocator = create(strategy, config)) {
            allocate(allocator, 16_384, 4096);
            assertThat(allocator.stats().metadataRatio()).isLessThan(share);
            assertThat(allocator.stats().utilisation()).isGreaterThan(0.93);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"buddy", "tlsf"})
    void mustNotTakeMuchMoreThanASmallHeapNeeds(String strategy) {
        try (Allocator allocator = create(strategy)) {
            allocate(allocator, 100, 64 * 1024);
            AllocatorStats stats = allocator.stats();
            assertThat((double) stats.committedBytes() / stats.requestedBytes()).isLessThan(1.13);
        }
    }

    /** Sizes just above a power of two, for which region sizes that are powers of two waste most. */
    @ParameterizedTest
    @ValueSource(longs = {33 << 10, (64 << 10) + 16, (128 << 10) + 16, (1 << 20) + 64, (3 << 20) + 64})
    void mustNotTakeMuchMoreThanBlocksOfOneSizeNeed(long byteSize) {
        try (Allocator allocator = create("tlsf")) {
            for (int blocks = 1; blocks <= Math.min(200, (64 << 20) / byteSize); blocks++) {
                allocator.allocate(byteSize, 8);
                assertThat((double) allocator.stats().committedBytes() / (blocks * byteSize))
                        .as("committed over requested with %d blocks", blocks)
                        .isLessThan(1.25);
            }
            AllocatorStats stats = allocator.stats();
            assertThat((double) stats.committedBytes() / stats.requestedBytes()).isLessThan(1.13);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"buddy", "tlsf"})
    void mustGiveMemoryBackAsTheLoadFallsWithoutATrim(String strategy) {
        try (Allocator allocator = create(strategy)) {
            List<MemorySegment> blocks = allocate(allocator, 2_000, 20_000);
            long atPeak = allocator.stats().committedBytes();
            blocks.subList(100, blocks.size()).forEach(allocator::free);
            assertThat(allocator.stats().committedBytes()).isLessThan(atPeak / 8);
        }
    }

    /**
     * Idle regions are retained up to the retained bytes, and one more, however much is in use.
     */
    @ParameterizedTest
    @ValueSource(strings = {"buddy", "tlsf"})
    void mustKeepOneIdleRegionBeyondWhatMayBeRetainedAtMost(String strategy) {
        FaultySource source = FaultySource.withoutPadding();
        AllocatorConfig config =
                AllocatorConfig.builder().source(source).retainedBytes(1 << 20).build();
        try (Allocator allocator = create(strategy, config)) {
            List<MemorySegment> blocks = allocate(allocator, 8_192, 4096);
            for (int i = blocks.size() - 1; i >= 4_096; i--) {
                allocator.free(blocks.get(i));
                if (i % 16 == 0) {
                    assertThat(idleBytes(allocator)).isLessThanOrEqualTo((1 << 20) + largestChunk(source));
                }
            }
            long taken = source.takes();
            for (int i = 0; i < 1_000; i++) {
                allocate(allocator, 100, 4096).forEach(allocator::free);
            }
            assertThat(source.takes() - taken).as("regions taken at the border").isLessThan(2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"buddy", "tlsf"})
    void mustKeepExactlyWhatMayBeRetained(String strategy) {
        AllocatorConfig config =
                AllocatorConfig.builder().retainedBytes(64 << 20).build();
        try (Allocator allocator = create(strategy, config)) {
            allocator.allocate(1000, 8);
            allocator.free(allocator.allocate(1 << 20, 8));
            long idle = idleBytes(allocator);
            assertThat(idle).isGreaterThanOrEqualTo(1 << 20);
            Retention retention = allocator.as(Retention.class).orElseThrow();

            retention.retain(idle);
            assertThat(idleBytes(allocator)).isEqualTo(idle);

            retention.retain(idle - 1);
            assertThat(idleBytes(allocator)).isLessThan(idle);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"buddy", "tlsf"})
    void mustKeepNothingIdleIfNothingMayBeRetained(String strategy) {
        AllocatorConfig config = AllocatorConfig.builder().retainedBytes(0).build();
        try (Allocator allocator = create(strategy, config)) {
            List<MemorySegment> blocks = allocate(allocator, 8_192, 4096);
            for (int i = blocks.size() - 1; i >= 0; i--) {
                allocator.free(blocks.get(i));
                if (i % 16 == 0) {
                    assertThat(idleBytes(allocator)).isZero();
                }
            }
        }
    }

    /** Whole regions are kept, so the last of them may exceed the reserve. Memory in use counts towards the reserve. */
    @ParameterizedTest
    @CsvSource({"buddy, 0", "tlsf, 0", "buddy, 1024", "tlsf, 1024"})
    void mustKeepTheReserveWhenItTrims(String strategy, int inUse) {
        FaultySource source = FaultySource.withoutPadding();
        AllocatorConfig config = AllocatorConfig.builder()
                .source(source)
                .retainedBytes(64 << 20)
                .reserveBytes(4 << 20)
                .build();
        try (Allocator allocator = create(strategy, config)) {
            allocate(allocator, inUse, 4096);
            allocate(allocator, 4_096, 4096).forEach(allocator::free);
            assertThat(allocator.trim()).isPositive();
            long idle = (4L << 20) - inUse * 4096L;
            assertThat(idleBytes(allocator)).isBetween(idle, idle + largestChunk(source));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"buddy", "tlsf"})
    void mustKeepNoMoreThanTheReserveWhereRegionsAddUpToIt(String strategy) {
        AllocatorConfig config = AllocatorConfig.builder()
                .retainedBytes(64 << 20)
                .reserveBytes(1 << 20)
                .build();
        try (Allocator allocator = create(strategy, config)) {
            allocate(allocator, 2, 1 << 20).forEach(allocator::free);
            assertThat(idleBytes(allocator)).isEqualTo(2 << 20);

            assertThat(allocator.trim()).isEqualTo(1 << 20);
            assertThat(idleBytes(allocator)).isEqualTo(1 << 20);
        }
    }

    /** The bytes that a trim without a reserve would return, by a walk over the regions. */
    private static long idleBytes(Allocator allocator) {
        long[] bytes = new long[2]; // of the region that is looked at, and of idle ones
        allocator.as(Inspectable.class).orElseThrow().inspect(new Inspectable.Visitor() {
            @Override
            public void chunk(long address, long byteSize) {
                bytes[0] = byteSize;
            }

            @Override
            public void live(long address, long byteSize) {}

            @Override
            public void free(long address, long byteSize) {
                bytes[1] += byteSize == bytes[0] ? byteSize : 0;
            }
        });
        return bytes[1];
    }

    private static long largestChunk(FaultySource source) {
        return source.chunks().stream().mapToLong(MemorySegment::byteSize).max().orElse(0);
    }

    /** A load that leaves holes in all regions must fill them, oldest first, until the young regions are empty. */
    @ParameterizedTest
    @ValueSource(strings = {"buddy", "tlsf"})
    void mustDrainYoungRegions(String strategy) {
        AllocatorConfig config = AllocatorConfig.builder().retainedBytes(0).build();
        try (Allocator allocator = create(strategy, config)) {
            List<MemorySegment> blocks = allocate(allocator, 1_000, 16_384);
            long atPeak = allocator.stats().committedBytes();
            for (int i = 0; i < 1_000; i++) {
                if (i % 4 != 0) {
                    allocator.free(blocks.get(i));
                    blocks.set(i, null);
                }
            }
            for (int i = 999; i >= 0; i--) {
                if (blocks.get(i) != null) {
                    MemorySegment moved = allocator.allocate(16_384, 8);
                    allocator.free(blocks.get(i));
                    blocks.set(i, moved);
                }
            }
            assertThat(allocator.stats().committedBytes()).isLessThan(atPeak / 2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"buddy", "tlsf"})
    void mustResizeInPlaceWhereThereIsRoomBehind(String strategy) {
        try (Allocator allocator = create(strategy)) {
            MemorySegment block = allocator.allocate(32_768, 8);
            MemorySegment shrunk = allocator.resize(block, 5_000);
            assertThat(shrunk.address()).isEqualTo(block.address());
            assertThat(allocator.stats().allocatedBytes()).isBetween(5_000L, 8_192L);
            MemorySegment grown = allocator.resize(shrunk, 65_536);
            assertThat(grown.address()).isEqualTo(block.address());
            assertThat(grown.byteSize()).isEqualTo(65_536);
            assertThat(allocator.stats().requestedBytes()).isEqualTo(65_536);
            MemorySegment moved = allocator.resize(grown, 65_537);
            assertThat(moved.address()).isNotEqualTo(block.address());
            assertThat(allocator.stats().liveBlocks()).isEqualTo(1);
        }
    }

    /** A segment from before a resize, of a block that has memory of its own. */
    @ParameterizedTest
    @ValueSource(strings = {"buddy", "tlsf"})
    void mustRefuseToResizeALargeBlockOfAnotherSize(String strategy) {
        AllocatorConfig config = AllocatorConfig.builder()
                .properties(Map.of("ashlar." + strategy + ".regionSize", "64KiB"))
                .build();
        try (Allocator allocator = create(strategy, config)) {
            MemorySegment block = allocator.allocate(200_000, 8);
            MemorySegment shrunk = allocator.resize(block, 199_000);
            assertThat(shrunk.address()).isEqualTo(block.address());
            assertThatExceptionOfType(InvalidBlockException.class)
                    .isThrownBy(() -> allocator.resize(block, 198_000))
                    .extracting(InvalidBlockException::reason)
                    .isEqualTo(InvalidBlockException.Reason.WRONG_SIZE);
            assertThat(allocator.stats().invalidFrees()).isEqualTo(1);
            assertThat(allocator.stats().requestedBytes()).isEqualTo(199_000);
            allocator.free(shrunk);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"buddy", "tlsf"})
    void mustTakeMemoryAhead(String strategy) {
        FaultySource source = FaultySource.withoutPadding();
        AllocatorConfig config = AllocatorConfig.builder()
                .source(source)
                .preallocateBytes(3 << 20)
                .build();
        try (Allocator allocator = create(strategy, config)) {
            assertThat(source.openBytes()).isEqualTo(3 << 20);
            allocate(allocator, 300, 8_192).forEach(allocator::free);
            assertThat(allocator.stats().misses()).isZero();
            assertThat(source.openBytes()).isEqualTo(3 << 20);
        }
    }

    /** Blocks take granules: with a small one, set by a property, a block does not take a page. */
    @ParameterizedTest
    @CsvSource({"buddy, minimumBlock, 16", "buddy, minimumBlock, 64", "tlsf, granule, 16", "tlsf, granule, 4096"})
    void mustServeBlocksFromOneGranuleUp(String strategy, String setting, long granule) {
        Map<String, String> properties = Map.of("ashlar." + strategy + "." + setting, Long.toString(granule));
        try (Allocator allocator = create(strategy, AllocatorConfig.from(properties))) {
            allocate(allocator, 1_000, 1);
            assertThat(allocator.stats().allocatedBytes()).isEqualTo(1_000 * granule);
            allocate(allocator, 1_000, granule + 1);
            assertThat(allocator.stats().allocatedBytes()).isEqualTo(3_000 * granule);
            assertThat(allocator.stats().committedBytes()).isLessThan(3_000 * granule * 5 / 4 + 65_536);
        }
    }

    @Test
    void mustPassLargeBlocksToTheConfiguredUpstream() {
        try (Allocator upstream = create("buddy");
                Allocator allocator = create(
                        "tlsf",
                        AllocatorConfig.builder()
                                .upstream(upstream)
                                .settings(Tlsf.builder().regionSize(64 * 1024))
                                .build())) {
            MemorySegment large = allocator.allocate(100_000, 64);
            MemorySegment aligned = allocator.allocate(64, 32_768);
            assertThat(upstream.stats().liveBlocks()).isEqualTo(2);
            assertThat(allocator.stats().requestedBytes()).isEqualTo(100_064);
            allocator.free(large);
            allocator.free(aligned);
            assertThat(upstream.stats().liveBlocks()).isZero();
        }
    }

    @Test
    void mustSayWhatToDoWhenALargeBlockIsRefused() {
        AllocatorConfig config =
                AllocatorConfig.from(Map.of("ashlar.tlsf.largeBlocks", "refuse", "ashlar.tlsf.regionSize", "64KiB"));
        try (Allocator allocator = create("tlsf", config)) {
            assertThatThrownBy(() -> allocator.allocate(65_537, 8))
                    .isInstanceOf(AllocationException.class)
                    .hasMessageContaining("byteSize is 65537, at most 65536")
                    .hasMessageContaining("largeBlocks");
            assertThatThrownBy(() -> allocator.allocate(8, 32_768))
                    .isInstanceOf(AllocationException.class)
                    .hasMessageContaining("byteAlignment is 32768, at most 16384");
        }
    }

    @Test
    void mustWasteFourPerCentInTrimmedBuddiesAndAQuarterInWholeOnes() {
        assertThat(wasteOfEvenlySpreadSizes(16)).isBetween(0.02, 0.05);
        assertThat(wasteOfEvenlySpreadSizes(1)).isBetween(0.22, 0.31);
    }

    private static double wasteOfEvenlySpreadSizes(int parts) {
        try (Allocator allocator = Buddy.builder()
                .minimumBlock(256)
                .regionSize(4 << 20)
                .parts(parts)
                .build()) {
            for (int byteSize = 8_192; byteSize <= 65_536; byteSize += 499) {
                allocator.allocate(byteSize, 8);
            }
            return allocator.stats().internalFragmentation();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"buddy", "tlsf"})
    void mustTellOfEveryByteOnce(String strategy) {
        try (Allocator allocator = create(strategy)) {
            List<MemorySegment> blocks = allocate(allocator, 100, 5_000);
            for (int i = 0; i < 100; i += 3) {
                allocator.free(blocks.get(i));
            }
            Inspectable inspectable = allocator.as(Inspectable.class).orElseThrow();
            long[] bytes = new long[3];
            inspectable.inspect(new Inspectable.Visitor() {
                @Override
                public void chunk(long address, long byteSize) {
                    bytes[0] += byteSize;
                }

                @Override
                public void live(long address, long byteSize) {
                    bytes[1] += byteSize;
                }

                @Override
                public void free(long address, long byteSize) {
                    bytes[2] += byteSize;
                }
            });
            assertThat(bytes[0]).isEqualTo(allocator.stats().committedBytes());
            assertThat(bytes[1]).isEqualTo(allocator.stats().allocatedBytes());
            assertThat(bytes[1] + bytes[2]).isEqualTo(bytes[0]);
            assertThat(inspectable.externalFragmentation()).isBetween(0.01, 0.999);
            assertThat(inspectable.unusable(4096)).isLessThan(inspectable.unusable(64 * 1024));
        }
    }

    @Test
    void mustRefuseSettingsOutOfRange() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Buddy.builder().minimumBlock(8))
                .withMessageContaining("minimumBlock is 8, must be a power of two from 16 to 65536");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tlsf.builder().regionSize(100_000))
                .withMessageContaining("regionSize is 100000, must be a power of two from 65536 to 1073741824");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Buddy.builder().parts(3))
                .withMessageContaining("parts is 3, must be a power of two from 1 to 64");
    }
}
