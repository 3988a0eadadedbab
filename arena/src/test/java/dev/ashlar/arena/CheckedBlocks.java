package dev.ashlar.arena;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Refusal;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Takes each block from an arena of its own and fills it with non-zero bytes, so every use of a freed block throws. It
 * has a limit of bytes, never resizes in place, and can be set to refuse frees.
 */
public final class CheckedBlocks implements Allocator {

    /** The value of every byte of a new block. */
    public static final byte DIRT = (byte) 0xA5;

    private record Live(Arena arena, long byteSize) {}

    private final Map<Long, Live> live = new ConcurrentHashMap<>();
    private long limitBytes = Long.MAX_VALUE;
    private long requestedBytes;
    private long calls;
    private boolean refusingFrees;
    private boolean closed;

    /** Sets how many bytes may be live. */
    public synchronized void limit(long byteSize) {
        limitBytes = byteSize;
    }

    /** Sets whether frees are refused. */
    public synchronized void refuseFrees(boolean refusing) {
        refusingFrees = refusing;
    }

    public synchronized long requestedBytes() {
        return requestedBytes;
    }

    public int liveBlocks() {
        return live.size();
    }

    /** Blocks handed out so far. */
    public synchronized long calls() {
        return calls;
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment) {
        return Refusal.limitReached(byteSize, requestedBytes(), limitBytes);
    }

    @Override
    public synchronized @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        requireOpen();
        if (byteSize > limitBytes - requestedBytes || byteSize > 1 << 30) {
            return null;
        }
        Arena arena = Arena.ofShared();
        MemorySegment block =
                arena.allocate(Math.max(1, byteSize), byteAlignment).fill(DIRT);
        live.put(block.address(), new Live(arena, byteSize));
        requestedBytes += byteSize;
        calls++;
        return block.asSlice(0, byteSize);
    }

    @Override
    public synchronized void free(MemorySegment block) {
        requireOpen();
        Live freed = refusingFrees ? null : live.remove(block.address());
        if (freed == null || freed.byteSize != block.byteSize()) {
            throw InvalidBlockException.foreign(block.address());
        }
        requestedBytes -= freed.byteSize;
        freed.arena.close();
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("The allocator is closed");
        }
    }

    @Override
    public synchronized AllocatorStats stats() {
        long bytes = requestedBytes;
        return AllocatorStats.builder()
                .requestedBytes(bytes)
                .allocatedBytes(bytes)
                .committedBytes(bytes)
                .liveBlocks(live.size())
                .allocations(calls)
                .misses(calls)
                .upstreamCalls(calls)
                .build();
    }

    @Override
    public synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public synchronized void close() {
        closed = true;
        live.values().forEach(one -> one.arena.close());
        live.clear();
    }
}
