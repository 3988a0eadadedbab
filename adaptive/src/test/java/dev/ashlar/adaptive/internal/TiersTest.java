package dev.ashlar.adaptive.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.Adaptive.Housekeeping;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.HandClock;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.testkit.FaultySource;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which tier serves a request. */
class TiersTest {

    private final FaultySource source = new FaultySource();
    private final StrategyDouble pages = new StrategyDouble("pages", 64 * 1024, 4096);
    private final StrategyDouble regions = new StrategyDouble("regions", 1 << 20, 16 * 1024);
    private final AdaptiveAllocator allocator = open();

    private AdaptiveAllocator open() {
        Adaptive.Builder settings = Adaptive.builder()
                .small(tier -> tier.upTo(256).strategies("pages").retainedShare(0))
                .medium(tier -> tier.upTo(64 * 1024).strategies("direct").retainedShare(0))
                .large(tier -> tier.upTo(1 << 20).strategies("regions").retainedShare(0))
                .housekeeping(Housekeeping.MANUAL);
        AllocatorConfig config =
                AllocatorConfig.builder().source(source).settings(settings).build();
        return TieredAllocator.create(config, Map.of("pages", pages, "regions", regions), new HandClock());
    }

    @AfterEach
    void close() {
        allocator.close();
        source.close();
    }

    private void allocate(Allocator from, long byteSize, long byteAlignment) {
        MemorySegment block = from.allocate(byteSize, byteAlignment);
        assertThat(block.address() % byteAlignment).isZero();
        from.free(block);
    }

    @Test
    void mustServeAnAlignmentFromTheTierAboveWhoseStrategyHasIt() {
        allocate(allocator, 64, 4096);
        assertThat(pages.requests()).hasValue(1);
        allocate(allocator, 64, 16 * 1024);
        assertThat(regions.requests()).as("plain").hasValue(1);
        MemorySegment block = allocator.tryAllocate(64, 8192);
        assertThat(block).isNotNull();
        assertThat(regions.requests()).as("tried").hasValue(2);
        allocator.allocate(64, 8192, AllocationHints.NONE.withTag("tag"));
        assertThat(regions.requests()).as("with hints").hasValue(3);
        allocator.allocateAll(64, 8192, 2);
        assertThat(regions.requests()).as("batch").hasValue(5);
        allocate(allocator.as(Confinable.class).orElseThrow().confined(), 64, 8192);
        assertThat(regions.requests()).as("confined").hasValue(6);
        allocator.resize(allocator.allocate(64, 8), 100, 8192);
        assertThat(regions.requests()).as("resized").hasValue(7);
        allocate(allocator, 64, 32 * 1024);
        assertThat(regions.requests()).as("what nobody aligns").hasValue(7);
    }
}
