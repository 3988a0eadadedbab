package dev.ashlar.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.support.SizeClassed;
import dev.ashlar.testkit.sizeclass.SizeClassAllocatorTests;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What slab promises beyond the contract. */
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
    void mustTakeItsSizeClassesAsAList() {
        AllocatorConfig byProperty = AllocatorConfig.from(Map.of("ashlar.slab.sizes", "16, 48,4368"));

        assertThat(byProperty.settings("slab", SlabConfig.DEFAULTS).sizes()).containsExactly(16, 48, 4368);
        try (Allocator allocator = provider().create(byProperty)) {
            assertThat(allocator
                            .as(SizeClassed.class)
                            .orElseThrow()
                            .sizeClasses()
                            .sizes())
                    .containsExactly(16, 48, 4368);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> provider().create(AllocatorConfig.from(Map.of("ashlar.slab.sizes", "16,x"))))
                .withMessageStartingWith("ashlar.slab.sizes is 'x': must be a whole number");
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
