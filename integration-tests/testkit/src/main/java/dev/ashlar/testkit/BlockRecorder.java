package dev.ashlar.testkit;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Records every live block of an allocator under test. It checks that no two overlap and that their contents do not
 * change. It costs a few map operations, and a write and a read of each block.
 *
 * <p>Call {@link #handedOut} right after a block was allocated, and {@link #givenBack} right before it is freed.
 * Between the two the recorder owns the block and fills it with a unique pattern. An error is an {@link AssertionError}
 * that names the rule.
 *
 * <p>Safe for use by many threads. If two threads get overlapping blocks at the same moment, at least one of them sees
 * it, because each puts its block into the map before it searches for neighbours.
 */
public final class BlockRecorder {

    private final ConcurrentSkipListMap<Long, Entry> live = new ConcurrentSkipListMap<>();
    private final AtomicLong identities = new AtomicLong();

    /** A recorder without blocks. */
    public BlockRecorder() {}

    /** A live block. */
    private record Entry(MemorySegment block, Pattern pattern) {

        /** A block of no bytes also has its own address. */
        long end() {
            return block.address() + Math.max(1, block.byteSize());
        }

        @Override
        public String toString() {
            return "[0x" + Long.toHexString(block.address()) + ", " + block.byteSize() + " bytes]";
        }
    }

    /**
     * Records a block and fills it.
     *
     * @param block what the allocator handed out
     * @param byteSize the size that was requested
     * @param byteAlignment the alignment that was requested
     * @return the block
     * @throws AssertionError if it has another size or alignment, or overlaps a live block
     */
    public MemorySegment handedOut(MemorySegment block, long byteSize, long byteAlignment) {
        if (block.byteSize() != byteSize) {
            throw new AssertionError("rule 1: a block of " + block.byteSize() + " bytes for a request of " + byteSize);
        }
        if (!block.isNative() || block.isReadOnly()) {
            throw new AssertionError("rule 1: a block that is no writable native memory: " + block);
        }
        if ((block.address() & (byteAlignment - 1)) != 0) {
            throw new AssertionError("rule 1: a block at 0x" + Long.toHexString(block.address())
                    + " for a request aligned to " + byteAlignment);
        }
        Entry entry = new Entry(block, new Pattern(identities.incrementAndGet(), byteSize));
        entry.pattern.fill(block); // before others can find it and check it
        Entry same = live.putIfAbsent(block.address(), entry);
        if (same != null) {
            throw overlap(entry, same);
        }
        Map.Entry<Long, Entry> below = live.lowerEntry(block.address());
        if (below != null && below.getValue().end() > block.address()) {
            throw overlap(entry, below.getValue());
        }
        Map.Entry<Long, Entry> above = live.higherEntry(block.address());
        if (above != null && above.getKey() < entry.end()) {
            throw overlap(entry, above.getValue());
        }
        return block;
    }

    private static AssertionError overlap(Entry block, Entry other) {
        return new AssertionError("rule 1: block " + block + " overlaps live block " + other);
    }

    /**
     * Checks a block's contents and removes it. Call this before the allocator may hand the memory out again.
     *
     * @param block a live block
     * @return its pattern, to check a copy
     * @throws AssertionError if a byte was changed
     */
    Pattern givenBack(MemorySegment block) {
        Entry entry = live.remove(block.address());
        if (entry == null) {
            throw new AssertionError(
                    "the test frees a block that it does not hold: 0x" + Long.toHexString(block.address()));
        }
        check(entry, entry.block, entry.pattern.byteSize());
        return entry.pattern;
    }

    /**
     * Checks that a block holds the first bytes of another block's pattern, as after a resize.
     *
     * @param block the block to check
     * @param pattern what {@link #givenBack} returned for the other
     * @param length how many bytes
     */
    void checkCopy(MemorySegment block, Pattern pattern, long length) {
        check(new Entry(block, pattern), block, length);
    }

    /** Checks the contents of every live block. Other threads may free blocks meanwhile. */
    public void checkContents() {
        for (Entry entry : live.values()) {
            try {
                check(entry, entry.block, entry.pattern.byteSize());
            } catch (RuntimeException | AssertionError e) {
                // Freed meanwhile, so its memory may belong to another block.
                if (entry.equals(live.get(entry.block.address()))) {
                    throw e;
                }
            }
        }
    }

    private static void check(Entry entry, MemorySegment block, long length) {
        long offset = entry.pattern.mismatch(block, length);
        if (offset >= 0) {
            throw new AssertionError(
                    "rule 1: byte " + offset + " of live block " + entry + " was changed by someone else");
        }
    }

    /**
     * Whether a live block starts at an address.
     *
     * @param address any address
     */
    public boolean isLive(long address) {
        return live.containsKey(address);
    }

    /**
     * The size of the live block at an address.
     *
     * @param address where a live block starts
     */
    public long byteSize(long address) {
        return Objects.requireNonNull(live.get(address), "no live block")
                .pattern
                .byteSize();
    }

    /** The live blocks, in order of address. */
    public List<MemorySegment> blocks() {
        return live.values().stream().map(Entry::block).toList();
    }

    /** How many blocks are live, by a walk. */
    public long liveBlocks() {
        return live.values().stream().count();
    }

    /** The sum of the requested sizes of the live blocks, by a walk. */
    public long requestedBytes() {
        return live.values().stream()
                .mapToLong(entry -> entry.pattern.byteSize())
                .sum();
    }

    /** Removes every block, because the allocator freed them all at once. */
    public void forgetAll() {
        live.clear();
    }
}
