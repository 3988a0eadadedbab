package dev.ashlar.slab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.sizeclass.SizeClassAllocatorTests;
import org.junit.jupiter.api.Test;

/** The promises of slab beyond the contract. */
class SlabAllocatorTest extends SizeClassAllocatorTests {

    @Override
    protected AllocatorProvider provider() {
        return new SlabProvider();
    }

    @Override
    protected String slabClass() {
        return "dev.ashlar.slab.internal.BitmapSlab";
    }

    @Test
    void mustSpendLessThanOnePerCentOnMetadataAt64ByteBlocks() {
        try (Allocator allocator = provider().create(AllocatorConfig.defaults())) {
            for (int i = 0; i < 200_000; i++) {
                allocator.allocate(64, 8);
            }
            AllocatorStats full = allocator.stats();
            assertThat(full.metadataRatio()).isLessThan(0.01);
            assertThat(full.utilisation()).isGreaterThan(0.9);
            assertThat(full.hitRate()).isGreaterThan(0.999);
        }
    }
}
