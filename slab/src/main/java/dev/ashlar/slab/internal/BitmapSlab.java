package dev.ashlar.slab.internal;

import dev.ashlar.spi.support.Slab;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A slab that notes by two bits a slot which of them are live. Its owner takes and releases slots with plain reads and
 * writes; any thread may release a slot from outside with one atomic operation.
 *
 * <h2>Design</h2>
 *
 * <p>Two bitmaps in one array: in {@code taken}, its first half, a bit for each slot that was taken; in {@code outside}, its
 * second, one for each of these that was since released from outside. A slot is live if its first bit is set and its second
 * is not. The bits lie apart from the slots: a client that writes beyond its block cannot damage them, and a slot released
 * twice is always seen.
 *
 * <p>Slots are taken lowest first, which packs a slab from its start. {@code cursor} is the word to look at first.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>No word before {@code cursor} has a free slot that the owner knows of.
 *   <li>A bit in {@code outside} is set only where the taken bit is, but for that of a release that was one too many (see
 *       below), until the next collection.
 *   <li>Taken bits of slots that do not exist are always set.
 * </ul>
 *
 * <h2>Concurrency</h2>
 *
 * <p>{@code taken} and {@code cursor} are written by the owner only. Another thread reads a taken word only to learn about
 * a slot whose block it was handed; that hand-over orders the owner's write before the read. Ownership passes from thread
 * to thread as {@link Slab} says.
 *
 * <p>{@code outside} is changed by atomic operations only. {@link #collect} clears the taken bit before the outside bit, and
 * {@link #releaseFromOutside} looks at the outside bit before the taken bit. So a thread that releases a slot for the second
 * time either finds the outside bit of the first, or, if that was collected, sees that the slot is not taken; until the slot
 * is taken again. That holds for releases of which one is ordered after the other.
 *
 * <p>If two threads release one slot at the same moment, both may succeed. That is a fault of the client that this slab does
 * not promise to find. The release that was one too many has no effect if its bit is collected before the slot is taken
 * again; else it frees the next block in that slot, as if the second thread had come a little later.
 */
public final class BitmapSlab extends Slab {

    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

    /** The taken bits, then as many words of outside bits. */
    private final long[] bits;

    private int cursor;

    /**
     * A slab with all slots free.
     *
     * @param place where it lies
     */
    public BitmapSlab(Place place) {
        super(place);
        int words = Math.max(1, (slots + Long.SIZE - 1) / Long.SIZE);
        bits = new long[2 * words];
        bits[words - 1] = ~existing(words - 1);
    }

    private int words() {
        return bits.length >> 1;
    }

    /** The bits of a word that are slots. */
    private long existing(int word) {
        int left = slots - word * Long.SIZE;
        return left >= Long.SIZE ? -1L : ~(-1L << left);
    }

    @Override
    protected int take() {
        int word = cursor;
        long taken = bits[word];
        if (taken == -1L) {
            word = nextWordWithRoom(word);
            if (word < 0) {
                return -1;
            }
            cursor = word;
            taken = bits[word];
        }
        int bit = Long.numberOfTrailingZeros(~taken);
        bits[word] = taken | (1L << bit);
        return (word << 6) + bit;
    }

    private int nextWordWithRoom(int word) {
        for (int next = word + 1; next < words(); next++) {
            if (bits[next] != -1L) {
                return next;
            }
        }
        return -1;
    }

    @Override
    protected Release release(int slot) {
        int word = slot >>> 6;
        long bit = 1L << slot;
        long taken = bits[word];
        if ((taken & ~bits[word + words()] & bit) == 0) {
            return Release.REFUSED;
        }
        taken &= ~bit;
        bits[word] = taken;
        if (word < cursor) {
            cursor = word;
        }
        return isCountedEmpty() || (taken & existing(word)) != 0 ? Release.DONE : Release.PERHAPS_EMPTY;
    }

    @Override
    protected Release releaseFromOutside(int slot) {
        int word = slot >>> 6;
        long bit = 1L << slot;
        int outside = word + words();
        if (((long) WORD.getAcquire(bits, outside) & bit) != 0 || ((long) WORD.getAcquire(bits, word) & bit) == 0) {
            return Release.REFUSED;
        }
        long seen = (long) WORD.getAndBitwiseOr(bits, outside, bit);
        if ((seen & bit) != 0) {
            return Release.REFUSED;
        }
        return ((long) WORD.getOpaque(bits, word) & existing(word) & ~(seen | bit)) == 0
                ? Release.PERHAPS_EMPTY
                : Release.DONE;
    }

    @Override
    protected int collect() {
        int free = 0;
        int words = words();
        for (int word = words - 1; word >= 0; word--) {
            long seen = (long) WORD.getAcquire(bits, word + words);
            long taken = bits[word];
            if (seen != 0) {
                taken &= ~seen | ~existing(word);
                WORD.setRelease(bits, word, taken);
                WORD.getAndBitwiseAnd(bits, word + words, ~seen);
            }
            if (taken != -1L) {
                free += Long.bitCount(~taken);
                cursor = word;
            }
        }
        return free;
    }

    private long live(int word) {
        return (long) WORD.getOpaque(bits, word) & existing(word) & ~(long) WORD.getVolatile(bits, word + words());
    }

    @Override
    protected boolean isLive(int slot) {
        return (live(slot >>> 6) & (1L << slot)) != 0;
    }

    @Override
    protected boolean hasRoom() {
        for (int word = 0; word < words(); word++) {
            if (live(word) != existing(word)) {
                return true;
            }
        }
        return false;
    }

    @Override
    protected boolean isEmpty() {
        for (int word = 0; word < words(); word++) {
            if (live(word) != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    protected void seal() {
        for (int word = 0; word < words(); word++) {
            WORD.setVolatile(bits, word + words(), -1L); // first: an owner at work may write over the other half
            WORD.setVolatile(bits, word, -1L);
        }
    }

    @Override
    protected long slotMetadataBytes() {
        return 4L + 4 + 16 + (long) bits.length * Long.BYTES;
    }

    /**
     * Checks the invariants. For tests, when the slab is quiet.
     *
     * @throws IllegalStateException naming the invariant that does not hold
     */
    void checkInvariants() {
        for (int word = 0; word < words(); word++) {
            require((bits[word] | existing(word)) == -1L, "bits of slots that do not exist are set");
            require(word >= cursor || bits[word] == -1L, "no free slot before the cursor");
            require(
                    (bits[word + words()] & ~(bits[word] & existing(word))) == 0,
                    "slots released from outside were taken");
        }
    }

    private static void require(boolean holds, String invariant) {
        if (!holds) {
            throw new IllegalStateException("Invariant broken: " + invariant);
        }
    }
}
