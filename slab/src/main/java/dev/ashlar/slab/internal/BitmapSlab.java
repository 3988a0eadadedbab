package dev.ashlar.slab.internal;

import dev.ashlar.spi.support.Slab;
import dev.ashlar.spi.support.VarHandles;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A slab with two bits for each slot that say whether the slot is live. Its owner takes and releases slots with plain
 * reads and writes. Any other thread may release a slot from outside with one atomic operation.
 *
 * <h2>Design</h2>
 *
 * <p>There are two bitmaps. {@code taken} has a bit for each slot that was taken. {@code outside} has a bit for each
 * taken slot that was then released from outside; it is made for the first such release. A slot is live if its first
 * bit is set and its second is not. The bits are not next to the slots, so a client that writes beyond its block cannot
 * damage them.
 *
 * <p>A word of both has the bits of 32 slots. The other half of a word of {@code outside} counts the collections that
 * changed it.
 *
 * <p>Slots are taken lowest first, which packs a slab from its start. {@code cursor} is the word to look at first.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>No word before {@code cursor} has a free slot that the owner knows of.
 *   <li>A bit in {@code outside} is set only if the taken bit is set. The exception is the bit of a surplus release
 *       (see below), until the next collection.
 *   <li>Taken bits of slots that do not exist are always set.
 * </ul>
 *
 * <h2>Concurrency</h2>
 *
 * <p>{@code taken} and {@code cursor} are written by the owner only. Another thread reads a taken word only for a slot
 * whose block it got, and handing over the block orders the owner's write before that read. Ownership passes from
 * thread to thread as {@link Slab} says.
 *
 * <p>{@code outside} is made by CAS and changed by atomic operations only. An owner that releases a slot reads its bits
 * plainly, and sees all earlier releases that are ordered before. It reads the field itself in opaque mode, so that a
 * compiled loop reads it again and notices that the slab was sealed. A take reads it plainly, because a slot can have a
 * surplus release only after the owner has released it.
 *
 * <p>{@link #collect} clears the taken bit before the outside bit. {@link #releaseFromOutside} reads the outside word
 * before the taken bit, and then changes the outside word by CAS. So if the CAS succeeds, no other thread released the
 * slot from outside since the read, and nobody collected such a release, because that changes the count in the word.
 * Of threads that release a slot from outside exactly one succeeds, until the slot is taken again.
 *
 * <h2>A release by the owner and one from outside at the same moment</h2>
 *
 * <p>Both may succeed, because the owner writes plainly, and the other thread may not see this yet. This is a fault of
 * the client. The taken bit is then clear, and the outside bit is set: a surplus release. {@link #take} does not hand
 * out such a slot, and {@link #collect} drops the surplus. So a surplus release changes nothing, unless it happens
 * after the slot was taken again. Then it is a late second release, which no allocator can tell from a correct one.
 */
public final class BitmapSlab extends Slab {

    private static final VarHandle TAKEN_WORD = MethodHandles.arrayElementVarHandle(int[].class);
    private static final VarHandle OUTSIDE_WORD = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle OUTSIDE = VarHandles.of(MethodHandles.lookup(), "outside", long[].class);

    /** One in the half of a word of {@code outside} that counts. */
    private static final long COLLECTION = 1L << Integer.SIZE;

    private final int[] taken;

    /** Null until a slot is released from outside. Written once, by CAS. */
    private long @Nullable [] outside;

    private char cursor;

    /**
     * A slab with all slots free.
     *
     * @param place where it lies
     */
    public BitmapSlab(Place place) {
        super(place);
        taken = new int[Math.max(1, (slots + Integer.SIZE - 1) / Integer.SIZE)];
        taken[taken.length - 1] = ~existing(taken.length - 1);
    }

    /** The bits of a word that are slots. */
    private int existing(int word) {
        int left = slots - word * Integer.SIZE;
        return left >= Integer.SIZE ? -1 : ~(-1 << left);
    }

    @Override
    protected int take() {
        int word = cursor;
        int bits = taken[word];
        if (bits == -1) {
            word = nextWordWithRoom(word);
            if (word < 0) {
                return -1;
            }
            cursor = (char) word;
            bits = taken[word];
        }
        int slot = (word << 5) + Integer.numberOfTrailingZeros(~bits);
        long[] released = outside;
        if (released != null && ((int) released[word] & 1 << slot) != 0) {
            return -1; // a surplus release: the caller collects
        }
        taken[word] = bits | 1 << slot;
        return slot;
    }

    private int nextWordWithRoom(int word) {
        for (int next = word + 1; next < taken.length; next++) {
            if (taken[next] != -1) {
                return next;
            }
        }
        return -1;
    }

    @Override
    protected boolean isFull() {
        return taken[cursor] == -1 && nextWordWithRoom(cursor) < 0;
    }

    @Override
    protected boolean release(int slot) {
        int word = slot >>> 5;
        int bit = 1 << slot;
        int bits = taken[word];
        long[] released = (long[]) OUTSIDE.getOpaque(this);
        if ((bits & bit) == 0 || (released != null && ((int) released[word] & bit) != 0)) {
            return false;
        }
        taken[word] = bits & ~bit;
        if (word < cursor) {
            cursor = (char) word;
        }
        return true;
    }

    @Override
    protected Release releaseFromOutside(int slot) {
        int word = slot >>> 5;
        int bit = 1 << slot;
        long[] released = outsideWords();
        long seen;
        do {
            seen = (long) OUTSIDE_WORD.getAcquire(released, word);
            if (((int) seen & bit) != 0 || ((int) TAKEN_WORD.getAcquire(taken, word) & bit) == 0) {
                return Release.REFUSED;
            }
        } while (!OUTSIDE_WORD.weakCompareAndSet(released, word, seen, seen | Integer.toUnsignedLong(bit)));
        return ((int) TAKEN_WORD.getOpaque(taken, word) & existing(word) & ~((int) seen | bit)) == 0
                ? Release.PERHAPS_EMPTY
                : Release.DONE;
    }

    private long @Nullable [] outsideOrNull() {
        return (long[]) OUTSIDE.getVolatile(this);
    }

    private long[] outsideWords() {
        long[] bits = outsideOrNull();
        if (bits == null) {
            long[] made = new long[taken.length];
            long[] other = (long[]) OUTSIDE.compareAndExchange(this, (long[]) null, made);
            bits = other == null ? made : other;
        }
        return bits;
    }

    @Override
    protected int collect() {
        int free = 0;
        long[] released = outsideOrNull();
        for (int word = taken.length - 1; word >= 0; word--) {
            int bits = taken[word];
            int seen = released == null ? 0 : (int) (long) OUTSIDE_WORD.getAcquire(released, word);
            if (seen != 0) {
                bits &= ~seen | ~existing(word);
                TAKEN_WORD.setRelease(taken, word, bits);
                OUTSIDE_WORD.getAndAdd(released, word, COLLECTION - Integer.toUnsignedLong(seen));
            }
            if (bits != -1) {
                free += Integer.bitCount(~bits);
                cursor = (char) word;
            }
        }
        return free;
    }

    private int live(int word, long @Nullable [] released) {
        int bits = (int) TAKEN_WORD.getOpaque(taken, word) & existing(word);
        return released == null ? bits : bits & ~(int) (long) OUTSIDE_WORD.getVolatile(released, word);
    }

    @Override
    protected boolean isLive(int slot) {
        return (live(slot >>> 5, outsideOrNull()) & 1 << slot) != 0;
    }

    @Override
    protected boolean hasRoom() {
        long[] released = outsideOrNull();
        for (int word = 0; word < taken.length; word++) {
            if (live(word, released) != existing(word)) {
                return true;
            }
        }
        return false;
    }

    @Override
    protected boolean isEmpty() {
        long[] released = outsideOrNull();
        for (int word = 0; word < taken.length; word++) {
            if (live(word, released) != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    protected void seal() {
        long[] released = outsideWords();
        for (int word = 0; word < taken.length; word++) {
            OUTSIDE_WORD.setVolatile(released, word, -1L); // first: an owner may overwrite the taken bits
            TAKEN_WORD.setVolatile(taken, word, -1);
        }
    }

    @Override
    protected long slotMetadataBytes() {
        long[] released = outsideOrNull();
        long ofTaken = 16 + (taken.length + 1) / 2 * 8L; // objects have multiples of 8 bytes
        return ofTaken + (released == null ? 0 : 16 + released.length * 8L);
    }

    /**
     * Checks the invariants. For tests, when the slab is quiet.
     *
     * @throws IllegalStateException naming the invariant that does not hold
     */
    void checkInvariants() {
        long[] released = outsideWords();
        for (int word = 0; word < taken.length; word++) {
            require((taken[word] | existing(word)) == -1, "bits of slots that do not exist are set");
            require(word >= cursor || taken[word] == -1, "no free slot before the cursor");
            require(
                    ((int) released[word] & ~(taken[word] & existing(word))) == 0,
                    "slots released from outside were taken");
        }
    }

    private static void require(boolean holds, String invariant) {
        if (!holds) {
            throw new IllegalStateException("Invariant broken: " + invariant);
        }
    }
}
