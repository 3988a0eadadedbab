package dev.ashlar.lockfree.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Where each slot of a slab is: the algorithm of a slab, without any memory behind it. A slot is <em>in</em> the slab,
 * or <em>cached</em> as a round of some magazine, or <em>live</em>.
 *
 * <h2>Design</h2>
 *
 * <p>Each slot has a byte that says where it is, apart from the slots, so that a client that writes beyond its block cannot
 * damage it. Only one thread can change the byte of a slot that is in or cached, and it does so with a plain write, which no
 * other slot's byte can lose: that is why it is a byte and not a bit. A live slot may be freed by any thread, so that takes a
 * CAS. Of any number of threads that free a block only one does: a block freed twice is always seen, also at the same
 * instant.
 *
 * <p>The bytes of 64 slots share a cache line, which is what a magazine holds when it was filled from a slab: threads that
 * free what they allocated do not meet there. Two bits a slot would take a quarter of the memory, but to hand a slot out would
 * take an atomic operation then, because another thread may free its neighbour at that moment: a second one for each pair of
 * allocate and free. Two bitmaps, one written by who allocates and one by who frees, would not, but have 512 slots in a cache
 * line, in which the two would meet all the time.
 *
 * <p>{@code state} is one {@code int}: how many slots are in, and two flags. While there is a slot in, the set is
 * <em>held</em>, by a thread that may take slots out, or by a list in which any thread finds it. A set with all slots in can
 * be <em>retired</em>: then no slot is taken out any more.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>The count is never above the number of slots that are in, and equal when the set is quiet.
 *   <li>If the count is not 0, the set is held.
 *   <li>A retired set has all slots in.
 * </ul>
 *
 * <h2>Concurrency</h2>
 *
 * <p>Every method says who may call it. A slot that is put in is marked before it is counted, and one that is taken out is
 * counted first; as only the holder takes out, it finds as many as it has counted. Who has a slot cached passes that on by
 * the CAS with which a magazine changes hands, or by the count here, which both order the writes before them.
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

    private static final byte CACHED = 0;
    private static final byte LIVE = 1;
    private static final byte IN = 2;

    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(byte[].class);
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(SlotSet.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final int slots;

    /** Where each slot is. */
    private final byte[] places;

    private volatile int state;

    /** The slot to look at next. For the holder. */
    private int cursor;

    /**
     * A set with all slots in, which the caller holds.
     *
     * @param slots 1 to {@link #MAX_SLOTS}
     */
    SlotSet(int slots) {
        this.slots = slots;
        places = new byte[slots];
        Arrays.fill(places, IN);
        state = slots | HELD;
    }

    final int slots() {
        return slots;
    }

    /** Makes a cached slot live. For the thread that has it in a magazine; wait-free, a plain write. */
    final void handOut(int slot) {
        places[slot] = LIVE;
    }

    /**
     * Makes a live slot cached. For any thread; wait-free, one CAS.
     *
     * @return false if the slot is not live; then nothing changes
     */
    final boolean takeBack(int slot) {
        return SLOT.compareAndSet(places, slot, LIVE, CACHED);
    }

    /**
     * Marks a cached slot as in; it counts from the next {@link #putIn} on. For the thread that has it cached; wait-free.
     */
    final void markIn(int slot) {
        SLOT.setRelease(places, slot, IN);
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
     * Takes slots out. For the holder; lock-free. It looks from slot to slot for those that are in, at worst at all of them
     * once.
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
        while (next < from + taken) {
            int slot = cursor;
            if ((byte) SLOT.getAcquire(places, slot) == IN) {
                places[slot] = CACHED;
                rounds[next++] = tag | slot;
            }
            cursor = slot + 1 == slots ? 0 : slot + 1;
        }
        return taken;
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

    /** Whether a slot is live. For any thread; exact for a slot that no thread hands out or frees at this moment. */
    final boolean isLive(int slot) {
        return (byte) SLOT.getAcquire(places, slot) == LIVE;
    }

    /** Live slots. For any thread; exact when nobody allocates or frees at this moment. */
    final int live() {
        return count(LIVE);
    }

    /** Whether no slot is live. For any thread; exact when nobody allocates or frees at this moment. */
    final boolean isUnused() {
        for (int slot = 0; slot < slots; slot++) {
            if (places[slot] == LIVE) { // a benign race
                return false;
            }
        }
        return true;
    }

    private int count(byte place) {
        int count = 0;
        for (int slot = 0; slot < slots; slot++) {
            count += places[slot] == place ? 1 : 0; // a benign race
        }
        return count;
    }

    /** Bytes of the array behind this set. */
    final long placesBytes() {
        return 16L + places.length;
    }

    /**
     * Checks the invariants. For tests, when the set is quiet.
     *
     * @return how many slots are cached
     * @throws IllegalStateException naming the invariant that does not hold
     */
    final int checkInvariants() {
        int seen = state;
        int in = count(IN);
        require(in == (seen & COUNT), "the count is the number of slots that are in");
        require(in == 0 || (seen & HELD) != 0, "a set with a slot in is held");
        require((seen & RETIRED) == 0 || in == slots, "a retired set has all slots in");
        return count(CACHED);
    }

    private static void require(boolean holds, String invariant) {
        if (!holds) {
            throw new IllegalStateException("Invariant broken: " + invariant);
        }
    }
}
