package dev.ashlar.lucene;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Refusal;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Hands out the same memory for the first blocks, and other memory for all later ones. So tests can have files larger
 * than the machine.
 */
final class SameMemory implements Allocator {

    private static final long SIZE = 1 << 20;

    private final MemorySegment first = Arena.ofAuto().allocate(SIZE, 64);
    private final MemorySegment later = Arena.ofAuto().allocate(SIZE, 64);
    private final int firstBlocks;
    private int allocated;
    private int live;

    SameMemory(int firstBlocks) {
        this.firstBlocks = firstBlocks;
    }

    @Override
    public MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        live++;
        allocated++;
        return (allocated <= firstBlocks ? first : later).asSlice(0, byteSize);
    }

    @Override
    public @Nullable MemorySegment tryResize(MemorySegment block, long byteSize, long byteAlignment) {
        return (block.address() == first.address() ? first : later).asSlice(0, byteSize);
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment) {
        return Refusal.tooLarge("byteSize", byteSize, SIZE, "It never refuses others.");
    }

    @Override
    public void free(MemorySegment block) {
        live--;
    }

    @Override
    public void freeAll(Collection<MemorySegment> blocks) {
        live -= blocks.size();
    }

    @Override
    public AllocatorStats stats() {
        return AllocatorStats.builder().liveBlocks(live).build();
    }

    @Override
    public boolean isClosed() {
        return false;
    }

    @Override
    public void close() {}
}
