package dev.ashlar.slab.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which slots of a slab are live: the algorithm of a slab, without any memory behind it. One thread at a time owns a set
 * and takes and releases slots with plain reads and writes; any thread may release a slot from outside with one atomic
 * operation.
 *
 * <h2>Design</h2>
 *
 * <p>Two bitmaps: in {@code taken} a bit for each slot that was taken, in {@code outside} one for each of these that was
 * since released from outside. A slot is live if its first bit is set and its second is not. The second bitmap is made
 * when it is first needed, because most slabs never leave the thread that made them. The bits lie apart from the slots: a
 * client that writes beyond its block cannot damage them, and a slot released twice is always seen.
 *
 * <p>Slots are taken lowest first, which packs a slab from its start. {@code cursor} is the word to look at first.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>{@code used} = bits set in {@code taken} below {@code slots}.
 *   <li>No word before {@code cursor} has a free slot.
 *   <li>A bit in {@code outside} is set only where the taken bit is, but for that of a release that was one too many (see
 *       below), until the next collection.
 *   <li>Taken bits from {@code slots} up are always set.
 * </ul>
 *
 * <h2>Concurrency</h2>
 *
 * <p>{@code taken}, {@code used} and {@code cursor} are written by the owner only. Another thread reads a taken word only
 * to learn about a slot whose block it was handed; that hand-over orders the owner's write before the read. Ownership
 * passes from thread to thread by a volatile write and a CAS on the slab, or by the end of the owning thread.
 *
 * <p>{@code outside} is changed by atomic operations only. {@link #collect} clears the taken bit before the outside bit, and
 * {@link #releaseFromOutside} looks at the outside bit before the taken bit. So whoever releases a slot for the second time
 * either finds the outside bit of the first, or, if that was collected, sees that the slot is not taken; until the slot is
 * taken again. That holds for releases of which one is ordered after the other. Of two threads that release a slot at the
 * same moment both may be told that they did; then the release that is one too many is forgotten by the next collection,
 * or counts for the next block in that slot, as if it had come a little later.
 */
class SlotSet {

    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle OUTSIDE;

    static {
        try {
            OUTSIDE = MethodHandles.lookup().findVarHandle(SlotSet.class, "outside", long[].class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final short slots;
    private final long[] taken;

    /** Read by the owner as it is: what a client did before it released a slot here is ordered before that. */
    private long @Nullable [] outside;

    private short used;
    private short cursor;

    /**
     * A set with all slots free.
     *
     * @param slots how many, 0 to 32767: counts are kept in shorts, because there is a set for every few kilobytes
     */
    SlotSet(int slots) {
        if (slots < 0 || slots > Short.MAX_VALUE) {
            throw new IllegalArgumentException("slots is " + slots + ", must be 0 to " + Short.MAX_VALUE);
        }
        this.slots = (short) slots;
        this.taken = new long[Math.max(1, (slots + 63) >>> 6)];
        if ((slots & 63) != 0 || slots == 0) {
            taken[taken.length - 1] = -1L << slots;
        }
    }

    final int slots() {
        return slots;
    }

    /** Slots that are not free for the owner: live ones, and ones released from outside and not yet collected. */
    final int used() {
        return used;
    }

    final boolean isFull() {
        return used == slots;
    }

    /**
     * Takes a free slot. For the owner.
     *
     * @return the slot, or -1 if there is none that the owner knows of
     */
    final int take() {
        int word = cursor;
        long bits = taken[word];
        if (bits == -1L) {
            word = nextWordWithRoom(word);
            if (word < 0) {
                return -1;
            }
            cursor = (short) word;
            bits = taken[word];
        }
        int bit = Long.numberOfTrailingZeros(~bits);
        taken[word] = bits | (1L << bit);
        used++;
        return (word << 6) + bit;
    }

    private int nextWordWithRoom(int word) {
        for (int next = word + 1; next < taken.length; next++) {
            if (taken[next] != -1L) {
                return next;
            }
        }
        return -1;
    }

    /**
     * Releases a slot. For the owner.
     *
     * @param slot 0 to {@code slots() - 1}
     * @return false if the slot is not live; then nothing changes
     */
    final boolean release(int slot) {
        int word = slot >>> 6;
        long bit = 1L << slot;
        long bits = taken[word];
        long[] released = outside;
        if ((bits & bit) == 0 || (released != null && (released[word] & bit) != 0)) {
            return false;
        }
        taken[word] = bits & ~bit;
        used--;
        if (word < cursor) {
            cursor = (short) word;
        }
        return true;
    }

    /**
     * Releases a slot from outside. For any thread; one atomic operation.
     *
     * @param slot 0 to {@code slots() - 1}
     * @return false if the slot is not live; then nothing changes
     */
    final boolean releaseFromOutside(int slot) {
        int word = slot >>> 6;
        long bit = 1L << slot;
        long[] released = outsideBits();
        return ((long) WORD.getAcquire(released, word) & bit) == 0
                && ((long) WORD.getAcquire(taken, word) & bit) != 0
                && ((long) WORD.getAndBitwiseOr(released, word, bit) & bit) == 0;
    }

    private long @Nullable [] volatileOutside() {
        return (long[]) OUTSIDE.getVolatile(this);
    }

    private long[] outsideBits() {
        long[] bits = volatileOutside();
        if (bits == null) {
            long[] made = new long[taken.length];
            bits = OUTSIDE.compareAndSet(this, null, made) ? made : Objects.requireNonNull(volatileOutside());
        }
        return bits;
    }

    /** Whether a slot was released from outside and not collected. For any thread. */
    final boolean hasReleasedFromOutside() {
        long[] released = volatileOutside();
        if (released != null) {
            for (int word = 0; word < released.length; word++) {
                if ((long) WORD.getVolatile(released, word) != 0) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * Makes the slots that were released from outside free for the owner. For the owner.
     *
     * @return how many there were
     */
    final int collect() {
        long[] released = volatileOutside();
        if (released == null) {
            return 0;
        }
        int collected = 0;
        for (int word = taken.length - 1; word >= 0; word--) {
            long seen = (long) WORD.getAcquire(released, word);
            if (seen != 0) {
                long bits = seen & taken[word]; // the others came from releases that were one too many
                WORD.setRelease(taken, word, taken[word] & ~bits);
                WORD.getAndBitwiseAnd(released, word, ~seen);
                collected += Long.bitCount(bits);
                cursor = (short) Math.min(cursor, word);
            }
        }
        used -= (short) collected;
        return collected;
    }

    /**
     * Whether a slot is live. For any thread; exact for a slot that no other thread releases at this moment.
     *
     * @param slot 0 to {@code slots() - 1}
     */
    final boolean isLive(int slot) {
        return (liveIn(slot >>> 6) & (1L << slot)) != 0;
    }

    /** Whether any slot is live. For any thread; exact when nobody takes or releases at this moment. */
    final boolean hasLive() {
        for (int word = 0; word < taken.length; word++) {
            if (liveIn(word) != 0) {
                return true;
            }
        }
        return false;
    }

    /** Live slots. For any thread; exact when nobody takes or releases at this moment. */
    final int live() {
        int live = 0;
        for (int word = 0; word < taken.length; word++) {
            live += Long.bitCount(liveIn(word));
        }
        return live;
    }

    private long liveIn(int word) {
        long[] released = volatileOutside();
        long bits = (long) WORD.getOpaque(taken, word) & existing(word);
        return released == null ? bits : bits & ~(long) WORD.getVolatile(released, word);
    }

    /** The bits of a word that stand for slots. */
    private long existing(int word) {
        int left = slots - (word << 6);
        return left >= 64 ? -1L : ~(-1L << left);
    }

    /** Bytes of the arrays behind this set. */
    final long bitmapBytes() {
        return (volatileOutside() == null ? 1 : 2) * (16 + (long) taken.length * Long.BYTES);
    }

    /**
     * Checks the invariants. For tests, when the set is quiet.
     *
     * @throws IllegalStateException naming the invariant that does not hold
     */
    final void checkInvariants() {
        int count = 0;
        long[] released = volatileOutside();
        for (int word = 0; word < taken.length; word++) {
            count += Long.bitCount(taken[word] & existing(word));
            require((taken[word] | existing(word)) == -1L, "bits from slots up are set");
            require(word >= cursor || taken[word] == -1L, "no free slot before the cursor");
            if (released != null) {
                require(
                        (released[word] & ~(taken[word] & existing(word))) == 0,
                        "slots released from outside were taken");
            }
        }
        require(count == used, "used is the number of taken slots");
    }

    private static void require(boolean holds, String invariant) {
        if (!holds) {
            throw new IllegalStateException("Invariant broken: " + invariant);
        }
    }
}
