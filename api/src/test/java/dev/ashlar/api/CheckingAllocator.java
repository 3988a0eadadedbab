package dev.ashlar.api;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Takes each block from an arena of its own, fills it with non-zero bytes, and records every live block. It has a
 * capacity.
 */
public class CheckingAllocator implements Allocator, Owner {

    /** The last allocator with a block at an address: the JDK may give freed memory to another allocator. */
    private static final Map<Long, CheckingAllocator> LAST = new ConcurrentHashMap<>();

    protected final NavigableMap<Long, Live> live = new ConcurrentSkipListMap<>();
    private final long capacity;
    private long requested;
    private long allocations;
    private long refused;
    private long invalid;
    private boolean closed;

    protected record Live(Arena arena, MemorySegment block) {

        public long byteSize() {
            return block.byteSize();
        }
    }

    public CheckingAllocator(long capacity) {
        this.capacity = capacity;
    }

    @Override
    public synchronized Refusal refusal(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        return Refusal.limitReached(byteSize, requested, capacity);
    }

    @Override
    public synchronized MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        assert !closed : "used after close";
        if (byteSize > capacity - requested) {
            refused++;
            return null;
        }
        Arena arena = Arena.ofShared();
        MemorySegment dirty =
                arena.allocate(byteSize + 1, byteAlignment).fill((byte) 0xA5); // no two empty blocks have one address
        live.put(dirty.address(), new Live(arena, dirty.asSlice(0, byteSize)));
        LAST.put(dirty.address(), this);
        requested += byteSize;
        allocations++;
        return dirty.asSlice(0, byteSize);
    }

    @Override
    public synchronized void free(MemorySegment block) {
        assert !closed : "used after close";
        if (!isLive(block)) {
            invalid++;
            throw whatIsWrongWith(block.address());
        }
        Live freed = live.remove(block.address());
        freed.arena.close();
        requested -= freed.byteSize();
    }

    private InvalidBlockException whatIsWrongWith(long address) {
        Map.Entry<Long, Live> before = live.floorEntry(address);
        if (before != null && address < before.getKey() + before.getValue().byteSize()) {
            return InvalidBlockException.noBlockStart(address, before.getValue().byteSize(), before.getKey());
        }
        return equals(LAST.get(address))
                ? InvalidBlockException.freedTwice(address, InvalidBlockException.UNKNOWN_SIZE)
                : InvalidBlockException.foreign(address);
    }

    /** The memory of the live block that an address lies in, also just behind it. */
    public MemorySegment holding(long address) {
        return live.floorEntry(address).getValue().block();
    }

    @Override
    public boolean owns(long address) {
        return whatIsWrongWith(address).reason() != InvalidBlockException.Reason.FOREIGN;
    }

    @Override
    public boolean isLive(long address) {
        return live.containsKey(address);
    }

    @Override
    public long allocatedSize(long address) {
        return InvalidBlockException.UNKNOWN_SIZE;
    }

    @Override
    public synchronized AllocatorStats stats() {
        return AllocatorStats.builder()
                .requestedBytes(requested)
                .allocatedBytes(requested)
                .committedBytes(requested)
                .liveBlocks(live.size())
                .allocations(allocations)
                .misses(allocations)
                .upstreamCalls(2 * allocations - live.size())
                .refused(refused)
                .invalidFrees(invalid)
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
