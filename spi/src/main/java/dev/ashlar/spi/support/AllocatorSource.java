package dev.ashlar.spi.support;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.support.Holdable;
import dev.ashlar.api.support.Holds;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.MemorySource;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An allocator as a memory source: each chunk is one of its blocks. So one strategy can take its memory from another,
 * and a limit of the lower one applies to all above.
 *
 * <p>Closing a chunk frees its block. The allocator underneath decides whether a later access throws.
 *
 * @param upstream where chunks come from; its maker closes it
 */
public record AllocatorSource(Allocator upstream) implements MemorySource {

    @Override
    public String name() {
        return "upstream";
    }

    @Override
    public @Nullable Chunk take(long byteSize, long byteAlignment) {
        MemorySegment block = upstream.tryAllocate(byteSize, byteAlignment);
        return block == null ? null : new BlockChunk(upstream, block);
    }

    /**
     * The holds of an allocator that is being made. A hold of it also holds the allocators that its memory comes from.
     *
     * @param config what it is made of
     */
    public static Holds holds(AllocatorConfig config) {
        Optional<Allocator> below =
                config.source() instanceof AllocatorSource source ? Optional.of(source.upstream) : Optional.empty();
        return new Holds(Stream.of(below, config.upstream())
                .flatMap(Optional::stream)
                .flatMap(allocator -> allocator.as(Holdable.class).stream())
                .toList());
    }

    private record BlockChunk(Allocator upstream, MemorySegment memory) implements Chunk {
        @Override
        public void close() {
            if (memory.scope().isAlive()) { // otherwise it ended with the allocator underneath
                upstream.free(memory);
            }
        }
    }
}
