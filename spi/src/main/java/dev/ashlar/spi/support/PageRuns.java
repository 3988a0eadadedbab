package dev.ashlar.spi.support;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The pages of a chunk that are in use. Runs of neighbouring pages are taken and returned. This is the algorithm of a
 * chunk, without memory.
 *
 * <h2>Design</h2>
 *
 * <p>A bit for each page, and a count. A run has at most 64 pages, so it lies in one word or in two neighbouring ones.
 * The lowest run that is long enough is taken, so a chunk fills from its start and drains at its end.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Lock-free; for any thread. A run in two words takes two CAS. Between the two, or until the first is undone because
 * the second failed, others see pages as used that are free. At worst they search another chunk. The count is raised
 * before a bit is set and lowered after it is cleared. So a count of 0 means that no bit is set, and {@link #retire} is
 * one CAS from 0 to a value from which nothing can be taken.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>The count is never below the number of pages in use, and equal to it when the set is quiet.
 *   <li>Bits of pages that do not exist are always set.
 *   <li>A retired set has no page in use.
 * </ul>
 */
final class PageRuns {

    /** The longest run: then it lies in two words at most. */
    static final int LONGEST = Long.SIZE;

    private static final int RETIRED = Integer.MIN_VALUE;

    /** The bits of a length. */
    private static final int HINT_SHIFT = 7;

    private static final long ALL = -1L;
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle COUNT = VarHandles.of(MethodHandles.lookup(), "count", int.class);
    private static final VarHandle GIVEN = VarHandles.of(MethodHandles.lookup(), "given", int.class);

    private final int pages;
    private final long[] used;

    /** Pages that are in use or about to be, or {@link #RETIRED}. */
    private volatile int count;

    /** How often bits were cleared. */
    private volatile int given;

    /**
     * The result of a search: the value of {@code given} before it, shifted by {@link #HINT_SHIFT}, plus an upper bound
     * of the lengths of free runs. It is invalid once bits were cleared.
     */
    private volatile int hint = LONGEST;

    /**
     * A set with all pages free.
     *
     * @param pages how many, 1 or more
     */
    PageRuns(int pages) {
        this.pages = pages;
        used = new long[(pages + Long.SIZE - 1) / Long.SIZE];
        if (pages % Long.SIZE != 0) {
            used[used.length - 1] = ALL << pages;
        }
    }

    int pages() {
        return pages;
    }

    /** Pages in use, 0 for a retired set. For any thread; exact when the set is quiet. */
    int used() {
        return Math.max(0, count);
    }

    boolean isRetired() {
        return count == RETIRED;
    }

    /** Whether no page is in use, and the set is not retired. */
    boolean isUnused() {
        return count == 0;
    }

    /**
     * No free run is longer than this. For any thread. It may be too much, and too little only while another thread
     * takes a run that it has not, or is about to give up.
     */
    int longest() {
        int known = hint - (given << HINT_SHIFT);
        int inUse = count;
        return inUse == RETIRED ? 0 : Math.min(pages - inUse, known < 0 ? LONGEST : known);
    }

    /**
     * Takes the lowest run of a length.
     *
     * @param length 1 to {@link #LONGEST}
     * @return its first page, or -1 if there is none
     */
    int take(int length) {
        int seen = given << HINT_SHIFT;
        int longest = hint - seen;
        if ((longest >= 0 && longest < length) || !reserve(length)) {
            return -1;
        }
        int first = find(length);
        while (first >= 0 && !claim(first, length)) {
            first = find(length);
        }
        if (first < 0) {
            COUNT.getAndAdd(this, -length);
            hint = seen + length - 1;
        }
        return first;
    }

    private boolean reserve(int length) {
        int seen;
        do {
            seen = count;
            if (seen < 0 || seen + length > pages) {
                return false;
            }
        } while (!COUNT.compareAndSet(this, seen, seen + length));
        return true;
    }

    /** The first page of the lowest free run that is long enough, or -1. */
    private int find(int length) {
        long word = (long) WORD.getAcquire(used, 0);
        for (int i = 0; i < used.length; i++) {
            int within = firstRun(~word, length);
            if (within >= 0) {
                return i * Long.SIZE + within;
            }
            if (i + 1 < used.length) {
                long next = (long) WORD.getAcquire(used, i + 1);
                int atEnd = Long.numberOfLeadingZeros(word);
                if (atEnd > 0 && atEnd + Long.numberOfTrailingZeros(next) >= length) {
                    return (i + 1) * Long.SIZE - atEnd;
                }
                word = next;
            }
        }
        return -1;
    }

    /**
     * The lowest run of {@code length} set bits. Each step doubles the length: after {@code k} steps a bit is set where
     * a run of {@code 2^k} starts.
     */
    private static int firstRun(long free, int length) {
        int proved = 1;
        while (proved < length && free != 0) {
            int step = Math.min(proved, length - proved);
            free &= free >>> step;
            proved += step;
        }
        return free == 0 ? -1 : Long.numberOfTrailingZeros(free);
    }

    private boolean claim(int first, int length) {
        int word = first / Long.SIZE;
        long low = lowBits(first, length);
        if (!set(word, low)) {
            return false;
        }
        long high = highBits(first, length);
        if (high == 0 || set(word + 1, high)) {
            return true;
        }
        clear(word, low);
        return false;
    }

    private void clear(int word, long bits) {
        WORD.getAndBitwiseAnd(used, word, ~bits);
        GIVEN.getAndAdd(this, 1);
    }

    /** Sets bits of a word, all or none. */
    private boolean set(int word, long bits) {
        long seen;
        do {
            seen = (long) WORD.getVolatile(used, word);
            if ((seen & bits) != 0) {
                return false;
            }
        } while (!WORD.compareAndSet(used, word, seen, seen | bits));
        return true;
    }

    /** The bits of a run in the word where it starts. */
    private static long lowBits(int first, int length) {
        return (ALL >>> (Long.SIZE - length)) << first;
    }

    /** The bits of a run in the next word. */
    private static long highBits(int first, int length) {
        int inNext = first % Long.SIZE + length - Long.SIZE;
        return inNext <= 0 ? 0 : ALL >>> (Long.SIZE - inNext);
    }

    /**
     * Gives a run back.
     *
     * @param first its first page
     * @param length its length
     * @return whether no page is in use any more
     */
    boolean give(int first, int length) {
        int word = first / Long.SIZE;
        clear(word, lowBits(first, length));
        long high = highBits(first, length);
        if (high != 0) {
            clear(word + 1, high);
        }
        return (int) COUNT.getAndAdd(this, -length) == length;
    }

    /**
     * Retires the set if no page is in use. After that nothing can be taken.
     *
     * @return whether this call did it
     */
    boolean retire() {
        return COUNT.compareAndSet(this, 0, RETIRED);
    }

    /** Puts a retired set into service again. For who retired it, and could not release what it stands for. */
    void reinstate() {
        COUNT.compareAndSet(this, RETIRED, 0);
    }

    /** Bytes of the array behind this set. */
    static long metadataBytes(long pages) {
        return 16 + (pages + Long.SIZE - 1) / Long.SIZE * Long.BYTES;
    }

    /**
     * Checks the invariants. For tests, when the set is quiet.
     *
     * @throws IllegalStateException naming the invariant that does not hold
     */
    void checkInvariants() {
        int bits = 0;
        for (long word : used) {
            bits += Long.bitCount(word);
        }
        int missing = used.length * Long.SIZE - pages;
        require(bits - missing == Math.max(0, count), "the count is the number of pages in use");
        require(
                missing == 0 || used[used.length - 1] >>> (Long.SIZE - missing) == ALL >>> (Long.SIZE - missing),
                "bits of pages that do not exist are set");
        require(count >= 0 || bits == missing, "a retired set has no page in use");
    }

    private static void require(boolean holds, String invariant) {
        if (!holds) {
            throw new IllegalStateException("Invariant broken: " + invariant);
        }
    }
}
