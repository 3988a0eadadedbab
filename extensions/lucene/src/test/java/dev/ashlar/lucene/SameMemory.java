package dev.ashlar.lucene;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Refusal;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Hands out the same memory for every block, so that tests can have files larger than the machine. */
final class SameMemory implements Allocator {

    private final MemorySegment memory = Arena.ofAuto().allocate(1 << 20, 64);
    private int live;

    @Override
    public MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        live++;
        return memory.asSlice(0, byteSize);
    }

    @Override
    public @Nullable MemorySegment tryResize(MemorySegment block, long byteSize, long byteAlignment) {
        return memory.asSlice(0, byteSize);
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment) {
        return Refusal.tooLarge("byteSize", byteSize, memory.byteSize(), "It never refuses others.");
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
