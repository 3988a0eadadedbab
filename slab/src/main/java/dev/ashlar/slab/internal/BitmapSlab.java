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
 * compiled loop reads it again and notices that the slab was sealed. {@link #collect} clears the taken bit before the
 * outside bit, and {@link #releaseFromOutside} reads the outside bit before the taken bit. So a thread that releases a
 * slot for the second time finds the outside bit of the first release. If that bit was collected, it finds that the
 * slot is not taken, until the slot is taken again. This holds if one release is ordered after the other.
 *
 * <p>If two threads release one slot at the same moment, both may succeed. This is a fault of the client, and this slab
 * does not promise to detect it. The surplus release has no effect if its bit is collected before the slot is taken
 * again. Otherwise it frees the next block in that slot.
 */
public final class BitmapSlab extends Slab {

    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle OUTSIDE = VarHandles.of(MethodHandles.lookup(), "outside", long[].class);

    private final long[] taken;

    /** Null until a slot is released from outside. Written once, by CAS. */
    @SuppressWarnings("UnusedVariable") // through OUTSIDE
    private long @Nullable [] outside;

    private int cursor;

    /**
     * A slab with all slots free.
     *
     * @param place where it lies
     */
    public BitmapSlab(Place place) {
        super(place);
        taken = new long[Math.max(1, (slots + Long.SIZE - 1) / Long.SIZE)];
        taken[taken.length - 1] = ~existing(taken.length - 1);
    }

    /** The bits of a word that are slots. */
    private long existing(int word) {
        int left = slots - word * Long.SIZE;
        return left >= Long.SIZE ? -1L : ~(-1L << left);
    }

    @Override
    protected int take() {
        int word = cursor;
        long bits = taken[word];
        if (bits == -1L) {
            word = nextWordWithRoom(word);
            if (word < 0) {
                return -1;
            }
            cursor = word;
            bits = taken[word];
        }
        int bit = Long.numberOfTrailingZeros(~bits);
        taken[word] = bits | (1L << bit);
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

    @Override
    protected boolean release(int slot) {
        int word = slot >>> 6;
        long bit = 1L << slot;
        long bits = taken[word];
        long[] released = (long[]) OUTSIDE.getOpaque(this);
        if ((bits & bit) == 0 || (released != null && (released[word] & bit) != 0)) {
            return false;
        }
        taken[word] = bits & ~bit;
        if (word < cursor) {
            cursor = word;
        }
        return true;
    }

    @Override
    protected Release releaseFromOutside(int slot) {
        int word = slot >>> 6;
        long bit = 1L << slot;
        long[] released = outsideBits();
        if (((long) WORD.getAcquire(released, word) & bit) != 0 || ((long) WORD.getAcquire(taken, word) & bit) == 0) {
            return Release.REFUSED;
        }
        long seen = (long) WORD.getAndBitwiseOr(released, word, bit);
        if ((seen & bit) != 0) {
            return Release.REFUSED;
        }
        return ((long) WORD.getOpaque(taken, word) & existing(word) & ~(seen | bit)) == 0
                ? Release.PERHAPS_EMPTY
                : Release.DONE;
    }

    private long @Nullable [] outsideOrNull() {
        return (long[]) OUTSIDE.getVolatile(this);
    }

    private long[] outsideBits() {
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
            long bits = taken[word];
            long seen = released == null ? 0 : (long) WORD.getAcquire(released, word);
            if (seen != 0) {
                bits &= ~seen | ~existing(word);
                WORD.setRelease(taken, word, bits);
                WORD.getAndBitwiseAnd(released, word, ~seen);
            }
            if (bits != -1L) {
                free += Long.bitCount(~bits);
                cursor = word;
            }
        }
        return free;
    }

    private long live(int word, long @Nullable [] released) {
        long bits = (long) WORD.getOpaque(taken, word) & existing(word);
        return released == null ? bits : bits & ~(long) WORD.getVolatile(released, word);
    }

    @Override
    protected boolean isLive(int slot) {
        return (live(slot >>> 6, outsideOrNull()) & (1L << slot)) != 0;
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
        long[] released = outsideBits();
        for (int word = 0; word < taken.length; word++) {
            WORD.setVolatile(released, word, -1L); // first: an owner may overwrite the taken bits
            WORD.setVolatile(taken, word, -1L);
        }
    }

    @Override
    protected long slotMetadataBytes() {
        long[] released = outsideOrNull();
        return 16 + 16 + taken.length * 8L + (released == null ? 0 : 16 + released.length * 8L);
    }

    /**
     * Checks the invariants. For tests, when the slab is quiet.
     *
     * @throws IllegalStateException naming the invariant that does not hold
     */
    void checkInvariants() {
        long[] released = outsideBits();
        for (int word = 0; word < taken.length; word++) {
            require((taken[word] | existing(word)) == -1L, "bits of slots that do not exist are set");
            require(word >= cursor || taken[word] == -1L, "no free slot before the cursor");
            require((released[word] & ~(taken[word] & existing(word))) == 0, "slots released from outside were taken");
        }
    }

    private static void require(boolean holds, String invariant) {
        if (!holds) {
            throw new IllegalStateException("Invariant broken: " + invariant);
        }
    }
}
