package dev.ashlar.arena.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.arena.Frame;
import dev.ashlar.arena.Frames;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.ShownCode;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The code of README.md, as it is there. */
class ReadmeTest {

    private static final Path THIS = Path.of("src/test/java/dev/ashlar/arena/examples/ReadmeTest.java");

    @Test
    void mustFreeTheBlocksOfAFrame() {
        Allocator arena = AllocatorProviders.require("arena").create(AllocatorConfig.defaults());
        Frames frames = new Frames(arena);
        try (Frame frame = frames.open()) {
            MemorySegment block = frame.allocate(64, 8);
            assertThat(block.byteSize()).isEqualTo(64);
        } // the block must not be used any more
        assertThat(arena.stats().liveBlocks()).isZero();
        arena.close();
    }

    @Test
    void readmeMustShowThisTestAsItIs() {
        ShownCode.assertTested(Path.of("README.md"), 1, THIS);
    }
}
