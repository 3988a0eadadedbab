package dev.ashlar.heap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Inspectable;
import dev.ashlar.heap.Defragmentation.Strategy;
import dev.ashlar.heap.Fragmentation.Pattern;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;

/** What is told of memory whose free parts are known. */
class FragmentationTest {

    private static Allocator open(String strategy) {
        return AllocatorProviders.require(strategy)
                .create(AllocatorConfig.builder().retainedBytes(0).build());
    }

    /** Fills some megabytes with blocks of one size, and frees some by their number. */
    private static void fill(Allocator allocator, long byteSize, IntPredicate isFreed) {
        List<MemorySegment> blocks = new ArrayList<>();
        for (int i = 0; i < (8 << 20) / byteSize; i++) {
            blocks.add(allocator.allocate(byteSize, 8));
        }
        for (int i = 0; i < blocks.size(); i++) {
            if (isFreed.test(i)) {
                allocator.free(blocks.get(i));
            }
        }
        allocator.trim();
    }

    @Test
    void mustTellSparseSlabs() {
        try (Allocator allocator = open("slab")) {
            fill(allocator, 256, number -> number % 8 != 0);
            Fragmentation fragmentation = Fragmentation.of(allocator);
            assertThat(fragmentation.pattern()).isEqualTo(Pattern.SCATTERED);
            assertThat(fragmentation.pattern().strategy()).isEqualTo(Strategy.REORGANIZE);
            assertThat(fragmentation.share()).isBetween(0.85, 0.95);
            assertThat(fragmentation.sparseSlabs()).isGreaterThan(0.9);
            assertThat(fragmentation.sparseChunks()).isGreaterThan(0.5);
            assertThat(fragmentation.unusable(256)).isZero();
            assertThat(fragmentation.unusable(32 << 10)).isGreaterThan(0.5);
            assertThat(fragmentation.realised()).isEqualTo(allocator.stats().realisedFragmentation());
        }
    }

    @Test
    void mustTellHolesBetweenFewBlocks() {
        try (Allocator allocator = open("tlsf")) {
            fill(allocator, 4096, number -> number % 128 != 0); // one block of each 512 KiB stays
            Fragmentation fragmentation = Fragmentation.of(allocator);
            assertThat(fragmentation.pattern()).isEqualTo(Pattern.HOLES);
            assertThat(fragmentation.pattern().strategy()).isEqualTo(Strategy.COMPACT);
            assertThat(fragmentation.longRuns()).isGreaterThan(0.8);
            assertThat(fragmentation.sparseSlabs()).isZero();
        }
    }

    @Test
    void mustTellNothingOfMemoryThatIsInUse() {
        try (Allocator allocator = open("slab")) {
            assertThat(Fragmentation.of(allocator).share()).isZero();
            fill(allocator, 1024, number -> number % 100 == 0);
            Fragmentation fragmentation = Fragmentation.of(allocator);
            assertThat(fragmentation.pattern()).isEqualTo(Pattern.NONE);
            assertThat(fragmentation.pattern().strategy()).isEqualTo(Strategy.COALESCE);
        }
    }

    @Test
    void mustAddUpToTheStatistics() {
        try (Allocator allocator = open("slab")) {
            fill(allocator, 100, number -> number % 3 == 0);
            Fragmentation fragmentation = Fragmentation.of(allocator);
            assertThat(fragmentation.liveBytes()).isEqualTo(allocator.stats().allocatedBytes());
            assertThat(fragmentation.byteSize())
                    .isLessThanOrEqualTo(allocator.stats().committedBytes());
            Inspectable inspectable = allocator.as(Inspectable.class).orElseThrow();
            for (long byteSize : new long[] {1, 104, 105, 208, 209, 4096, 1 << 20}) {
                assertThat(fragmentation.unusable(byteSize)).isEqualTo(inspectable.unusable(byteSize));
            }
            fragmentation.chunks().forEach(chunk -> {
                double shown =
                        chunk.cells().stream().mapToInt(cell -> cell).average().orElseThrow();
                assertThat(shown).isCloseTo(100 * chunk.share(), within(1.0));
            });
        }
    }

    /** A line of figures, and one for each chunk with a character for each part. */
    @Test
    void mustDrawEachChunk() {
        try (Allocator allocator = open("tlsf")) {
            MemorySegment first = allocator.allocate(16 << 10, 8);
            Fragmentation fragmentation = Fragmentation.of(allocator);
            assertThat(fragmentation.chunks()).hasSize(1);
            List<String> lines = fragmentation.toString().lines().toList();
            assertThat(lines).hasSize(2);
            assertThat(lines.getFirst()).contains("free", "sparse");
            String picture = lines.getLast().replaceAll("^[^|]*|", "");
            assertThat(picture).hasSize(Fragmentation.CELLS + 2).contains("█").contains(" ");
            allocator.free(first);
        }
    }

    @Test
    void mustSayWhatItCannotLookInto() {
        try (Allocator allocator = new HiddenCapabilities(open("slab"), Inspectable.class)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Fragmentation.of(allocator))
                    .withMessageContaining("Inspectable");
        }
    }
}
