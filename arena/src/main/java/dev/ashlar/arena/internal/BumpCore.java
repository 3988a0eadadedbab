package dev.ashlar.arena.internal;

import dev.ashlar.spi.support.VarHandles;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Bump allocation in a range of bytes. It works on offsets, without memory.
 *
 * <h2>Design</h2>
 *
 * <p>A block begins where the one before it ends, rounded up to a granule of 8 bytes and to its alignment. One word has
 * everything that changes when a block is handed out, so one compare-and-set changes all of it:
 *
 * <pre>
 *   retired : 1 | blocks : 20 | requested bytes : 23 | top in granules : 20
 * </pre>
 *
 * <p>So a range has at most 2^19 granules (4 MiB), of which each may be a block. The same layout counts what was freed
 * below the top: blocks, requested bytes, granules. Invariant: {@code top == live granules + freed granules}, where
 * padding for alignment counts as freed.
 *
 * <p><b>Marks.</b> A mark puts a fence of one granule on top, which may lie just beyond the end of the range. Then no
 * block below ends at the top, so no free can return memory below the mark, and a free need not check marks. Frees are
 * counted in sections, one between each two marks. A rewind drops the sections above the mark, and the counts below it
 * stay exact. If nothing was handed out since the last mark, there is no new fence.
 *
 * <h2>Concurrency</h2>
 *
 * <p>A shared core changes the word by compare-and-set, so no two threads get overlapping blocks, and a thread that
 * stops in the middle delays no other. A core that is not shared does the same with plain reads and writes. A retired
 * core serves no block, so a thread with an outdated core finds the current one. A section is visible before its fence,
 * so blocks above a fence are never counted below it.
 */
class BumpCore {

    private static final VarHandle WORD = VarHandles.of(MethodHandles.lookup(), "word", long.class);
    private static final VarHandle ENDED = VarHandles.of(MethodHandles.lookup(), "ended", long.class);

    /**
     * Blocks begin at multiples of this: the alignment of a Java {@code long}, which clients request most.
     */
    static final int GRANULE = 8;

    private static final int GRANULE_SHIFT = 3;

    /** The largest range, by the width of the fields. */
    static final long MAX_BYTES = 4 << 20;

    private static final int REQUESTED_SHIFT = 20;
    private static final int COUNT_SHIFT = 43;
    private static final long TOP_MASK = (1L << REQUESTED_SHIFT) - 1;
    private static final long REQUESTED_MASK = (1L << (COUNT_SHIFT - REQUESTED_SHIFT)) - 1;
    private static final long COUNT_MASK = (1L << (Long.SIZE - 1 - COUNT_SHIFT)) - 1;

    private static final long RETIRED = Long.MIN_VALUE;

    /** The word once the memory has gone back: retired, with a top that no range has. */
    private static final long GONE = RETIRED | TOP_MASK;

    private final long granules;
    private final boolean shared;
    private long word = RETIRED;
    private volatile Section section = new Section(0, null, true);

    /** Blocks handed out that are not counted in the word any more. */
    @SuppressWarnings("UnusedVariable") // is read through ENDED
    private long ended;

    /** The frees between two marks. */
    static final class Section {

        private static final VarHandle FREED = VarHandles.of(MethodHandles.lookup(), "freed", long.class);

        /** The granule where it begins. */
        private final long start;

        /** The section below the mark at which this begins. */
        private final @Nullable Section below;

        /**
         * Whether no block ends where this begins. False while a mark is made, and stays false if that had to be
         * retried.
         */
        private boolean fenced;

        /** Freed granules, bytes and blocks, in the layout of the word. */
        private long freed;

        Section(long start, @Nullable Section below, boolean fenced) {
            this.start = start;
            this.below = below;
            this.fenced = fenced;
        }
    }

    /** A position to rewind to. */
    record Position(long word, long start, @Nullable Section below) {}

    /**
     * An empty core, retired.
     *
     * @param byteSize size of the range, a multiple of the granule up to {@link #MAX_BYTES}
     * @param shared whether several threads use it at once
     */
    BumpCore(long byteSize, boolean shared) {
        if (byteSize < 0 || byteSize > MAX_BYTES || byteSize % GRANULE != 0) {
            throw new IllegalArgumentException(
                    "byteSize is " + byteSize + ", must be a multiple of " + GRANULE + " up to " + MAX_BYTES);
        }
        this.granules = byteSize >>> GRANULE_SHIFT;
        this.shared = shared;
    }

    private static long granulesOf(long byteSize) {
        return (Math.max(1, byteSize) + GRANULE - 1) >>> GRANULE_SHIFT;
    }

    private static long block(long byteSize, long needed) {
        return (1L << COUNT_SHIFT) + (byteSize << REQUESTED_SHIFT) + needed;
    }

    private static long top(long word) {
        return word & TOP_MASK;
    }

    private static long requested(long word) {
        return (word >>> REQUESTED_SHIFT) & REQUESTED_MASK;
    }

    private static long count(long word) {
        return (word >>> COUNT_SHIFT) & COUNT_MASK;
    }

    private boolean set(long expected, long next) {
        return set(expected, next, shared);
    }

    private boolean set(long expected, long next, boolean atomically) {
        if (atomically) {
            return WORD.compareAndSet(this, expected, next);
        }
        word = next;
        return true;
    }

    /** Sets the number of blocks in the word. */
    private void replace(long next, long counted) {
        long old = (long) WORD.getAndSet(this, next);
        countEnded(old == GONE ? 0 : count(old) - counted);
    }

    private void countEnded(long blocks) {
        if (shared) {
            ENDED.getAndAdd(this, blocks);
        } else {
            ended += blocks;
        }
    }

    /**
     * Takes a block from the top.
     *
     * @param byteSize 0 to {@link #MAX_BYTES}; a block of 0 bytes takes a granule, so that it has an address of its own
     * @param byteAlignment a power of two, of which the range itself is a multiple
     * @return the offset, or -1 if there is no room or the core is retired
     */
    final long bump(long byteSize, long byteAlignment) {
        return bump(byteSize, granulesOf(byteSize), byteAlignment, shared);
    }

    /**
     * The same for the common case: a block of at least 1 byte.
     *
     * @param atomically whether the core is shared; a constant at the caller, so that the compiler knows it
     */
    final long bump(long byteSize, long byteAlignment, boolean atomically) {
        return bump(byteSize, (byteSize + GRANULE - 1) >>> GRANULE_SHIFT, byteAlignment, atomically);
    }

    private long bump(long byteSize, long needed, long byteAlignment, boolean atomically) {
        long mask = (byteAlignment - 1) >>> GRANULE_SHIFT;
        while (true) {
            long seen = word;
            long top = top(seen);
            long start = (top + mask) & ~mask;
            if ((seen | (granules - needed - start)) < 0) { // retired, or no room
                return -1;
            }
            if (set(seen, seen + (start - top) + block(byteSize, needed), atomically)) {
                if (start != top) {
                    countFreed(top, start - top);
                }
                return start << GRANULE_SHIFT;
            }
        }
    }

    /**
     * Returns the block at the top, or counts another block as freed.
     *
     * @return false if there cannot be such a block; then nothing changed
     */
    final boolean free(long offset, long byteSize) {
        if (!isPossible(offset, byteSize)) {
            return false;
        }
        long start = offset >>> GRANULE_SHIFT;
        long end = start + granulesOf(byteSize);
        long block = block(byteSize, end - start);
        while (true) {
            long seen = word;
            if (seen == GONE || end > top(seen) || requested(seen) < byteSize || count(seen) == 0) {
                return false;
            }
            if (end < top(seen)) {
                return countFreed(start, block);
            }
            if (set(seen, seen - block)) {
                countEnded(1);
                return true;
            }
        }
    }

    private boolean isPossible(long offset, long byteSize) {
        return byteSize >= 0 && byteSize <= MAX_BYTES && (offset & (GRANULE - 1)) == 0;
    }

    private Section sectionOf(long granule) {
        Section found = section;
        while (granule < found.start && found.below != null) {
            found = found.below;
        }
        return found;
    }

    /** Counts a free in the section of a granule. Refuses to count more blocks than there are. */
    private boolean countFreed(long granule, long more) {
        Section found = sectionOf(granule);
        while (true) {
            long seen = (long) Section.FREED.getVolatile(found);
            if (count(seen) + count(more) > count(word) || requested(seen) + requested(more) > requested(word)) {
                return false;
            }
            if (Section.FREED.compareAndSet(found, seen, seen + more)) {
                return true;
            }
        }
    }

    /**
     * Changes the size of a block in its place: the block at the top within the room above it, any other only to a
     * smaller size.
     *
     * @return false if that is not possible; then nothing changed
     */
    final boolean resize(long offset, long oldSize, long newSize) {
        if (!isPossible(offset, oldSize) || newSize > MAX_BYTES) {
            return false;
        }
        long start = offset >>> GRANULE_SHIFT;
        long end = start + granulesOf(oldSize);
        long newEnd = start + granulesOf(newSize);
        while (true) {
            long seen = word;
            if (seen == GONE || end > top(seen)) {
                return false;
            }
            if (end < top(seen)) {
                return newSize <= oldSize
                        && countFreed(start, ((oldSize - newSize) << REQUESTED_SHIFT) + (end - newEnd));
            }
            if (newEnd > granules || (seen < 0 && newEnd > end)) {
                return false;
            }
            if (set(seen, seen + ((newSize - oldSize) << REQUESTED_SHIFT) + (newEnd - end))) {
                return true;
            }
        }
    }

    /** Marks the top. For one thread at a time; others may allocate and free meanwhile. */
    final Position mark() {
        while (true) {
            long seen = word;
            Section current = section;
            if (top(seen) == 0) {
                return new Position(seen, 0, null);
            }
            if ((current.fenced && top(seen) == current.start) || seen == GONE) {
                return new Position(seen, current.start, current.below);
            }
            Section above = new Section(top(seen) + 1, current, false);
            section = above; // stays if the next step fails: a surplus boundary changes no sum
            if (set(seen, seen + 1)) {
                above.fenced = true;
                countFreed(top(seen), 1);
                return new Position(seen + 1, above.start, current);
            }
        }
    }

    /** Whether nothing was allocated or freed above a mark since it was made. */
    final boolean isAt(Position mark) {
        return (word | RETIRED) == (mark.word | RETIRED);
    }

    /** Frees everything above a mark of this core. The core serves blocks again. */
    final void rewind(Position mark) {
        replace(mark.word & ~RETIRED, count(mark.word));
        section = new Section(mark.start, mark.below, true);
    }

    /** The offset of the first byte above a mark. */
    static long offsetOf(Position mark) {
        return mark.start << GRANULE_SHIFT;
    }

    /** Frees everything. The core is retired. */
    final void clear() {
        replace(RETIRED, 0);
        section = new Section(0, null, true);
    }

    /** Serves blocks from now on. */
    final void activate() {
        long seen;
        do {
            seen = word;
        } while (!set(seen, seen & ~RETIRED));
    }

    /** Retires the core: it serves no more blocks. */
    final void retire() {
        long seen;
        do {
            seen = word;
        } while (!set(seen, seen | RETIRED));
    }

    /**
     * Ends the core if no block is live.
     *
     * @return false if a block is live, or the core has already ended
     */
    final boolean endIfUnused() {
        while (true) {
            long seen = word;
            if (seen == GONE || liveBlocks(seen) > 0) {
                return false;
            }
            if (set(seen, GONE)) {
                countEnded(count(seen));
                return true;
            }
        }
    }

    /** Ends the core, also with live blocks. */
    final void end() {
        replace(GONE, 0);
    }

    /** Bytes above the top. */
    final long room() {
        return Math.max(0, granules - top(word)) << GRANULE_SHIFT;
    }

    /** Blocks handed out so far. A block at the top that is being freed may be missing. No block is counted twice. */
    final long allocations() {
        long gone = (long) ENDED.getAcquire(this); // first, because a block leaves the word before it is counted there
        long seen = word;
        return gone + (seen == GONE ? 0 : count(seen));
    }

    /** Blocks freed so far, one by one or by a rewind. Not for use during a rewind. */
    final long frees() {
        long gone = (long) ENDED.getAcquire(this);
        long seen = word;
        return gone + (seen == GONE ? 0 : count(seen) - liveBlocks(seen));
    }

    final long liveBlocks() {
        return liveBlocks(word);
    }

    private long liveBlocks(long seen) {
        long live = seen == GONE ? 0 : count(seen);
        for (Section each = section; each != null; each = each.below) {
            live -= count((long) Section.FREED.getVolatile(each));
        }
        return Math.max(0, live); // a client that frees twice must not make it negative
    }

    final long requestedBytes() {
        long seen = word;
        long bytes = seen == GONE ? 0 : requested(seen);
        for (Section each = section; each != null; each = each.below) {
            bytes -= requested((long) Section.FREED.getVolatile(each));
        }
        return Math.max(0, bytes);
    }

    /** Requested bytes of live blocks, each rounded up to the granule. */
    final long allocatedBytes() {
        long seen = word;
        if (liveBlocks(seen) == 0) {
            return 0;
        }
        long live = top(seen);
        for (Section each = section; each != null; each = each.below) {
            live -= top((long) Section.FREED.getVolatile(each));
        }
        return Math.max(live << GRANULE_SHIFT, requestedBytes());
    }

    /** For tests: throws if the figures are impossible, while no thread uses the core. */
    final void checkInvariants() {
        long seen = word;
        if (seen == GONE) {
            return;
        }
        long freed = 0;
        long above = top(seen) + 1;
        for (Section each = section; each != null; each = each.below) {
            freed += each.freed;
            require(!each.fenced || each.start < above, "fenced sections are out of order, or begin above the top");
            require(each.below != null || each.start == 0, "the lowest section does not begin at 0");
            above = each.fenced ? each.start : above;
        }
        require(top(seen) <= granules + 1, "the top is beyond the end, and a fence");
        require(count(freed) <= count(seen), "more blocks freed than handed out");
        require(requested(freed) <= requested(seen), "more bytes freed than handed out");
        require(top(freed) <= top(seen), "more granules freed than handed out");
        require(
                requested(seen) - requested(freed) <= (top(seen) - top(freed)) << GRANULE_SHIFT,
                "live blocks are larger than their granules");
        require(count(seen) - count(freed) <= top(seen) - top(freed), "live blocks have no granule of their own");
    }

    private void require(boolean holds, String broken) {
        if (!holds) {
            throw new IllegalStateException(broken + ": " + this);
        }
    }

    @Override
    public String toString() {
        long seen = word;
        return seen == GONE
                ? "gone"
                : count(seen) + " blocks of " + requested(seen) + " bytes below " + (top(seen) << GRANULE_SHIFT)
                        + " of " + (granules << GRANULE_SHIFT) + (seen < 0 ? ", retired" : "");
    }
}
