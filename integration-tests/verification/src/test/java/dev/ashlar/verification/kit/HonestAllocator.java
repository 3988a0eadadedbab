package dev.ashlar.verification.kit;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Refusal;
import dev.ashlar.api.support.Holdable;
import dev.ashlar.api.support.Holds;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.MemorySource.Chunk;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The simplest allocator that keeps every rule: a chunk for each block, and one lock that is never held upstream. */
class HonestAllocator implements Allocator, Owner, Holdable {

    static final long LARGEST_BLOCK = 64 * 1024;
    static final long LARGEST_ALIGNMENT = 4096;

    final AllocatorConfig config;
    final TreeMap<Long, Chunk> live = new TreeMap<>();
    private long requested, committed, peak, requestedAtPeak, allocations, upstreamCalls, refused, invalidFrees;
    private final Holds holds = new Holds(List.of());
    private boolean closed;

    HonestAllocator(AllocatorConfig config) {
        this.config = config;
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        MemorySegment block = tryAllocate(byteSize, byteAlignment);
        if (block == null) {
            throw new AllocationException(
                    Refusal.limitReached(byteSize, stats().committedBytes(), config.limitBytes()));
        }
        return block;
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        if (!claim(byteSize, byteAlignment)) {
            return null;
        }
        return record(config.source().take(Math.max(1, byteSize), byteAlignment), byteSize);
    }

    private synchronized boolean claim(long byteSize, long byteAlignment) {
        requireOpen();
        if (byteSize > LARGEST_BLOCK
                || byteAlignment > LARGEST_ALIGNMENT
                || byteSize >= config.limitBytes() - committed) {
            refused++;
            return false;
        }
        committed += Math.max(1, byteSize);
        upstreamCalls++;
        return true;
    }

    private synchronized @Nullable MemorySegment record(@Nullable Chunk chunk, long byteSize) {
        if (chunk == null || closed) {
            committed -= Math.max(1, byteSize);
            refused++;
            if (chunk != null) {
                chunk.close();
            }
            requireOpen();
            return null;
        }
        live.put(chunk.memory().address(), chunk);
        requested += byteSize;
        allocations++;
        if (committed > peak) {
            peak = committed;
            requestedAtPeak = requested;
        }
        return chunk.memory().asSlice(0, byteSize);
    }

    @Override
    public List<MemorySegment> allocateAll(long[] byteSizes, long byteAlignment) {
        synchronized (this) {
            requireOpen();
            long all = Arrays.stream(byteSizes).sum();
            if (all > config.limitBytes() - committed) {
                refused++;
                throw new AllocationException(Refusal.limitReached(all, committed, config.limitBytes()));
            }
        }
        return Allocator.super.allocateAll(byteSizes, byteAlignment);
    }

    @Override
    public void free(MemorySegment block) {
        freeAddress(block.address(), block.byteSize());
    }

    public synchronized void freeAddress(long address, long byteSize) {
        requireOpen();
        Chunk chunk = live.get(address);
        if (chunk == null) {
            invalidFrees++;
            throw whatIsWrongWith(address);
        }
        Allocator.requireValid(byteSize, 1);
        if (byteSize > chunk.memory().byteSize()) {
            invalidFrees++;
            throw InvalidBlockException.wrongSize(
                    address, byteSize, chunk.memory().byteSize());
        }
        chunk.close();
        live.remove(address);
        requested -= byteSize;
        committed -= chunk.memory().byteSize();
        upstreamCalls++;
    }

    @Override
    public void freeAll(Collection<MemorySegment> blocks) {
        synchronized (this) {
            requireOpen();
            if (Allocator.listedTwice(blocks) != null) {
                invalidFrees++;
            }
        }
        Allocator.super.freeAll(blocks);
    }

    private InvalidBlockException whatIsWrongWith(long address) {
        Map.Entry<Long, Chunk> below = live.floorEntry(address);
        return below != null
                        && address - below.getKey() < below.getValue().memory().byteSize()
                ? InvalidBlockException.noBlockStart(address, InvalidBlockException.UNKNOWN_SIZE, below.getKey())
                : InvalidBlockException.foreign(address);
    }

    @Override
    public boolean owns(MemorySegment block) {
        return isLive(block);
    }

    @Override
    public synchronized boolean isLive(MemorySegment block) {
        return live.containsKey(block.address());
    }

    @Override
    public synchronized long allocatedSize(MemorySegment block) {
        Chunk chunk = live.get(block.address());
        return chunk == null
                ? InvalidBlockException.UNKNOWN_SIZE
                : chunk.memory().byteSize();
    }

    @Override
    public synchronized AllocatorStats stats() {
        return AllocatorStats.builder()
                .requestedBytes(requested)
                .allocatedBytes(committed)
                .committedBytes(committed)
                .liveBlocks(live.size())
                .allocations(allocations)
                .misses(allocations)
                .upstreamCalls(upstreamCalls)
                .refused(refused)
                .invalidFrees(invalidFrees)
                .peakCommittedBytes(peak)
                .requestedAtPeakBytes(requestedAtPeak)
                .build();
    }

    @Override
    public synchronized long trim() {
        requireOpen();
        return 0;
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
    public synchronized void close() {
        holds.close();
        closed = true;
        live.values().forEach(Chunk::close);
        live.clear();
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("closed");
        }
    }
}
