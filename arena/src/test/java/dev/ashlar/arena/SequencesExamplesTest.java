package dev.ashlar.arena;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.arena.sequence.ComponentStore;
import dev.ashlar.arena.sequence.StructVector;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import java.io.IOException;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The code of the Javadoc and of the page on sequences. */
class SequencesExamplesTest {

    private static final Path THIS = Path.of("src/test/java/dev/ashlar/arena/SequencesExamplesTest.java");

    private final Allocator allocator = AllocatorProviders.require("slab").create(AllocatorConfig.defaults());

    @AfterEach
    void nothingMustBeLive() {
        assertThat(allocator.stats().liveBlocks()).isZero();
        allocator.close();
    }

    @Test
    void mustScanAComponentStore() {
        StructLayout point = MemoryLayout.structLayout(JAVA_DOUBLE.withName("x"), JAVA_DOUBLE.withName("y"));
        VarHandle x = point.varHandle(PathElement.groupElement("x"));
        try (ComponentStore points = new ComponentStore(allocator, point)) {
            x.set(points.add(7), 0L, 1.5);
            MemorySegment all = points.memory();
            for (long offset = 0; offset < all.byteSize(); offset += points.stride()) {
                x.set(all, offset, (double) x.get(all, offset) + 1);
            }
            assert (double) x.get(points.get(7), 0L) == 2.5;
        }
    }

    @Test
    void mustAppendStructs() {
        StructLayout point = MemoryLayout.structLayout(JAVA_FLOAT.withName("x"), JAVA_FLOAT.withName("y"));
        VarHandle x = point.varHandle(PathElement.groupElement("x"));
        try (StructVector points = new StructVector(allocator, point)) {
            x.set(points.append(), 0L, 1.5f);
            for (MemorySegment one : points) {
                x.set(one, 0L, (float) x.get(one, 0L) + 1);
            }
            assert (float) x.get(points.memory(), 0 * points.stride()) == 2.5f; // without slices
        }
    }

    @Test
    void mustBeWhatIsWritten() throws IOException {
        List<String> tested =
                Files.readAllLines(THIS).stream().map(String::strip).toList();
        Pattern code = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);
        assertThat(code.matcher(Files.readString(Path.of("docs/sequences.md"))).results())
                .hasSize(1)
                .flatMap(shown -> shown.group(1).lines().toList())
                .map(String::strip)
                .isSubsetOf(tested);
        String javadoc = Files.readString(Path.of("src/main/java/dev/ashlar/arena/sequence/StructVector.java"));
        String snippet = javadoc.substring(javadoc.indexOf("@snippet :") + 10, javadoc.indexOf(" */"));
        assertThat(snippet.lines().map(line -> line.replaceFirst("^ \\*", "").strip()))
                .hasSizeGreaterThan(8)
                .isSubsetOf(tested);
    }
}
