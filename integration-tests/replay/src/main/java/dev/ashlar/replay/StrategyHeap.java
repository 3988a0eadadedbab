package dev.ashlar.replay;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Inspectable;
import dev.ashlar.spi.AllocatorProvider;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A strategy with default settings, which adapts in the time of the trace. Blocks are not written to. */
final class StrategyHeap implements Heap {

    private final StrategyBooks books;
    private final Allocator allocator;
    private final Inspectable walk;
    private final @Nullable MemorySegment[] blocks;

    /**
     * A heap.
     *
     * @param blocks the bound of the numbers of blocks
     */
    StrategyHeap(AllocatorProvider provider, int blocks) {
        this.books = StrategyBooks.openObserved(provider);
        this.allocator = books.allocator();
        this.walk = allocator.as(Inspectable.class).orElseThrow();
        this.blocks = new MemorySegment[blocks];
    }

    @Override
    public boolean allocate(int block, long byteSize, long byteAlignment) {
        MemorySegment memory = allocator.tryAllocate(byteSize, byteAlignment);
        blocks[block] = memory;
        return memory != null;
    }

    @Override
    public void free(int block) {
        allocator.free(Objects.requireNonNull(blocks[block]));
        blocks[block] = null;
    }

    @Override
    public long committedBytes() {
        return books.takenBytes();
    }

    @Override
    public double unusable(long byteSize) {
        return walk.unusable(byteSize);
    }

    @Override
    public void watch() {
        books.watch();
    }

    /** Checks that nothing is left. */
    @Override
    public void close() {
        books.finish();
    }
}
