package dev.ashlar.spi.support;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Owner;
import dev.ashlar.spi.MemorySource;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Takes each block from the memory source on its own. This is what strategies use for requests beyond their largest block;
 * it costs what the source costs, for {@code jdk} tens of microseconds a block, and retains nothing.
 *
 * <p>Committed bytes count against the limit of the {@link MeteredSource} that it is given, so that a strategy and its
 * large blocks share one limit. Bookkeeping is a concurrent hash map from address to chunk.
 *
 * <p>A block that is freed twice is reported as foreign, because its memory is no longer held.
 */
public final class DirectAllocator implements Allocator, AddressAllocator, Owner, Inspectable {

    /** A map entry, a boxed address, a chunk and its segment, estimated for compressed references. */
    private static final int METADATA_BYTES_PER_BLOCK = 32 + 24 + 24 + 48;

    private final MeteredSource source;
    private final Map<Long, MemorySource.Chunk> chunks = new ConcurrentHashMap<>();
    private final LongAdder requestedBytes = new LongAdder();
    private final LongAdder allocations = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder invalidFrees = new LongAdder();
    private volatile boolean closed;

    /**
     * An allocator without blocks.
     *
     * @param source where blocks come from
     */
    public DirectAllocator(MeteredSource source) {
        this.source = source;
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        MemorySegment block = tryAllocate(byteSize, byteAlignment);
        if (block == null) {
            throw source.refusal(byteSize, Math.max(1, byteSize));
        }
        return block;
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        requireOpen();
        MemorySource.Chunk chunk = null;
        requestedBytes.add(byteSize); // before, so that a new peak counts it
        try {
            chunk = source.take(Math.max(1, byteSize), byteAlignment);
        } finally {
            if (chunk == null) {
                requestedBytes.add(-byteSize);
                refused.increment();
            }
        }
        if (chunk == null) {
            return null;
        }
        chunks.put(chunk.memory().address(), chunk);
        if (closed) { // while the source was asked: close() may have seen the chunk or not
            if (chunks.remove(chunk.memory().address(), chunk)) {
                chunk.close();
                requestedBytes.add(-byteSize);
            }
            requireOpen();
        }
        allocations.increment();
        return chunk.memory().asSlice(0, byteSize);
    }

    @Override
    public long allocateAddress(long byteSize, long byteAlignment) {
        return allocate(byteSize, byteAlignment).address();
    }

    @Override
    public long tryAllocateAddress(long byteSize, long byteAlignment) {
        MemorySegment block = tryAllocate(byteSize, byteAlignment);
        return block == null ? NULL : block.address();
    }

    @Override
    public void free(MemorySegment block) {
        freeAddress(block.address(), block.byteSize());
    }

    @Override
    public void freeAddress(long address, long byteSize) {
        requireOpen();
        MemorySource.Chunk chunk = chunks.remove(address);
        if (chunk == null) {
            invalidFrees.increment();
            throw whatIsWrongWith(address);
        }
        try {
            chunk.close();
        } catch (RuntimeException e) { // in use by a foreign call: the block stays live
            chunks.put(address, chunk);
            throw e;
        }
        requestedBytes.add(-byteSize);
    }

    /** Bytes that the live blocks were asked for with. */
    public long requestedBytes() {
        return requestedBytes.sum();
    }

    /**
     * Says what is wrong with an address that is no live block. Costs time in proportion to the blocks.
     *
     * @param address an address at which no live block starts
     */
    public InvalidBlockException whatIsWrongWith(long address) {
        for (MemorySource.Chunk chunk : chunks.values()) {
            MemorySegment memory = chunk.memory();
            if (address > memory.address() && address < memory.address() + memory.byteSize()) {
                return InvalidBlockException.noBlockStart(address, memory.byteSize(), memory.address());
            }
        }
        return InvalidBlockException.foreign(address);
    }

    @Override
    public boolean owns(MemorySegment block) {
        return isLive(block);
    }

    @Override
    public boolean isLive(MemorySegment block) {
        return isLive(block.address());
    }

    /**
     * Whether a live block starts at an address.
     *
     * @param address any address
     */
    public boolean isLive(long address) {
        return chunks.containsKey(address);
    }

    @Override
    public void inspect(Visitor visitor) {
        requireOpen();
        chunks.forEach((address, chunk) -> {
            visitor.chunk(address, chunk.memory().byteSize());
            visitor.live(address, chunk.memory().byteSize());
        });
    }

    /**
     * {@inheritDoc}
     *
     * <p>Where the metered source is shared, committed bytes, upstream calls and peaks are those of all who share it; a strategy
     * takes only the other figures from here.
     */
    @Override
    public AllocatorStats stats() {
        long allocatedBytes = 0;
        long liveBlocks = 0;
        for (MemorySource.Chunk chunk : chunks.values()) {
            allocatedBytes += chunk.memory().byteSize();
            liveBlocks++;
        }
        return new AllocatorStats(
                requestedBytes.sum(),
                allocatedBytes,
                source.committedBytes(),
                source.committedBytes(),
                liveBlocks * METADATA_BYTES_PER_BLOCK,
                liveBlocks,
                allocations.sum(),
                allocations.sum(),
                source.calls(),
                refused.sum(),
                invalidFrees.sum(),
                source.peakCommittedBytes(),
                source.requestedAtPeakBytes());
    }

    /** Nothing is retained, so nothing is given back. */
    @Override
    public long trim() {
        requireOpen();
        return 0;
    }

    /**
     * Gives every live block's memory back. Who made this allocator reports how many there were.
     *
     * @throws IllegalStateException if a foreign call is at work on a block. All others are given back; closing again tries
     *     what is left
     */
    @Override
    public void close() {
        closed = true;
        RuntimeException failure = null;
        for (MemorySource.Chunk chunk : List.copyOf(chunks.values())) {
            try {
                if (chunks.remove(chunk.memory().address(), chunk)) {
                    chunk.close();
                }
            } catch (RuntimeException e) {
                chunks.put(chunk.memory().address(), chunk);
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("The allocator is closed");
        }
    }
}
