package dev.ashlar.benchmarks.suite;

import dev.ashlar.benchmarks.FirstByte;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Checks all blocks of a round. A block is aligned, overlaps no live one, and its bytes do not change while it is live:
 * it is filled after its allocation with words that depend on its address, size and number, and all its bytes are
 * verified before its free.
 *
 * <p>Concurrency. A block is in the map only while it is live: it is added after its allocation, and removed before its
 * free. Two threads that get overlapping blocks at once each add theirs before they look for neighbours, so one of them
 * sees the other's.
 */
final class Verifier {

    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;

    private final ConcurrentSkipListMap<Long, Block> live = new ConcurrentSkipListMap<>();
    private final AtomicLong blocks = new AtomicLong();

    /**
     * A live block.
     *
     * @param pattern what its words are computed from
     * @param isFilled whether the verifier has filled it, and not the workload
     */
    private record Block(long address, long byteSize, long pattern, boolean isFilled) {

        boolean overlaps(Block other) {
            return address < other.address + other.byteSize && other.address < address + byteSize;
        }

        /** Different for each word of each block: an odd multiplier maps no two numbers to one. */
        long word(long offset) {
            return (pattern + offset) * 0x9E3779B97F4A7C15L;
        }

        /** A byte behind the last whole word: the top one of a word, which depends on all of the input. */
        byte tail(long offset) {
            return (byte) (word(offset) >>> 56);
        }

        @Override
        public String toString() {
            return "the block of " + byteSize + " bytes at 0x" + Long.toHexString(address);
        }
    }

    /**
     * Checks a block that was handed out.
     *
     * @param fill whether to fill it; otherwise the workload checks what it writes itself
     */
    void allocated(long address, long byteSize, long byteAlignment, boolean fill) {
        long number = blocks.incrementAndGet();
        Block block = new Block(address, byteSize, (number << 20) ^ address ^ byteSize, fill);
        if ((address & (byteAlignment - 1)) != 0) {
            throw new CheckFailure(block + " is not aligned to " + byteAlignment + " bytes");
        }
        Block same = live.putIfAbsent(address, block);
        if (same != null) {
            throw overlap(block, same);
        }
        requireApart(block, live.lowerEntry(address));
        requireApart(block, live.higherEntry(address));
        if (fill) {
            fill(block);
        }
    }

    private static void requireApart(Block block, Map.Entry<Long, Block> neighbour) {
        if (neighbour != null && block.overlaps(neighbour.getValue())) {
            throw overlap(block, neighbour.getValue());
        }
    }

    private static CheckFailure overlap(Block block, Block other) {
        return new CheckFailure(block + " was handed out and overlaps " + other + ", which is live");
    }

    /** Verifies a block that will be freed. */
    void freeing(long address, long byteSize) {
        Block block = live.get(address);
        if (block == null || block.byteSize != byteSize) {
            throw new CheckFailure("no block of " + byteSize + " bytes is live at 0x" + Long.toHexString(address)
                    + (block == null ? "" : ", but " + block)
                    + ". The workload read this from a block, so that one has changed.");
        }
        if (block.isFilled) {
            verify(block);
        }
        live.remove(address);
    }

    private static void fill(Block block) {
        long offset = 0;
        for (; offset + Long.BYTES <= block.byteSize; offset += Long.BYTES) {
            FirstByte.MEMORY.set(WORD, block.address + offset, block.word(offset));
        }
        for (; offset < block.byteSize; offset++) {
            FirstByte.MEMORY.set(ValueLayout.JAVA_BYTE, block.address + offset, block.tail(offset));
        }
    }

    private static void verify(Block block) {
        long offset = 0;
        for (; offset + Long.BYTES <= block.byteSize; offset += Long.BYTES) {
            requireSame(block, offset, block.word(offset), FirstByte.MEMORY.get(WORD, block.address + offset));
        }
        for (; offset < block.byteSize; offset++) {
            byte found = FirstByte.MEMORY.get(ValueLayout.JAVA_BYTE, block.address + offset);
            requireSame(block, offset, block.tail(offset), found);
        }
    }

    private static void requireSame(Block block, long offset, long written, long found) {
        if (written != found) {
            throw new CheckFailure(block + " changed while it was live: at offset " + offset + " it holds 0x"
                    + Long.toHexString(found) + ", and 0x" + Long.toHexString(written) + " was written");
        }
    }

    /** Requires that no block is live. */
    void requireNoneLive() {
        if (!live.isEmpty()) {
            throw new CheckFailure(live.size() + " blocks are live after the round, such as "
                    + live.firstEntry().getValue());
        }
    }
}
