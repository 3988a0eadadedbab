package dev.ashlar.verification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.testkit.ShownCode;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The code of adaptive's README.md, as it is there. */
class AdaptiveReadmeTest {

    private static final Path README = Path.of("../../adaptive/README.md");
    private static final Path THIS = Path.of("src/test/java/dev/ashlar/verification/AdaptiveReadmeTest.java");

    @Test
    void mustAllocateAndFree() {
        try (AdaptiveAllocator allocator = AdaptiveAllocator.create(AllocatorConfig.defaults())) {
            MemorySegment block = allocator.allocate(64, 8);
            allocator.free(block);
            System.out.println(allocator.summary());
            assertThat(allocator.stats().liveBlocks()).isZero();
        }
    }

    @Test
    void readmeMustShowThisTestAsItIs() {
        ShownCode.assertTested(README, 1, THIS);
    }
}
