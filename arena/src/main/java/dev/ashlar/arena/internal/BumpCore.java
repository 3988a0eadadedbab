package dev.ashlar.arena.internal;

import dev.ashlar.spi.support.VarHandles;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Bump allocation in a range of bytes, over offsets: there is no memory here.
 *
 * <h2>Design</h2>
 *
 * <p>A block begins where the one before it ends, rounded up to a granule of 8 bytes and to its alignment. All that
 * changes when a block is handed out is in one word, so that one compare-and-set changes it together:
 *
 * <pre>
 *   retired : 1 | blocks : 20 | requested bytes : 23 | top in granules : 20
 * </pre>
 *
 * <p>So a range has at most 2^19 granules (4 MiB), of which each may be a block. The same layout counts what was freed
 * below the top: blocks, bytes they were asked for with, granules. Invariant: {@code top == live granules + freed
 * granules}, where padding for alignment counts as freed.
 *
 * <p><b>Marks.</b> A mark puts a fence of one granule on top, which may lie just beyond the end of the range. No block
 * below ends at the top then, so that no free can give back memory below the mark, and a mark needs no check when a
 * block is freed. What is freed is counted in sections, one for what lies between two marks; a rewind forgets the
 * sections above the mark, and the counts below it stay exact. Where nothing was handed out since the last mark there
 * is no new fence.
 *
 * <h2>Concurrency</h2>
 *
 * <p>A shared core changes the word by compare-and-set, so no two threads get overlapping blocks, and a thread that
 * stops half-way holds up nobody. A core that is not shared does the same with plain reads and writes. A retired core
 * serves no block, so a thread that comes late with a core that was replaced goes and finds the one that is in its
 * place. A section is seen before its fence is, so what lies above a fence is never counted below it.
 */
class BumpCore {

    private static final VarHandle WORD = VarHandles.of(MethodHandles.lookup(), "word", long.class);
    private static final VarHandle ENDED = VarHandles.of(MethodHandles.lookup(), "ended", long.class);

    /**
     * Blocks begin at multiples of this: what a Java {@code long} needs, and the alignment that clients ask for most.
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

    /** The memory has gone back: retired, with a top that no range has. */
    private static final long GONE = RETIRED | TOP_MASK;

    private final long granules;
    private final boolean shared;
    private long word = RETIRED;
    private volatile Section section = new Section(0, null, true);

    /** Blocks handed out that the word does not count any more. */
    @SuppressWarnings("UnusedVariable") // is read through ENDED
    private long ended;

    /** What was freed between two marks. */
    static final class Section {

        private static final VarHandle FREED = VarHandles.of(MethodHandles.lookup(), "freed", long.class);

        /** The granule where it begins. */
        private final long start;

        /** What lies below the mark at which this begins. */
        private final @Nullable Section below;

        /** Whether no block ends where this begins. False while a mark is made, and for ever if it had to try again. */
        private boolean fenced;

        /** Granules, bytes and blocks, as in the word. */
        private long freed;

        Section(long start, @Nullable Section below, boolean fenced) {
            this.start = start;
            this.below = below;
            this.fenced = fenced;
        }
    }

    /** A place to rewind to. */
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

    /** Sets the word to one that counts so many blocks. */
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
     * The same for the common case: a block of 1 byte at least.
     *
     * @param atomically whether the core is shared, which the caller knows, so that the compiler does
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
     * Gives the block at the top back, or counts another one as freed.
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

    /** Adds to what was freed in the section of a granule; refuses to count more than there is. */
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
     * Changes the size of a block where it lies: the block at the top within the room there is, any other to less.
     *
     * @return false if it cannot stay; then nothing changed
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
            section = above; // stays if the next fails: one boundary more changes no sum
            if (set(seen, seen + 1)) {
                above.fenced = true;
                countFreed(top(seen), 1);
                return new Position(seen + 1, above.start, current);
            }
        }
    }

    /** Whether nothing happened above a mark since it was made. */
    final boolean isAt(Position mark) {
        return (word | RETIRED) == (mark.word | RETIRED);
    }

    /** Frees everything above a mark of this core, and is not retired any more. */
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

    /** Serves no blocks any more. */
    final void retire() {
        long seen;
        do {
            seen = word;
        } while (!set(seen, seen | RETIRED));
    }

    /**
     * Ends the core if no block is live.
     *
     * @return false if one is live, or it had ended
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

    /** Ends the core, whatever is live. */
    final void end() {
        replace(GONE, 0);
    }

    /** Bytes above the top. */
    final long room() {
        return Math.max(0, granules - top(word)) << GRANULE_SHIFT;
    }

    /** Blocks handed out so far; one at the top that is being freed may be missing, and none is counted twice. */
    final long allocations() {
        long gone = (long) ENDED.getAcquire(this); // first: a block leaves the word before it is counted there
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
        return Math.max(0, live); // a client that frees twice must not make it less than nothing
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

    /** For tests: throws if what is told here cannot be, when no thread is at work. */
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
