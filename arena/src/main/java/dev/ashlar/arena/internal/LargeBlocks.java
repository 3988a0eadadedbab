package dev.ashlar.arena.internal;

import dev.ashlar.api.Inspectable.Visitor;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.MeteredSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Blocks that have memory of their own: those too large, or too strictly aligned, for a chunk. Every free is checked, and
 * gives the memory back at once, beyond the capacity upstream.
 *
 * <p>Memory is either live, in a concurrent map by address, or idle, in a list under a lock that is held for a few steps and
 * never while memory moves. A block that arrives while the arena closes is taken out of the map by one of the two threads,
 * and that one gives it back.
 */
final class LargeBlocks {

    /** A map entry, a boxed address, a block, a chunk and its segment. */
    private static final int METADATA_BYTES_PER_BLOCK = 32 + 24 + 32 + 24 + 48;

    /** Idle memory serves a block of at least its half: more would be wasted than a chunk costs. */
    private static final int MOST_WASTE = 2;

    private record Block(MemorySource.Chunk chunk, long byteSize, long number) {}

    private final MeteredSource source;
    private final long capacity;
    private final Map<Long, Block> live = new ConcurrentHashMap<>();
    private final List<MemorySource.Chunk> idle = new ArrayList<>();
    private final AtomicLong numbers = new AtomicLong();
    private final LongAdder misses = new LongAdder();
    private volatile boolean closed;

    LargeBlocks(MeteredSource source, long capacity) {
        this.source = source;
        this.capacity = capacity;
    }

    /** Serves a block, or returns null. */
    MemorySource.@Nullable Chunk allocate(long byteSize, long byteAlignment) {
        MemorySource.Chunk chunk = takeIdle(byteSize, byteAlignment);
        boolean missed = chunk == null;
        if (chunk == null) {
            chunk = source.take(Math.max(1, byteSize), byteAlignment);
        }
        if (chunk == null) {
            return null;
        }
        long address = chunk.memory().address();
        Block block = new Block(chunk, byteSize, numbers.incrementAndGet());
        live.put(address, block);
        if (closed) {
            if (live.remove(address, block)) {
                chunk.close();
            }
            throw new IllegalStateException("The allocator is closed");
        }
        if (missed) {
            misses.increment();
        }
        return chunk;
    }

    private synchronized MemorySource.@Nullable Chunk takeIdle(long byteSize, long byteAlignment) {
        MemorySource.Chunk best = null;
        for (MemorySource.Chunk chunk : idle) {
            long size = chunk.memory().byteSize();
            if (size >= byteSize
                    && size / MOST_WASTE <= byteSize
                    && (chunk.memory().address() & (byteAlignment - 1)) == 0
                    && (best == null || size < best.memory().byteSize())) {
                best = chunk;
            }
        }
        idle.remove(best);
        return best;
    }

    /**
     * Frees a block.
     *
     * @return false if no live one starts at the address
     */
    boolean free(long address) {
        Block block = live.remove(address);
        if (block == null) {
            return false;
        }
        if (!keepIdle(block.chunk, capacity)) {
            try {
                block.chunk.close();
            } catch (RuntimeException e) { // in use by a foreign call: the block stays live
                live.put(address, block);
                throw e;
            }
        }
        return true;
    }

    private synchronized boolean keepIdle(MemorySource.Chunk chunk, long upTo) {
        if (closed || idleBytes() > upTo - chunk.memory().byteSize()) {
            return false;
        }
        return idle.add(chunk);
    }

    private long idleBytes() {
        return idle.stream().mapToLong(chunk -> chunk.memory().byteSize()).sum();
    }

    /** The number of the newest block: what a mark keeps. */
    long newest() {
        return numbers.get();
    }

    /** Frees the blocks that are newer than a mark, and keeps their memory. */
    void rewind(long newest) {
        if (numbers.get() == newest) {
            return; // as in most frames
        }
        for (Iterator<Map.Entry<Long, Block>> i = live.entrySet().iterator(); i.hasNext(); ) {
            Map.Entry<Long, Block> entry = i.next();
            if (entry.getValue().number > newest && live.remove(entry.getKey(), entry.getValue())) {
                keepIdle(entry.getValue().chunk, Long.MAX_VALUE);
            }
        }
    }

    /**
     * Gives idle memory back.
     *
     * @param gives whether memory of such a size is to be given back now
     * @throws IllegalStateException if a foreign call uses it; then it stays idle
     */
    void giveBackIdle(LongPredicate gives) {
        for (MemorySource.Chunk chunk = pollIdle(gives); chunk != null; chunk = pollIdle(gives)) {
            try {
                chunk.close();
            } catch (RuntimeException e) {
                keepIdle(chunk, Long.MAX_VALUE);
                throw e;
            }
        }
    }

    private synchronized MemorySource.@Nullable Chunk pollIdle(LongPredicate gives) {
        return idle.isEmpty() || !gives.test(idle.getLast().memory().byteSize()) ? null : idle.removeLast();
    }

    boolean isLive(long address) {
        return live.containsKey(address);
    }

    /** The memory of a live block, or null if none starts there. */
    MemorySource.@Nullable Chunk memoryAt(long address) {
        Block block = live.get(address);
        return block == null ? null : block.chunk;
    }

    /**
     * Changes the size of a block within its memory.
     *
     * @return false if there is none, or it has not enough
     */
    boolean resize(long address, long byteSize) {
        Block block = live.get(address);
        return block != null
                && byteSize <= block.chunk.memory().byteSize()
                && block.chunk.memory().byteSize() / MOST_WASTE <= byteSize
                && live.replace(address, block, new Block(block.chunk, byteSize, block.number));
    }

    /** Whether an address lies in memory that is held here. Costs time in proportion to the blocks. */
    boolean owns(long address) {
        return whatIsWrongWith(address).reason() != InvalidBlockException.Reason.FOREIGN || isLive(address);
    }

    /** What is wrong with an address at which no live block starts. Costs time in proportion to the blocks. */
    synchronized InvalidBlockException whatIsWrongWith(long address) {
        for (Block block : live.values()) {
            if (lies(address, block.chunk)) {
                return InvalidBlockException.noBlockStart(
                        address, block.byteSize, block.chunk.memory().address());
            }
        }
        for (MemorySource.Chunk chunk : idle) {
            if (lies(address, chunk)) {
                return InvalidBlockException.freedTwice(address, chunk.memory().byteSize());
            }
        }
        return InvalidBlockException.foreign(address);
    }

    private static boolean lies(long address, MemorySource.Chunk chunk) {
        long offset = address - chunk.memory().address();
        return offset >= 0 && offset < chunk.memory().byteSize();
    }

    long requestedBytes() {
        return live.values().stream().mapToLong(Block::byteSize).sum();
    }

    long allocatedBytes() {
        return live.values().stream()
                .mapToLong(block -> block.chunk.memory().byteSize())
                .sum();
    }

    long liveBlocks() {
        return live.size();
    }

    long allocations() {
        return numbers.get();
    }

    long misses() {
        return misses.sum();
    }

    long metadataBytes() {
        return (long) live.size() * METADATA_BYTES_PER_BLOCK;
    }

    void inspect(Visitor visitor) {
        live.forEach((address, block) -> {
            visitor.chunk(address, block.chunk.memory().byteSize());
            visitor.live(address, block.chunk.memory().byteSize());
        });
        List<MemorySource.Chunk> free;
        synchronized (this) {
            free = List.copyOf(idle);
        }
        free.forEach(chunk -> {
            visitor.chunk(chunk.memory().address(), chunk.memory().byteSize());
            visitor.free(chunk.memory().address(), chunk.memory().byteSize());
        });
    }

    void close() {
        synchronized (this) {
            closed = true; // from here on nothing becomes idle
        }
        live.forEach((address, block) -> {
            if (live.remove(address, block)) {
                block.chunk.close();
            }
        });
        List<MemorySource.Chunk> rest;
        synchronized (this) {
            rest = List.copyOf(idle);
            idle.clear();
        }
        rest.forEach(MemorySource.Chunk::close);
    }
}
