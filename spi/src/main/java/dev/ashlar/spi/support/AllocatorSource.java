package dev.ashlar.spi.support;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Owner;
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
        return block == null ? null : new BlockChunk(upstream, block, allocatedSize(block));
    }

    /** {@inheritDoc} It is what the block of that size takes underneath, by its size class. */
    @Override
    public long takenBytes(long byteSize, long byteAlignment) {
        return upstream.goodSize(byteSize, byteAlignment);
    }

    private long allocatedSize(MemorySegment block) {
        long allocated = upstream.as(Owner.class)
                .map(owner -> owner.allocatedSize(block.address()))
                .orElse(InvalidBlockException.UNKNOWN_SIZE);
        return allocated == InvalidBlockException.UNKNOWN_SIZE ? block.byteSize() : allocated;
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

    private record BlockChunk(Allocator upstream, MemorySegment memory, long takenBytes) implements Chunk {
        @Override
        public void close() {
            if (memory.scope().isAlive()) { // otherwise it ended with the allocator underneath
                upstream.free(memory);
            }
        }
    }
}
