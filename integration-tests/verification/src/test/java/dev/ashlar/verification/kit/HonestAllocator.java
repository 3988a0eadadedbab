package dev.ashlar.verification.kit;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Refusal;
import dev.ashlar.api.support.Holdable;
import dev.ashlar.api.support.Holds;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.MemorySource.Chunk;
import dev.ashlar.spi.support.Closing;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The simplest allocator that keeps every rule: a chunk for each block, and one lock that is never held upstream. The
 * size of a block is rounded up to a granule, and its chunk is larger than that. So requested, allocated and committed
 * bytes differ, and the contract must check each of them.
 */
class HonestAllocator implements Allocator, Owner, Holdable {

    static final long LARGEST_BLOCK = 64 * 1024;
    static final long LARGEST_ALIGNMENT = 4096;
    private static final long GRANULE = 8;

    /** What a chunk is larger than the block in it takes. */
    private static final long REST = 24;

    final AllocatorConfig config;
    final Limit limit;
    final TreeMap<Long, Chunk> live = new TreeMap<>();
    private long requested,
            allocated,
            committed,
            peak,
            requestedAtPeak,
            allocations,
            leaked,
            upstreamCalls,
            refused,
            invalidFrees;
    private final Holds holds = new Holds(List.of());
    private boolean closed;

    HonestAllocator(AllocatorConfig config) {
        this.config = config;
        limit = limit(config);
    }

    static Limit limit(AllocatorConfig config) {
        Limit.Builder own = Limit.builder(config.nameOr("honest")).bytes(config.limitBytes());
        config.budget().ifPresent(own::parent);
        return own.build();
    }

    static Refusal whyRefused(AllocatorConfig config, Limit limit, long byteSize, long byteAlignment, long chunkSize) {
        Limit now = limit.refusing(chunkSize);
        Limit refusing = now == null && limit.limitBytes() != AllocationException.NO_LIMIT ? limit : now;
        return refusing == null
                ? Refusal.sourceExhausted(config.source().name(), byteSize, byteAlignment, limit.usedBytes())
                : refusing.refusal(Refusal.Unit.MEMORY, byteSize, chunkSize);
    }

    @Override
    public synchronized Refusal refusal(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        if (byteAlignment > LARGEST_ALIGNMENT) {
            return Refusal.tooLarge("byteAlignment", byteAlignment, LARGEST_ALIGNMENT, "");
        }
        return byteSize > LARGEST_BLOCK
                ? Refusal.tooLarge("byteSize", byteSize, LARGEST_BLOCK, "")
                : whyRefused(config, limit, byteSize, byteAlignment, takenBytes(byteSize, byteAlignment));
    }

    /** What the chunk of a block takes. */
    private long takenBytes(long byteSize, long byteAlignment) {
        return config.source().takenBytes(chunkSize(byteSize), byteAlignment);
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        if (!claim(byteSize, byteAlignment)) {
            return null;
        }
        long charged = takenBytes(byteSize, byteAlignment);
        Chunk chunk;
        try {
            chunk = config.source().take(chunkSize(byteSize), byteAlignment);
        } catch (RuntimeException | Error e) {
            unclaim(charged);
            throw e;
        }
        return record(chunk, byteSize, charged);
    }

    /** The size of the chunk for a block of a size that is served. */
    static long chunkSize(long byteSize) {
        return Math.max(GRANULE, (byteSize + GRANULE - 1) & -GRANULE) + REST;
    }

    /** What the block in a chunk takes. */
    static long allocated(Chunk chunk) {
        return chunk.memory().byteSize() - REST;
    }

    /** Null, or the limit that has no room. */
    @Nullable Limit charge(long bytes) {
        return limit.tryCharge(bytes);
    }

    private boolean claim(long byteSize, long byteAlignment) {
        synchronized (this) {
            requireOpen();
        }
        boolean isServed = byteSize <= LARGEST_BLOCK
                && byteAlignment <= LARGEST_ALIGNMENT
                && charge(takenBytes(byteSize, byteAlignment)) == null; // without the lock: it may ask listeners
        synchronized (this) {
            committed += isServed ? takenBytes(byteSize, byteAlignment) : 0;
            upstreamCalls += isServed ? 1 : 0;
            refused += isServed ? 0 : 1;
        }
        return isServed;
    }

    synchronized void unclaim(long charged) {
        committed -= charged;
        limit.discharge(charged);
    }

    private synchronized @Nullable MemorySegment record(@Nullable Chunk chunk, long byteSize, long charged) {
        if (chunk == null || closed) {
            unclaim(charged);
            refused++;
            if (chunk != null) {
                chunk.close();
            }
            requireOpen();
            return null;
        }
        live.put(chunk.memory().address(), chunk);
        requested += byteSize;
        allocated += allocated(chunk);
        allocations++;
        if (committed > peak) {
            peak = committed;
            requestedAtPeak = requested;
        }
        return chunk.memory().asSlice(0, byteSize);
    }

    @Override
    public @Nullable List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
        Allocator.requireValid(byteSizes, byteAlignment);
        synchronized (this) {
            requireOpen();
            if (chunkSizes(byteSizes) > config.limitBytes() - committed) {
                refused++;
                return null;
            }
        }
        return Allocator.super.tryAllocateAll(byteSizes, byteAlignment);
    }

    private static long chunkSizes(long[] byteSizes) {
        return Allocator.sum(Arrays.stream(byteSizes)
                .map(byteSize -> byteSize <= LARGEST_BLOCK ? chunkSize(byteSize) : byteSize)
                .toArray());
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
        if (byteSize > allocated(chunk)) {
            invalidFrees++;
            throw InvalidBlockException.wrongSize(address, byteSize, allocated(chunk));
        }
        chunk.close();
        live.remove(address);
        requested -= byteSize;
        allocated -= allocated(chunk);
        unclaim(chunk.takenBytes());
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
    public boolean owns(long address) {
        return isLive(address);
    }

    @Override
    public synchronized boolean isLive(long address) {
        return live.containsKey(address);
    }

    @Override
    public synchronized long allocatedSize(long address) {
        Chunk chunk = live.get(address);
        return chunk == null ? InvalidBlockException.UNKNOWN_SIZE : allocated(chunk);
    }

    @Override
    public synchronized AllocatorStats stats() {
        return AllocatorStats.builder()
                .requestedBytes(requested)
                .allocatedBytes(allocated)
                .committedBytes(committed)
                .liveBlocks(live.size() + leaked)
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
    public synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public synchronized void close() {
        holds.close();
        closed = true;
        Closing.each(live.values(), chunk -> {
            long address = chunk.memory().address();
            chunk.close();
            live.remove(address);
            unclaim(chunk.takenBytes());
            leaked++;
            upstreamCalls++;
        });
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("closed");
        }
    }
}
