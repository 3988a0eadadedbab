package dev.ashlar.replay;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Refusal;
import dev.ashlar.spi.MemorySource;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An allocator that takes a chunk for each block, with one defect or none. A block is rounded up to a positive multiple
 * of {@value #ROUNDING}, and none above {@value #MAX_SIZE} bytes is served.
 */
final class TestAllocator implements Allocator, AddressAllocator {

    /** The defect. */
    enum Defect {
        NONE,
        OVERLAPS,
        SCRIBBLES,
        LEAKS,
        MISCOUNTS,
        MISSTATES,
        UNDERSTATES
    }

    static final long MAX_SIZE = 1000;
    static final long ROUNDING = 64;

    /** The unit of allocated bytes. It is smaller, so not all committed bytes are allocated. */
    private static final long CLASS = 16;

    private record Block(MemorySource.Chunk chunk, long byteSize) {}

    private final MemorySource source;
    private final Defect defect;
    private final Map<Long, Block> live = new HashMap<>();
    private long requested;
    private long committed;
    private long peakCommitted;
    private long allocations;
    private long upstreamCalls;
    private @Nullable MemorySegment last;

    TestAllocator(MemorySource source, Defect defect) {
        this.source = source;
        this.defect = defect;
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment) {
        return Refusal.tooLarge("byteSize", byteSize, MAX_SIZE, "");
    }

    @Override
    public Allocator allocator() {
        return this;
    }

    @Override
    public synchronized boolean isLive(long address) {
        return live.containsKey(address);
    }

    @Override
    public synchronized @Nullable MemorySegment blockAt(long address, long byteSize) {
        Block block = live.get(address);
        return block == null || block.byteSize != byteSize
                ? null
                : block.chunk.memory().asSlice(0, byteSize);
    }

    @Override
    public synchronized @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        if (byteSize > MAX_SIZE) {
            return null;
        }
        MemorySource.Chunk chunk = source.take(rounded(byteSize), byteAlignment);
        if (chunk == null) {
            return null;
        }
        MemorySegment block = broken(chunk.memory().asSlice(0, byteSize));
        live.put(block.address(), new Block(chunk, byteSize));
        requested += byteSize;
        committed += chunk.takenBytes();
        peakCommitted = Math.max(peakCommitted, committed);
        allocations++;
        upstreamCalls++;
        last = block;
        return block;
    }

    /** Causes the defect if the block before is live and larger. */
    private MemorySegment broken(MemorySegment block) {
        MemorySegment before = last;
        if (before == null || before.byteSize() <= block.byteSize() || !live.containsKey(before.address())) {
            return block;
        }
        if (defect == Defect.SCRIBBLES) {
            before.set(ValueLayout.JAVA_BYTE, before.byteSize() - 1, (byte) 99);
        }
        return defect == Defect.OVERLAPS ? before.asSlice(before.byteSize() - block.byteSize()) : block;
    }

    private static long rounded(long byteSize) {
        return rounded(byteSize, ROUNDING);
    }

    private static long rounded(long byteSize, long to) {
        return Math.max(1, (byteSize + to - 1) / to) * to;
    }

    @Override
    public synchronized void free(MemorySegment block) {
        freeAddress(block.address(), block.byteSize());
    }

    @Override
    public long tryAllocateAddress(long byteSize, long byteAlignment) {
        MemorySegment block = tryAllocate(byteSize, byteAlignment);
        return block == null ? NULL : block.address();
    }

    @Override
    public synchronized void freeAddress(long address, long byteSize) {
        Block freed = live.remove(address);
        if (freed == null) {
            throw InvalidBlockException.foreign(address);
        }
        requested -= freed.byteSize;
        upstreamCalls++;
        if (defect != Defect.LEAKS) {
            committed -= freed.chunk.takenBytes();
            freed.chunk.close();
        }
    }

    @Override
    public synchronized AllocatorStats stats() {
        long allocated = live.values().stream()
                .mapToLong(block -> rounded(block.byteSize, CLASS))
                .sum();
        return AllocatorStats.builder()
                .requestedBytes(requested + (defect == Defect.MISSTATES ? 1 : 0))
                .allocatedBytes(allocated)
                .committedBytes(defect == Defect.UNDERSTATES ? committed / 2 : committed)
                .metadataBytes(committed / 4)
                .liveBlocks(live.size() + (defect == Defect.MISCOUNTS ? 1 : 0))
                .allocations(allocations)
                .misses(allocations)
                .upstreamCalls(upstreamCalls)
                .peakCommittedBytes(peakCommitted)
                .requestedAtPeakBytes(requested)
                .build();
    }

    @Override
    public boolean isClosed() {
        return false;
    }

    @Override
    public synchronized void close() {
        live.values().forEach(block -> block.chunk.close());
        live.clear();
    }
}
