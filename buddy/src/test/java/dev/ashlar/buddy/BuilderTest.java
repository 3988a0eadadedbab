package dev.ashlar.buddy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.LargeBlockPolicy;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** The builders of buddy and tlsf. */
class BuilderTest {

    @Test
    void mustBuildBuddiesWithTheirSettings() {
        try (Allocator plain = Buddy.allocator();
                Allocator allocator = Buddy.builder()
                        .limit("16MiB")
                        .regionSize("1MiB")
                        .minimumBlock(256)
                        .parts(1)
                        .largeBlocks(LargeBlockPolicy.REFUSE)
                        .build()) {
            plain.free(plain.allocate(100_000, 8));
            MemorySegment block = allocator.allocate(300, 8);
            assertThat(allocator.stats().allocatedBytes()).as("a whole buddy").isEqualTo(512);
            assertThat(allocator.tryAllocate(2 << 20, 8))
                    .as("larger than a region")
                    .isNull();
            allocator.free(block);
        }
    }

    @Test
    void mustBuildTlsfWithItsSettings() {
        try (Allocator plain = Tlsf.allocator();
                Allocator allocator = Tlsf.builder()
                        .limit("16MiB")
                        .regionSize("1MiB")
                        .granule(16)
                        .largeBlocks(LargeBlockPolicy.REFUSE)
                        .build()) {
            plain.free(plain.allocate(100_000, 8));
            MemorySegment block = allocator.allocate(17, 8);
            assertThat(allocator.stats().allocatedBytes()).as("two granules").isEqualTo(32);
            assertThat(allocator.tryAllocate(2 << 20, 8))
                    .as("larger than a region")
                    .isNull();
            allocator.free(block);
        }
    }
}
