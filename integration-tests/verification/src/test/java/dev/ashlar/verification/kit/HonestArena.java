package dev.ashlar.verification.kit;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Refusal;
import dev.ashlar.api.Resettable;
import dev.ashlar.api.support.Holdable;
import dev.ashlar.api.support.Holds;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.MemorySource.Chunk;
import dev.ashlar.spi.support.Closing;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The simplest arena: it moves a position, counts single frees, and ignores invalid ones. It has one lock. */
class HonestArena implements Allocator, Resettable, Holdable {

    static final long LARGEST_BLOCK = 64 * 1024;
    private static final long LARGEST_ALIGNMENT = 4096;
    private static final long CHUNK = 2 * LARGEST_BLOCK;

    private record Block(long number, long byteSize) {}

    private record Position(HonestArena arena, int chunk, long offset, long number) implements Mark {}

    final AllocatorConfig config;
    private final Limit limit;

    /** The bytes that a chunk takes. */
    private final long chunkBytes;

    private final List<Chunk> chunks = new ArrayList<>();
    private final Map<Long, Block> live = new HashMap<>();
    private Position position = new Position(this, 0, 0, 0);
    private long committed, peak, requestedAtPeak, allocations, misses, upstreamCalls, refused;
    private final Holds holds = new Holds(List.of());
    private boolean closed;

    HonestArena(AllocatorConfig config) {
        this.config = config;
        limit = HonestAllocator.limit(config);
        chunkBytes = config.source().takenBytes(CHUNK, LARGEST_ALIGNMENT);
    }

    @Override
    public synchronized Refusal refusal(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        if (byteAlignment > LARGEST_ALIGNMENT) {
            return Refusal.tooLarge("byteAlignment", byteAlignment, LARGEST_ALIGNMENT, "");
        }
        return byteSize > LARGEST_BLOCK
                ? Refusal.tooLarge("byteSize", byteSize, LARGEST_BLOCK, "")
                : HonestAllocator.whyRefused(config, limit, byteSize, byteAlignment, chunkBytes);
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        boolean missed = false;
        if (byteSize > LARGEST_BLOCK || byteAlignment > LARGEST_ALIGNMENT) {
            return refuse();
        }
        MemorySegment block = bump(byteSize, byteAlignment, missed);
        while (block == null && grow(byteSize)) {
            missed = true;
            block = bump(byteSize, byteAlignment, missed);
        }
        return block == null ? refuse() : block;
    }

    private synchronized @Nullable MemorySegment refuse() {
        requireOpen();
        refused++;
        return null;
    }

    private synchronized @Nullable MemorySegment bump(long byteSize, long byteAlignment, boolean missed) {
        requireOpen();
        long from = position.offset;
        for (int at = position.chunk; at < chunks.size(); at++, from = 0) {
            MemorySegment memory = chunks.get(at).memory();
            long offset = -(-(memory.address() + from) & -byteAlignment) - memory.address();
            if (offset + Math.max(1, byteSize) <= memory.byteSize()) {
                position = new Position(this, at, offset + Math.max(1, byteSize), position.number + 1);
                live.put(memory.address() + offset, new Block(position.number, byteSize));
                allocations++;
                misses += missed ? 1 : 0;
                return memory.asSlice(offset, byteSize);
            }
        }
        return null;
    }

    /** Takes a chunk. The source is called without the lock. */
    private boolean grow(long byteSize) {
        if (limit.tryCharge(chunkBytes) != null) {
            return false;
        }
        synchronized (this) {
            committed += chunkBytes;
            upstreamCalls++;
        }
        Chunk chunk = null;
        try {
            chunk = config.source().take(CHUNK, LARGEST_ALIGNMENT);
        } finally {
            if (chunk == null) {
                giveUp();
            }
        }
        if (chunk != null && !add(chunk, byteSize)) {
            giveUp();
            chunk.close();
            chunk = null;
        }
        requireOpen();
        return chunk != null;
    }

    private synchronized boolean add(Chunk chunk, long byteSize) {
        if (closed) {
            return false;
        }
        chunks.add(chunk);
        if (committed > peak) {
            peak = committed;
            requestedAtPeak = requestedBytes() + byteSize;
        }
        return true;
    }

    private synchronized void giveUp() {
        committed -= chunkBytes;
        limit.discharge(chunkBytes);
    }

    @Override
    public synchronized @Nullable List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
        requireOpen();
        Allocator.requireValid(byteSizes, byteAlignment);
        if (Allocator.sum(byteSizes) > config.limitBytes()) {
            refused++;
            return null;
        }
        return Allocator.super.tryAllocateAll(byteSizes, byteAlignment);
    }

    @Override
    public synchronized void free(MemorySegment block) {
        requireOpen();
        live.remove(block.address());
    }

    @Override
    public synchronized void freeAll(Collection<MemorySegment> blocks) {
        requireOpen();
        blocks.forEach(this::free);
    }

    @Override
    public synchronized Mark mark() {
        return position;
    }

    @Override
    public synchronized void rewind(Mark mark) {
        if (!(mark instanceof Position to) || !equals(to.arena) || to.number > position.number) {
            throw new IllegalArgumentException("not a valid mark of this arena");
        }
        live.values().removeIf(block -> block.number > to.number);
        position = to;
    }

    /** For subclasses that waste memory between blocks. */
    void skipTo(Mark mark) {
        position = (Position) mark;
    }

    @Override
    public synchronized void reset(ResetMode mode) {
        live.clear();
        position = new Position(this, 0, 0, 0);
        switch (mode) {
            case ResetMode.GiveBack() -> giveBack(0);
            case ResetMode.KeepUpTo(long byteSize) -> giveBack(byteSize);
            case ResetMode.KeepMemory() -> {}
        }
    }

    @Override
    public synchronized long trim() {
        requireOpen();
        long before = committed;
        if (live.isEmpty()) {
            giveBack(Math.ceilDiv(config.reserveBytes(), chunkBytes) * chunkBytes);
        }
        return before - committed;
    }

    /** Closes chunks. A chunk that another thread is taking is counted as committed, but not in the list yet. */
    private void giveBack(long keep) {
        while (!chunks.isEmpty() && committed > keep) {
            chunks.getLast().close();
            chunks.removeLast();
            committed -= chunkBytes;
            limit.discharge(chunkBytes);
            upstreamCalls++;
        }
    }

    private long requestedBytes() {
        return live.values().stream().mapToLong(Block::byteSize).sum();
    }

    @Override
    public synchronized AllocatorStats stats() {
        long requested = requestedBytes();
        return AllocatorStats.builder()
                .requestedBytes(requested)
                .allocatedBytes(requested)
                .committedBytes(committed)
                .liveBlocks(live.size())
                .allocations(allocations)
                .misses(misses)
                .upstreamCalls(upstreamCalls)
                .refused(refused)
                .peakCommittedBytes(peak)
                .requestedAtPeakBytes(requestedAtPeak)
                .build();
    }

    @Override
    public void hold() {
        holds.hold();
    }

    @Override
    public void release() {
        holds.release();
    }

    @Override
    public synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public synchronized void close() {
        holds.close();
        closed = true;
        Closing.each(chunks, chunk -> {
            chunk.close();
            chunks.remove(chunk);
            committed -= chunkBytes;
            limit.discharge(chunkBytes);
            upstreamCalls++;
        });
    }

    private synchronized void requireOpen() {
        if (closed) {
            throw new IllegalStateException("closed");
        }
    }
}
