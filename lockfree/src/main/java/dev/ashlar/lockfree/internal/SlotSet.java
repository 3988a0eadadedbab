package dev.ashlar.lockfree.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Where each slot of a chunk is: the algorithm of a chunk, without any memory behind it. A slot is <em>in</em> the chunk,
 * or <em>cached</em> as a round of some magazine, or <em>live</em>.
 *
 * <h2>Design</h2>
 *
 * <p>Two bitmaps, apart from the slots, so that a client that writes beyond its block cannot damage them. A bit in
 * {@code in} is set for each slot that is in; a bit in {@code live} for each that a client has. Whoever makes the bit in
 * {@code live} go is the one that freed the block, and of any number of threads that free it only one does: a block freed
 * twice is always seen, also at the same instant. That costs an atomic operation for each allocation and each free.
 *
 * <p>{@code state} is one {@code int}: how many slots are in, and two flags. While there is a slot in, the set is
 * <em>held</em>, by a thread that may take slots out, or by a list in which any thread finds it. A set with all slots in can
 * be <em>retired</em>: then no slot is taken out any more.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>No slot is both in and live.
 *   <li>The count is never above the bits set in {@code in}, and equal when the set is quiet.
 *   <li>If the count is not 0, the set is held.
 * </ul>
 *
 * <h2>Concurrency</h2>
 *
 * <p>Every method says who may call it. A slot that is put in has its bit set before it is counted, and one that is taken
 * out is counted first; as only the holder takes out, it finds as many bits as it has counted.
 */
class SlotSet {

    /** The most slots a set can have. */
    static final int MAX_SLOTS = (1 << 24) - 1;

    /** What {@link #putIn} tells about the set: nothing to do. */
    static final int NOTHING = 0;

    /** The caller holds the set from now on. */
    static final int NOW_HELD = 1;

    /** All slots are in. */
    static final int WHOLE = 2;

    private static final int COUNT = MAX_SLOTS;
    private static final int HELD = 1 << 24;
    private static final int RETIRED = 1 << 25;

    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(SlotSet.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final int slots;
    private final long[] live;
    private final long[] in;
    private volatile int state;

    /** The word of {@code in} to look at first. For the holder. */
    private int cursor;

    /**
     * A set with all slots in, which the caller holds.
     *
     * @param slots 1 to {@link #MAX_SLOTS}
     */
    SlotSet(int slots) {
        this.slots = slots;
        int words = (slots + 63) >>> 6;
        live = new long[words];
        in = new long[words];
        for (int word = 0; word < words; word++) {
            in[word] = existing(word);
        }
        state = slots | HELD;
    }

    final int slots() {
        return slots;
    }

    /** The bits of a word that stand for slots. */
    private long existing(int word) {
        int left = slots - (word << 6);
        return left >= 64 ? -1L : ~(-1L << left);
    }

    /** Makes a cached slot live. For the thread that has it in a magazine; lock-free, one CAS. */
    final void handOut(int slot) {
        WORD.getAndBitwiseOr(live, slot >>> 6, 1L << slot);
    }

    /**
     * Makes a live slot cached. For any thread; lock-free, one CAS.
     *
     * @return false if the slot is not live; then nothing changes
     */
    final boolean takeBack(int slot) {
        long bit = 1L << slot;
        return ((long) WORD.getAndBitwiseAnd(live, slot >>> 6, ~bit) & bit) != 0;
    }

    /**
     * Marks a cached slot as in; it counts from the next {@link #putIn} on. For the thread that has it cached; lock-free,
     * one CAS.
     */
    final void markIn(int slot) {
        WORD.getAndBitwiseOr(in, slot >>> 6, 1L << slot);
    }

    /**
     * Counts slots that were {@linkplain #markIn marked}. For any thread; lock-free, one CAS.
     *
     * @param count how many
     * @return {@link #NOTHING}, {@link #NOW_HELD}, {@link #WHOLE}, or the sum of both
     */
    final int putIn(int count) {
        int spins = Backoff.FIRST;
        while (true) {
            int seen = state;
            if (STATE.compareAndSet(this, seen, (seen + count) | HELD)) {
                return ((seen & HELD) == 0 ? NOW_HELD : NOTHING) + ((seen & COUNT) + count == slots ? WHOLE : NOTHING);
            }
            spins = Backoff.pause(spins);
        }
    }

    /**
     * Takes slots out. For the holder; lock-free.
     *
     * @param rounds where to put them
     * @param from the first element to write
     * @param most how many at most
     * @param tag is put into the upper half of each element
     * @return how many were taken, 0 if none was in or the set is retired
     */
    final int takeOut(long[] rounds, int from, int most, long tag) {
        int taken;
        int seen;
        do {
            seen = state;
            taken = (seen & RETIRED) != 0 ? 0 : Math.min(most, seen & COUNT);
        } while (taken > 0 && !STATE.compareAndSet(this, seen, seen - taken));
        int next = from;
        int word = cursor;
        while (next < from + taken) {
            long bits = (long) WORD.getAcquire(in, word);
            int wanted = from + taken - next;
            long out = Long.bitCount(bits) <= wanted ? bits : lowest(bits, wanted);
            if (out != 0) {
                WORD.getAndBitwiseAnd(in, word, ~out);
                for (long rest = out; rest != 0; rest &= rest - 1) {
                    rounds[next++] = tag | ((word << 6) + Long.numberOfTrailingZeros(rest));
                }
            }
            cursor = word;
            word = word + 1 == in.length ? 0 : word + 1;
        }
        return taken;
    }

    private static long lowest(long bits, int count) {
        long rest = bits;
        for (int i = 0; i < count; i++) {
            rest &= rest - 1;
        }
        return bits & ~rest;
    }

    /**
     * Stops holding a set that has no slot in. For the holder; lock-free.
     *
     * @return false, and the caller still holds it, if there is a slot in or the set is retired
     */
    final boolean letGo() {
        int seen = state;
        return seen == HELD && STATE.compareAndSet(this, HELD, 0);
    }

    /**
     * Retires a set with all slots in. For any thread; wait-free.
     *
     * @return whether this call did it
     */
    final boolean retire() {
        return STATE.compareAndSet(this, slots | HELD, slots | HELD | RETIRED);
    }

    final boolean isRetired() {
        return (state & RETIRED) != 0;
    }

    /** Whether all slots are in. */
    final boolean isWhole() {
        return (state & COUNT) == slots;
    }

    /** Whether a slot is live. For any thread; exact for a slot that no thread hands out or frees at this moment. */
    final boolean isLive(int slot) {
        return ((long) WORD.getAcquire(live, slot >>> 6) & (1L << slot)) != 0;
    }

    /** Live slots. For any thread; exact when nobody allocates or frees at this moment. */
    final int live() {
        int count = 0;
        for (int word = 0; word < live.length; word++) {
            count += Long.bitCount((long) WORD.getOpaque(live, word));
        }
        return count;
    }

    /** Bytes of the arrays behind this set. */
    final long bitmapBytes() {
        return 2 * (16 + (long) live.length * Long.BYTES);
    }

    /**
     * Checks the invariants. For tests, when the set is quiet.
     *
     * @return how many slots are cached
     * @throws IllegalStateException naming the invariant that does not hold
     */
    final int checkInvariants() {
        int seen = state;
        int bitsIn = 0;
        for (int word = 0; word < in.length; word++) {
            bitsIn += Long.bitCount(in[word]);
            require((in[word] & live[word]) == 0, "no slot is both in and live");
            require(((in[word] | live[word]) & ~existing(word)) == 0, "bits are set for slots only");
        }
        require(bitsIn == (seen & COUNT), "the count is the number of slots that are in");
        require(bitsIn == 0 || (seen & HELD) != 0, "a set with a slot in is held");
        require((seen & RETIRED) == 0 || bitsIn == slots, "a retired set has all slots in");
        return slots - bitsIn - live();
    }

    private static void require(boolean holds, String invariant) {
        if (!holds) {
            throw new IllegalStateException("Invariant broken: " + invariant);
        }
    }
}
