package dev.ashlar.verification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.ByteBufferAllocator;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.slab.Slab;
import dev.ashlar.spi.Ashlar;
import dev.ashlar.testkit.ShownCode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The code on the pages of modules whose own tests cannot run it. */
class ModulePagesTest {

    private static final Path THIS = Path.of("src/test/java/dev/ashlar/verification/ModulePagesTest.java");

    static void serve(Allocator root) {
        Allocator requests = Allocators.limited(root, 16 << 20);
        MemorySegment block = requests.allocate(1500, 8);
        requests.free(block);
        ByteBufferAllocator buffers = new ByteBufferAllocator(requests);
        ByteBuffer buffer = buffers.allocate(4096);
        buffers.free(buffer.slice(100, 50)); // by any view of it
    }

    @Test
    void mustRunTheCodeOfApi() {
        try (Allocator root = Ashlar.allocator()) {
            serve(root);
            assertThat(root.stats().liveBlocks()).isZero();
            assertThat(root.stats().allocations()).isEqualTo(2);
        }
        ShownCode.assertTested(Path.of("../../api/README.md"), 1, THIS);
    }

    @Test
    void mustRunTheCodeOfThePageOnArenas() {
        try (Allocator allocator = Ashlar.allocator()) {
            try (Arena arena = Allocators.arena(allocator)) {
                MemorySegment name = arena.allocateFrom("Ashlar"); // zeroed and checked as from Arena.ofConfined()
                MemorySegment table = arena.allocate(100 * 64, 8);
                assertThat(name.getString(0)).isEqualTo("Ashlar");
                assertThat(table.byteSize()).isEqualTo(6_400);
            } // both are freed to the allocator; an access from now on throws IllegalStateException
            assertThat(allocator.stats().liveBlocks()).isZero();
        }
        ShownCode.assertTested(Path.of("../../api/docs/arenas.md"), 1, THIS);
    }

    @Test
    void mustRunTheCodeOfSpi() {
        try (Allocator allocator =
                Ashlar.builder("slab").limit("256MiB").capacity("4MiB").build()) {
            MemorySegment block = allocator.allocate(64, 8);
            allocator.free(block);
            assertThat(allocator.toString()).contains("slab");
        }
        ShownCode.assertTested(Path.of("../../spi/README.md"), 1, THIS);
    }

    @Test
    void mustRunTheCodeOfSlab() {
        try (Allocator allocator = Slab.builder().limit("64MiB").build()) {
            MemorySegment block = allocator.allocate(64, 8);
            block.set(ValueLayout.JAVA_LONG, 0, 42);
            allocator.free(block);
            assertThat(allocator.stats().liveBlocks()).isZero();
        }
        ShownCode.assertTested(Path.of("../../slab/README.md"), 1, THIS);
    }
}
