package dev.ashlar.api.compose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.CheckingAllocator;
import dev.ashlar.api.Limit;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The example in the package's documentation compiles, runs and is this code. */
class PackageSnippetTest {

    @Test
    void mustDoWhatTheExampleSays() {
        try (CheckingAllocator upstream = new CheckingAllocator(1_000_000)) {
            // @start
            Allocator server = Allocators.limited(upstream, 1_000_000);
            Allocator cache = Allocators.limited(server, 800_000);
            Allocator index = Allocators.limited(server, 400_000);

            MemorySegment page = cache.allocate(700_000, 4096);
            assert index.tryAllocate(350_000, 8) == null; // fits the index, but not the server any more

            cache.free(page);
            MemorySegment root = index.allocate(350_000, 8);
            assert server.as(Limit.class).orElseThrow().usedBytes() == 350_000;
            // @end
            index.free(root);
        }
    }

    @Test
    void mustBeTheCodeInTheDocumentation() throws IOException {
        List<String> documented =
                between(Path.of("src/main/java/dev/ashlar/api/compose/package-info.java"), "{@snippet :", "}");
        List<String> tested = between(
                Path.of("src/test/java/dev/ashlar/api/compose/PackageSnippetTest.java"), "// @start", "// @end");
        assertThat(documented).isNotEmpty().isEqualTo(tested);
    }

    private static List<String> between(Path file, String start, String end) throws IOException {
        return Files.readAllLines(file).stream()
                .map(line -> line.replaceFirst("^( \\*)? *", ""))
                .dropWhile(line -> !line.equals(start))
                .skip(1)
                .takeWhile(line -> !line.equals(end))
                .toList();
    }
}
