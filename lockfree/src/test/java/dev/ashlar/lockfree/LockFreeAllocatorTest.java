package dev.ashlar.lockfree;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.sizeclass.SizeClassAllocatorTests;
import org.junit.jupiter.api.Test;

/** The promises of the strategy beyond the contract. */
class LockFreeAllocatorTest extends SizeClassAllocatorTests {

    @Override
    protected AllocatorProvider provider() {
        return new LockFreeProvider();
    }

    @Override
    protected String slabClass() {
        return "dev.ashlar.lockfree.internal.CasSlab";
    }

    @Test
    void mustSpendAByteABlockOnMetadata() {
        try (Allocator allocator = provider().create(AllocatorConfig.defaults())) {
            for (int i = 0; i < 200_000; i++) {
                allocator.allocate(128, 8);
            }
            AllocatorStats full = allocator.stats();
            assertThat(full.metadataRatio()).isBetween(1 / 128.0, 1.75 / 128);
            assertThat(full.utilisation()).isGreaterThan(0.8);
            assertThat(full.hitRate()).isGreaterThan(0.999);
        }
    }
}
