package dev.ashlar.buddy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The code of README.md, as it is there. */
class ReadmeTest {

    private static final Path THIS = Path.of("src/test/java/dev/ashlar/buddy/ReadmeTest.java");

    @Test
    void mustAllocateAndFree() {
        try (Allocator allocator = AllocatorProviders.require("tlsf").create(AllocatorConfig.defaults())) {
            MemorySegment block = allocator.allocate(100_000, 8);
            block.set(ValueLayout.JAVA_LONG, 0, 42);
            allocator.free(block);
            assertThat(allocator.stats().liveBlocks()).isZero();
        }
    }

    @Test
    void readmeMustShowThisTestAsItIs() throws IOException {
        List<String> tested =
                Files.readAllLines(THIS).stream().map(String::strip).toList();
        Pattern code = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);
        assertThat(code.matcher(Files.readString(Path.of("README.md"))).results())
                .hasSize(1)
                .flatMap(shown -> shown.group(1).lines().toList())
                .map(String::strip)
                .isSubsetOf(tested);
    }
}
