package dev.ashlar.arena.internal;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Inspectable.Visitor;
import dev.ashlar.api.InvalidBlockException;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Every block of an arena's chunks by address, for an arena that checks every free. Of two threads that free the same
 * block one succeeds.
 *
 * <p>A freed block stays recorded until its memory is handed out again or rewound. So a second free is distinguished
 * from an address where no block ever was.
 */
final class LiveBlocks {

    /** Heap memory of a node of the map, its share of an index entry, and two boxed numbers. */
    static final int METADATA_BYTES_PER_BLOCK = 24 + 12 + 2 * 24;

    /** The requested size of a live block; its complement if the block was freed. */
    private final ConcurrentSkipListMap<Long, Long> sizes = new ConcurrentSkipListMap<>();

    void handedOut(long address, long byteSize) {
        sizes.subMap(address, address + Math.max(1, byteSize)).clear(); // former blocks that were freed here
        sizes.put(address, byteSize);
    }

    /**
     * Checks a block.
     *
     * @throws InvalidBlockException if no live block starts there, or it was requested with another size
     */
    void requireLive(long address, long byteSize) {
        Long known = sizes.get(address);
        if (known == null || known < 0) {
            throw whatIsWrongWith(address);
        }
        if (known != byteSize) {
            Allocator.requireValid(byteSize, 1);
            throw InvalidBlockException.wrongSize(address, byteSize, granules(known));
        }
    }

    /**
     * Records a free.
     *
     * @throws InvalidBlockException as {@link #requireLive}
     */
    void free(long address, long byteSize) {
        requireLive(address, byteSize);
        if (!sizes.replace(address, byteSize, ~byteSize)) {
            throw whatIsWrongWith(address);
        }
    }

    /** The bytes that a live block takes, or -1 if none starts there. */
    long allocatedSize(long address) {
        Long byteSize = sizes.get(address);
        return byteSize == null || byteSize < 0 ? InvalidBlockException.UNKNOWN_SIZE : granules(byteSize);
    }

    /** Undoes {@link #free}. */
    void revive(long address, long byteSize) {
        sizes.put(address, byteSize);
    }

    boolean isLive(long address) {
        Long byteSize = sizes.get(address);
        return byteSize != null && byteSize >= 0;
    }

    boolean isLive(long address, long byteSize) {
        Long known = sizes.get(address);
        return known != null && known == byteSize;
    }

    /** What is wrong with an address in a chunk at which no live block starts. */
    InvalidBlockException whatIsWrongWith(long address) {
        Map.Entry<Long, Long> nearest = sizes.floorEntry(address);
        if (nearest == null) {
            return InvalidBlockException.freedTwice(address, InvalidBlockException.UNKNOWN_SIZE);
        }
        long byteSize = nearest.getValue() < 0 ? ~nearest.getValue() : nearest.getValue();
        if (nearest.getKey() == address) {
            return InvalidBlockException.freedTwice(address, byteSize);
        }
        return address < nearest.getKey() + byteSize
                ? InvalidBlockException.noBlockStart(address, byteSize, nearest.getKey())
                : InvalidBlockException.freedTwice(address, InvalidBlockException.UNKNOWN_SIZE);
    }

    void forget(long address, long byteSize) {
        sizes.subMap(address, address + byteSize).clear();
    }

    void inspect(Visitor visitor, long address, long byteSize) {
        long end = address;
        for (Map.Entry<Long, Long> block :
                sizes.subMap(address, address + byteSize).entrySet()) {
            if (block.getValue() >= 0) {
                tellFree(visitor, end, block.getKey());
                end = block.getKey() + granules(block.getValue());
                visitor.live(block.getKey(), granules(block.getValue()));
            }
        }
        tellFree(visitor, end, address + byteSize);
    }

    private static void tellFree(Visitor visitor, long from, long to) {
        if (to > from) {
            visitor.free(from, to - from);
        }
    }

    /** The bytes that a block of a size takes in a chunk. */
    static long granules(long byteSize) {
        return (Math.max(1, byteSize) + BumpCore.GRANULE - 1) & -BumpCore.GRANULE;
    }

    int count() {
        return sizes.size();
    }
}
