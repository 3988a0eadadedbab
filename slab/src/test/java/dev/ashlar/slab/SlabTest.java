package dev.ashlar.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Retention;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.spi.support.SizeClassed;
import dev.ashlar.testkit.FaultySource;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The builder of slab, and with it those settings that all builders have. */
class SlabTest {

    private static final long PAGE = 4096;

    @Test
    void mustBuildAnAllocatorWithEveryDefault() {
        try (Allocator allocator = Slab.allocator();
                Allocator byName = new SlabProvider().create(AllocatorConfig.defaults())) {
            MemorySegment block = allocator.allocate(100, 8);
            allocator.free(block);
            assertThat(allocator.as(AddressAllocator.class)).isPresent();
            assertThat(allocator).hasToString(byName.toString());
        }
    }

    @Test
    void mustBuildWithWhatAllStrategiesHave() {
        try (FaultySource source = new FaultySource();
                Allocator allocator = Slab.builder()
                        .limit("64MiB")
                        .retained("8MiB")
                        .reserve("2MiB")
                        .preallocate("2MiB")
                        .source(source)
                        .build()) {
            assertThat(source.openBytes()).as("preallocated").isBetween((2L << 20) - PAGE, 2L << 20);
            assertThat(allocator.as(Retention.class).orElseThrow().retainedBytes())
                    .isEqualTo(8 << 20);
            allocator.trim();
            assertThat(source.openBytes()).as("in reserve").isBetween((2L << 20) - PAGE, 2L << 20);
            assertThat(allocator.tryAllocate(65 << 20, 8))
                    .as("beyond the limit")
                    .isNull();
        }
    }

    @Test
    void mustBuildWithItsOwnSettings() {
        try (Allocator upstream = Slab.allocator();
                Allocator allocator = Slab.builder()
                        .sizes(64, 600, 1_000)
                        .threadBytes("128KiB")
                        .upstream(upstream)
                        .build()) {
            assertThat(allocator
                            .as(SizeClassed.class)
                            .orElseThrow()
                            .sizeClasses()
                            .sizes())
                    .containsExactly(64, 600, 1_000);
            MemorySegment large = allocator.allocate(2_000, 8);
            assertThat(upstream.stats().liveBlocks()).isOne();
            allocator.free(large);
        }
        try (Allocator allocator = Slab.builder()
                .classesPerDoubling(4)
                .largestBlock(1_024)
                .largeBlocks(LargeBlockPolicy.REFUSE)
                .build()) {
            assertThat(allocator.tryAllocate(1_024, 8)).isNotNull();
            assertThat(allocator.tryAllocate(1_025, 8)).isNull();
        }
    }

    @Test
    void mustLetPropertiesOverrideWhatIsSetInCode() {
        Slab.Builder builder = Slab.builder()
                .properties(Map.of("ashlar.slab.largestBlock", "2048", "ashlar.slab.largeBlocks", "refuse"))
                .largestBlock(1_024);
        try (Allocator allocator = builder.build();
                Allocator another = builder.limit(AllocationException.NO_LIMIT).build()) {
            assertThat(allocator.tryAllocate(2_048, 8)).isNotNull();
            assertThat(allocator.tryAllocate(2_049, 8)).isNull();
            assertThat(another.tryAllocate(2_048, 8)).isNotNull();
        }
    }

    @Test
    void mustRefuseValuesOutOfRangeNamingThem() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Slab.builder().limit(0))
                .withMessageContaining("limitBytes is 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Slab.builder().limit("much"))
                .withMessageContaining("much");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Slab.builder().largestBlock(100))
                .withMessage("largestBlock is 100, must be a power of two from 128 to 65536");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> Slab.builder().retained("1MiB").reserve("2MiB").build())
                .withMessageContaining("reserveBytes")
                .withMessageContaining("retainedBytes");
    }
}
