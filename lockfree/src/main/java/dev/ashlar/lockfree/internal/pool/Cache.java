package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.spi.support.ThreadTable;
import dev.ashlar.spi.support.VarHandles;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The idle objects of one thread, or of whoever occupies it as a stripe, which any other thread can take as well.
 *
 * <h2>Design</h2>
 *
 * <p>One object lies in the front slot, where the next acquire finds it. Those behind it are a stack in an array. Each
 * of the two has a word that says what is there, and whoever replaces the word by its successor has taken the object.
 * The object is read before that: if the word is still the same, so was the object.
 *
 * <p>An object that comes back to the place it was taken from is still referred to there, and nothing is stored but the
 * word. Keeping that reference spares the garbage collector's barriers; the price is that a place may refer to an
 * object that is live or was discarded by another thread, until the owner puts another there or discards one itself.
 *
 * <p>Where idle objects are bounded, the places for objects come from its {@link PlaceBudget}. A place stays with the
 * cache when its object is taken, so that the object can return without asking; others may evict a place that has no
 * object. Where the pool has none, a cache has all its places from the start and keeps them.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Only the owner puts. Anybody takes, by CAS: wait-free from the front, lock-free behind it. ABA cannot happen: each
 * word has a tag that every take raises, and while the tag stays the same objects are only added. So a word never has a
 * value again that it had before a take, and a CAS that expects such a value fails. The tag has 61 bits in front and 52
 * behind: 2^52 takes at 10 ns are more than a year of one thread doing nothing else.
 *
 * <p>In a cache that keeps its places an empty front is changed by its owner only, so a put need not be a CAS: it is a
 * store with release. Elsewhere a place may be evicted at any time; there a put is a CAS.
 *
 * <p>A cache that is retired is out of service. The owner looks after each put whether it is, and if so moves
 * everything to where it is found. A thread that retires the cache of another takes what is in it after a handshake
 * with all threads ({@link ThreadTable#evictAll}): then it sees what an owner has put that
 * looked before.
 *
 * <p>Invariants: {@code top <= places <= limit}; the elements below {@code top} are not null; the front is not both
 * {@code IDLE} and {@code SHUT}, and if it is {@code IDLE} there is an object; one that keeps its place is neither
 * {@code SHUT} nor {@code SHARED}.
 */
public final class Cache extends ThreadTable.Entry {

    /** The most objects that a cache holds: the number behind the front is 6 bits of the word. */
    public static final int MOST = 64;

    /** The cache of threads that have none: there is never an object in it, nor a place for one. */
    static final Cache NONE = new Cache(null, 1, false);

    /** The word in front: is there an object; is there no place; can the place be evicted; and the tag. */
    private static final long IDLE = 1;

    private static final long SHUT = 2;
    private static final long SHARED = 4;

    /** A front that keeps its place and has no object. */
    private static final long EMPTY = 0;

    private static final long STATE = IDLE | SHUT | SHARED;
    private static final int FRONT_TAG_SHIFT = 3;
    private static final long ONE_FRONT_TAKE = 1L << FRONT_TAG_SHIFT;

    /** The word behind the front: the number of objects, 6 bits; the places, 6 bits; the tag. */
    private static final int TOP = 63;

    private static final int PLACES_SHIFT = 6;
    private static final long ONE_PLACE = 1L << PLACES_SHIFT;
    private static final int TAG_SHIFT = 12;
    private static final long ONE_TAKE = 1L << TAG_SHIFT;

    private static final VarHandle FRONT = VarHandles.of(MethodHandles.lookup(), "front", long.class);
    private static final VarHandle REST = VarHandles.of(MethodHandles.lookup(), "rest", long.class);

    /** Whether nobody evicts its places. */
    private final boolean keepsPlaces;

    private volatile boolean retired;

    private volatile long front;
    private @Nullable Object frontObject;

    private volatile long rest;

    /** The last element is beyond all places: it keeps the next object's fields out of this one's cache line. */
    private final @Nullable Object[] objects;

    /** The front when somebody looked for what is unused. For those who look, one at a time. */
    private long frontSeen = -1;

    /**
     * The fewest objects behind the front since somebody looked. Written by whoever takes, without order: that a value
     * is lost is benign, because an object that was used is then discarded as one that was not.
     */
    private int low;

    /** How many takes were reported. Guarded by this. */
    private long reported;

    /**
     * An empty cache.
     *
     * @param thread whose it is, or null for a stripe
     * @param limit how many objects it holds at most, 1 to {@link #MOST}
     * @param keepsPlaces whether it has all its places from the start, and nobody evicts them
     */
    public Cache(@Nullable Thread thread, int limit, boolean keepsPlaces) {
        super(thread);
        this.keepsPlaces = keepsPlaces;
        this.front = keepsPlaces ? EMPTY : SHUT | SHARED;
        this.objects = new @Nullable Object[limit];
        this.rest = keepsPlaces ? (limit - 1) * ONE_PLACE : 0;
    }

    private int limit() {
        return objects.length - 1;
    }

    private static int top(long rest) {
        return (int) rest & TOP;
    }

    private static int places(long rest) {
        return (int) (rest >>> PLACES_SHIFT) & TOP;
    }

    /** Takes an object, the one that was put last if others took none; or null if there is none. Lock-free. */
    public @Nullable Object take() {
        Object object = takeFront();
        return object == null ? takeBehind() : object;
    }

    /** Takes the object in front, or nothing. For any thread; wait-free, one CAS. */
    private @Nullable Object takeFront() {
        long seen = front;
        if ((seen & IDLE) != 0) {
            Object object = frontObject;
            if (FRONT.compareAndSet(this, seen, seen - IDLE + ONE_FRONT_TAKE)) {
                return object;
            }
        }
        return null;
    }

    /** Takes the last object behind the front. For any thread; lock-free. */
    @Nullable Object takeBehind() {
        while (true) {
            long seen = rest;
            int top = top(seen);
            if (top == 0) {
                return null;
            }
            Object object = objects[top - 1];
            if (REST.compareAndSet(this, seen, seen - 1 + ONE_TAKE)) {
                if (top - 1 < low) {
                    low = top - 1;
                }
                return object;
            }
            Thread.onSpinWait();
        }
    }

    /** Puts an object where there is a place. For the owner; lock-free. */
    public boolean put(Object object) {
        return putFront(object) || putBehind(object, 0);
    }

    /** Puts an object in front if there is a place. For the owner; wait-free, a store, or one CAS. */
    private boolean putFront(Object object) {
        long seen = front;
        if ((seen & STATE) == EMPTY) {
            refer(object);
            FRONT.setRelease(this, seen + IDLE);
            return true;
        }
        if ((seen & STATE) == SHARED) {
            refer(object);
            return FRONT.compareAndSet(this, seen, seen + IDLE);
        }
        return false;
    }

    private void refer(Object object) {
        if (frontObject != object) { // a store that changes nothing has a barrier too
            frontObject = object;
        }
    }

    /**
     * Puts an object into a place that was taken for it. For the owner; lock-free.
     *
     * @return false if the cache has all its places; then the new one is still the caller's
     */
    public boolean putIntoNewPlace(Object object) {
        long seen = front;
        if ((seen & SHUT) != 0) { // only its owner opens a front
            frontObject = object;
            front = seen - SHUT + IDLE;
            return true;
        }
        return putBehind(object, 1);
    }

    /** Puts an object behind the front, into a place that it has or a new one. For the owner; lock-free. */
    boolean putBehind(Object object, int newPlaces) {
        while (true) {
            long seen = rest;
            int top = top(seen);
            int places = places(seen) + newPlaces;
            if (top >= places || places > limit()) {
                return false;
            }
            objects[top] = object;
            if (REST.compareAndSet(this, seen, seen + 1 + newPlaces * ONE_PLACE)) {
                return true;
            }
            Thread.onSpinWait();
        }
    }

    /** Evicts one place that has no object. For any thread; false if there is none, or it keeps its places. */
    public boolean evictPlace() {
        if (keepsPlaces) {
            return false;
        }
        while (true) {
            long seen = rest;
            if (places(seen) == top(seen)) {
                break;
            }
            if (REST.compareAndSet(this, seen, seen - ONE_PLACE)) {
                return true;
            }
            Thread.onSpinWait();
        }
        long seen = front;
        return (seen & STATE) == SHARED && FRONT.compareAndSet(this, seen, seen + SHUT);
    }

    /** Tells the owner not to use it any more. */
    void retire() {
        retired = true;
    }

    /** Whether the owner must move what it has put in, and look for another cache. */
    public boolean isRetired() {
        return retired;
    }

    /** Drops the references to objects that are here no more, because one is discarded. For the owner. */
    void forget() {
        if ((front & IDLE) == 0) {
            frontObject = null;
        }
        Arrays.fill(objects, top(rest), objects.length, null);
    }

    /**
     * How many objects nobody took since it was asked last, and which are still here. Begins anew. For one thread at a
     * time.
     *
     * @return how many objects to {@link #take}
     */
    int unused() {
        long frontNow = front;
        int unused = (frontNow & IDLE) != 0 && frontNow == frontSeen ? 1 : 0;
        frontSeen = frontNow;
        int top = top(rest);
        unused += Math.min(low, top);
        low = top;
        return unused;
    }

    /** How many objects are here. */
    public int size() {
        return (int) (front & IDLE) + top(rest);
    }

    /** How many objects were taken from here, but for those takes that were reported. */
    synchronized long takes() {
        return (front >>> FRONT_TAG_SHIFT) + (rest >>> TAG_SHIFT) - reported;
    }

    /** The same, which are reported by that. */
    synchronized long reportTakes() {
        long takes = takes();
        reported += takes;
        return takes;
    }

    /** How many places of the pool's budget it has. */
    int places() {
        return keepsPlaces ? 0 : ((front & SHUT) == 0 ? 1 : 0) + places(rest);
    }

    /** Checks the invariants. For tests, when nobody is at work. */
    public void checkInvariants() {
        long word = front;
        int top = top(rest);
        boolean holds = (word & (IDLE | SHUT)) != (IDLE | SHUT)
                && (!keepsPlaces || (word & (SHUT | SHARED)) == 0)
                && ((word & IDLE) == 0 || frontObject != null)
                && top <= places(rest)
                && places(rest) <= limit();
        for (int i = 0; i < top; i++) {
            holds &= objects[i] != null;
        }
        if (!holds) {
            throw new IllegalStateException("Invariant broken: state of the front " + (word & STATE) + ", object there "
                    + frontObject + ", top " + top + ", places " + places(rest) + " of " + limit());
        }
    }
}
