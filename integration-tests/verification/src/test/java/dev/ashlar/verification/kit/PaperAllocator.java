package dev.ashlar.verification.kit;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Refusal;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Counts like an allocator that takes exactly the requested bytes for each block, but has no memory: all blocks are the
 * same. For workloads that count bytes and access none. A fault overrides how many bytes a block takes, or how many its
 * free returns.
 */
class PaperAllocator implements Allocator {

    private static final MemorySegment PAPER = Arena.global().allocate(128 * 1024, 8);

    private final long limitBytes;
    private long live;
    private long requested;
    private long committed;
    private long metadata;
    private long allocations;
    private long refused;

    PaperAllocator(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** Takes memory for a block with {@link #commit}, and returns whether there was enough. */
    boolean take(long byteSize) {
        return commit(byteSize);
    }

    /** Returns the memory of a block with {@link #commit}. */
    void giveBack(long byteSize) {
        commit(-byteSize);
    }

    /** Returns all memory that is kept. */
    void giveBackIdle() {}

    /** Changes the committed bytes, unless they would be too many. */
    final boolean commit(long byteSize) {
        if (byteSize > 0 && byteSize > limitBytes - committed) {
            return false;
        }
        committed += byteSize;
        return true;
    }

    /** Changes the reported bookkeeping. */
    final void account(long metadataBytes) {
        metadata += metadataBytes;
    }

    @Override
    public synchronized @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        if (!take(byteSize)) {
            refused++;
            return null;
        }
        live++;
        allocations++;
        requested += byteSize;
        return PAPER.asSlice(0, byteSize);
    }

    @Override
    public synchronized Refusal refusal(long byteSize, long byteAlignment) {
        return Refusal.limitReached(byteSize, committed, limitBytes);
    }

    @Override
    public synchronized void free(MemorySegment block) {
        live--;
        requested -= block.byteSize();
        giveBack(block.byteSize());
    }

    @Override
    public synchronized AllocatorStats stats() {
        return AllocatorStats.builder()
                .requestedBytes(requested)
                .allocatedBytes(requested)
                .committedBytes(committed)
                .metadataBytes(metadata)
                .liveBlocks(live)
                .allocations(allocations)
                .refused(refused)
                .build();
    }

    @Override
    public synchronized long trim() {
        long before = committed;
        giveBackIdle();
        return before - committed;
    }

    @Override
    public boolean isClosed() {
        return false;
    }

    @Override
    public void close() {}
}
