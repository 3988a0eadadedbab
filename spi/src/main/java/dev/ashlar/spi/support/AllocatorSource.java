package dev.ashlar.spi.support;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.MemorySource;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * An allocator as a memory source: each chunk is one of its blocks. So strategies stand on one another, and a limit on
 * the lower one holds for all of them.
 *
 * <p>Closing a chunk frees its block. Whether an access after that is seen is up to the allocator underneath.
 *
 * @param upstream where chunks come from; whoever made it closes it
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

    private record BlockChunk(Allocator upstream, MemorySegment memory) implements Chunk {
        @Override
        public void close() {
            if (memory.scope().isAlive()) { // else it went with the allocator underneath
                upstream.free(memory);
            }
        }
    }
}
