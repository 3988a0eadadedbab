package dev.ashlar.cache;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Refusal;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The blocks that values are in: allocates, compresses, reads and frees them.
 *
 * <p>If the allocator refuses a block that it could serve, entries are evicted and the request is repeated. No lock of
 * the cache may be held then, because a listener of a limit may evict from this cache too, or from another one.
 */
final class ValueBlocks {

    /** Fits every primitive type. */
    static final int ALIGNMENT = 8;

    /**
     * Each attempt evicts twice as much as the one before, beginning with 1/64 of the cache. So at most 11 % of it are
     * evicted for a value that gets no block because others take the memory.
     */
    private static final int ATTEMPTS = 3;

    private static final int FIRST_SHARE = 64;

    private final Allocator allocator;
    private final @Nullable Compression compression;
    private final double leastSaving;
    private final long maximumBytes;
    private final LongUnaryOperator evict;
    private final LongAdder heldBytes = new LongAdder();
    private final LongAdder heldBlocks = new LongAdder();

    /** @param evict evicts at least so many bytes if it can, and returns how many it did */
    ValueBlocks(OffHeapCache.Builder<?> settings, LongUnaryOperator evict) {
        allocator = settings.allocator;
        compression = settings.compression;
        leastSaving = settings.leastSaving;
        maximumBytes = settings.maximumBytes;
        this.evict = evict;
    }

    /** Bytes of all blocks that are not freed, also of those that only readers hold. */
    long heldBytes() {
        return heldBytes.sum();
    }

    long heldBlocks() {
        return heldBlocks.sum();
    }

    /** What a block of this size takes. At least 1, because what weighs nothing is never evicted. */
    long weightOf(long byteSize) {
        return Math.max(1, allocator.goodSize(byteSize, ALIGNMENT));
    }

    /**
     * Writes a value into a new entry, compressed if that saves enough.
     *
     * @return null if there is no memory
     */
    @Nullable Entry store(int valueBytes, long lifetime, Consumer<? super MemorySegment> writer) {
        MemorySegment value = allocate(valueBytes);
        if (value == null) {
            return null;
        }
        MemorySegment compressed;
        try {
            writer.accept(value);
            compressed = compressed(value);
        } catch (RuntimeException | Error e) {
            allocator.free(value);
            throw e;
        }
        if (compressed == null) {
            return entry(value, valueBytes, lifetime);
        }
        allocator.free(value);
        return entry(compressed, valueBytes, lifetime);
    }

    /**
     * An entry for bytes that are compressed already, or not to be compressed. The caller writes them.
     *
     * @return null if there is no memory
     */
    @Nullable Entry storeAsIs(int storedBytes, int valueBytes, long lifetime) {
        MemorySegment block = allocate(storedBytes);
        return block == null ? null : entry(block, valueBytes, lifetime);
    }

    private Entry entry(MemorySegment block, int valueBytes, long lifetime) {
        int weight = Math.toIntExact(weightOf(block.byteSize()));
        heldBytes.add(weight);
        heldBlocks.increment();
        return new Entry(block, valueBytes, weight, lifetime);
    }

    private @Nullable MemorySegment allocate(int byteSize) {
        MemorySegment block = allocator.tryAllocate(byteSize, ALIGNMENT);
        if (block != null || allocator.refusal(byteSize, ALIGNMENT).reason() == Refusal.Reason.TOO_LARGE) {
            return block;
        }
        long toEvict = Math.max(weightOf(byteSize), maximumBytes / FIRST_SHARE);
        for (int i = 0; i < ATTEMPTS && block == null && evict.applyAsLong(toEvict) > 0; i++) {
            block = allocator.tryAllocate(byteSize, ALIGNMENT);
            toEvict *= 2;
        }
        return block;
    }

    /** A block with the compressed value; or null if that saves too little or there is no memory for it. */
    private @Nullable MemorySegment compressed(MemorySegment value) {
        if (compression == null || value.byteSize() == 0) {
            return null;
        }
        MemorySegment scratch = allocator.tryAllocate(compression.mostBytes((int) value.byteSize()), ALIGNMENT);
        if (scratch == null) {
            return null;
        }
        try {
            int size = compression.compress(value, scratch);
            // An entry knows that it is compressed by the smaller size, and 1 - leastSaving may round to 1.
            if (size >= value.byteSize() || weightOf(size) > (1 - leastSaving) * weightOf(value.byteSize())) {
                return null;
            }
            MemorySegment small = allocator.tryAllocate(size, ALIGNMENT);
            if (small != null) {
                MemorySegment.copy(scratch, 0, small, 0, size);
            }
            return small;
        } finally {
            allocator.free(scratch);
        }
    }

    /** Lets a reader read a value. The caller has a reference to the entry. */
    <R> R read(Entry entry, Function<? super MemorySegment, ? extends R> reader) {
        if (!entry.isCompressed()) {
            return reader.apply(entry.block.asReadOnly());
        }
        MemorySegment scratch = allocator.tryAllocate(entry.valueBytes, ALIGNMENT);
        if (scratch == null) {
            try (Arena arena = Arena.ofConfined()) {
                return readDecompressed(entry, arena.allocate(entry.valueBytes, ALIGNMENT), reader);
            }
        }
        try {
            return readDecompressed(entry, scratch, reader);
        } finally {
            allocator.free(scratch);
        }
    }

    private <R> R readDecompressed(
            Entry entry, MemorySegment scratch, Function<? super MemorySegment, ? extends R> reader) {
        if (compression == null) {
            throw new IllegalStateException("a value is compressed in a cache without compression");
        }
        compression.decompress(entry.block, scratch);
        return reader.apply(scratch.asReadOnly());
    }

    /** Removes a reference to an entry, and frees the block if it was the last one. */
    void release(Entry entry) {
        if (entry.release()) {
            heldBytes.add(-entry.weight);
            heldBlocks.decrement();
            allocator.free(entry.block);
        }
    }

    void trim() {
        allocator.trim();
    }
}
