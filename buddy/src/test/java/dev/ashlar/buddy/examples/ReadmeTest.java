package dev.ashlar.buddy.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.buddy.Tlsf;
import dev.ashlar.testkit.ShownCode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The code of README.md, as it is there. */
class ReadmeTest {

    private static final Path THIS = Path.of("src/test/java/dev/ashlar/buddy/examples/ReadmeTest.java");

    @Test
    void mustAllocateAndFree() {
        try (Allocator allocator = Tlsf.builder().limit("1GiB").build()) {
            MemorySegment block = allocator.allocate(100_000, 8);
            block.set(ValueLayout.JAVA_LONG, 0, 42);
            allocator.free(block);
            assertThat(allocator.stats().liveBlocks()).isZero();
        }
    }

    @Test
    void readmeMustShowThisTestAsItIs() {
        ShownCode.assertTested(Path.of("README.md"), 1, THIS);
    }
}
