package dev.ashlar.lockfree;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.LargeBlockPolicy;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** The builder of lockfree. */
class LockFreeTest {

    @Test
    void mustBuildAnAllocatorWithEveryDefault() {
        try (Allocator allocator = LockFree.allocator()) {
            MemorySegment block = allocator.allocate(100, 8);
            allocator.free(block);
            assertThat(allocator)
                    .hasToString(new LockFreeProvider()
                            .create(dev.ashlar.spi.AllocatorConfig.defaults())
                            .toString());
        }
    }

    @Test
    void mustBuildWithItsOwnSettings() {
        try (Allocator allocator = LockFree.builder()
                .limit("64MiB")
                .largestBlock(1_024)
                .largeBlocks(LargeBlockPolicy.REFUSE)
                .build()) {
            assertThat(allocator.tryAllocate(1_024, 8)).isNotNull();
            assertThat(allocator.tryAllocate(1_025, 8)).isNull();
        }
    }
}
