package dev.ashlar.arena;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.arena.BumpArena.Threads;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.testkit.FaultySource;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The chunks that an arena takes from its source, and when it returns them. */
class ChunksTest {

    private static final long KIB = 1024;

    private final FaultySource source = new FaultySource();

    private Allocator arena(Threads threads) {
        return new ArenaProvider()
                .create(AllocatorConfig.builder()
                        .source(source)
                        .retainedBytes(0)
                        .settings(BumpArena.builder()
                                .threads(threads)
                                .firstChunk(4 * KIB)
                                .largestChunk(64 * KIB))
                        .build());
    }

    /** Each chunk is as large as all before it together, up to the largest. */
    @ParameterizedTest
    @EnumSource
    void mustTakeChunksThatGrowUpToTheLargest(Threads threads) {
        try (Allocator arena = arena(threads)) {
            List<Long> sizes = new ArrayList<>();
            while (sizes.size() < 8) {
                long before = source.memoryBytes();
                arena.allocate(KIB, 8);
                if (source.memoryBytes() > before) {
                    sizes.add((source.memoryBytes() - before) / KIB);
                }
            }
            assertThat(sizes).containsExactly(4L, 4L, 8L, 16L, 32L, 64L, 64L, 64L);
        }
    }

    /** Blocks above a quarter of the largest chunk, and blocks with an alignment above a page. */
    @ParameterizedTest
    @EnumSource
    void mustGiveLargeBlocksMemoryOfTheirOwnAndItBackWhenTheyAreFreed(Threads threads) {
        try (Allocator arena = arena(threads)) {
            arena.allocate(KIB, 8);
            long open = source.openBytes();
            MemorySegment large = arena.allocate(16 * KIB + 1, 8);
            MemorySegment aligned = arena.allocate(KIB, 8 * KIB);
            assertThat(source.openChunks()).isEqualTo(3);
            MemorySegment small = arena.allocate(KIB, 8);
            assertThat(source.openChunks()).isEqualTo(3);
            arena.free(large); // not the most recent
            arena.free(aligned);
            assertThat(source.openBytes()).isEqualTo(open);
            arena.free(small);
        }
    }

    /** A free of a block that is not the most recent one is only counted, until it is the last block of its chunk. */
    @ParameterizedTest
    @EnumSource
    void mustReturnAChunkAtATrimWhenAllItsBlocksAreFreed(Threads threads) {
        try (Allocator arena = arena(threads)) {
            MemorySegment first = arena.allocate(KIB, 8);
            MemorySegment second = arena.allocate(KIB, 8);
            MemorySegment other = arena.allocate(4 * KIB, 8); // in the second chunk
            arena.free(first);
            assertThat(arena.trim()).isZero();
            arena.free(second);
            long chunk = source.takenBytes(4 * KIB, 4 * KIB);
            assertThat(arena.trim()).isEqualTo(chunk);
            arena.free(other);
            assertThat(arena.trim()).isEqualTo(chunk);
            assertThat(source.openChunks()).isZero();
        }
    }
}
