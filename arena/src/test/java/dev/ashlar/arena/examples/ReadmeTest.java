package dev.ashlar.arena.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.arena.Frames;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The code of README.md, as it is there. */
class ReadmeTest {

    private static final Path THIS = Path.of("src/test/java/dev/ashlar/arena/examples/ReadmeTest.java");

    @Test
    void mustFreeTheBlocksOfAFrame() {
        Allocator arena = AllocatorProviders.require("arena").create(AllocatorConfig.defaults());
        Frames frames = new Frames(arena);
        frames.beginFrame();
        MemorySegment block = frames.allocate(64, 8);
        assertThat(block.byteSize()).isEqualTo(64);
        frames.endFrame(); // the block must not be used any more
        assertThat(arena.stats().liveBlocks()).isZero();
        arena.close();
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
