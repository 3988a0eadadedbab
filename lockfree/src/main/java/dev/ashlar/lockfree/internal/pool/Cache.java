package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.spi.support.ThreadTable;
import dev.ashlar.spi.support.VarHandles;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The idle objects of one thread, or of the thread that occupies it as a stripe. Any other thread can take them too.
 *
 * <h2>Design</h2>
 *
 * <p>One object is in the front slot, where the next acquire finds it. The others are a stack in an array. Each of the
 * two has a word that describes its content. A thread that replaces the word by its successor has taken the object. It
 * reads the object first: if the word is still the same, so was the object.
 *
 * <p>A place keeps the reference to an object that was taken. If the object comes back to the same place, only the word
 * is stored, without the garbage collector's barriers. The cost: a place may refer to an object that is live, or that
 * another thread discarded, until the owner puts another one there or discards one itself.
 *
 * <p>If idle objects are bounded, places come from the {@link PlaceBudget} of the pool. A place stays with the cache
 * when its object is taken, so the object can return at once. Others may evict a place that has no object. Without a
 * budget, a cache has all its places from the start and keeps them.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Only the owner puts. Any thread takes, by CAS: wait-free from the front, lock-free from the stack. ABA cannot
 * happen: each word has a tag that every take raises, and while the tag stays the same, objects are only added. So a
 * word never returns to a value from before a take, and a CAS that expects such a value fails. The tag has 61 bits in
 * the front word and 52 in the other: 2^52 takes at 10 ns last more than a year.
 *
 * <p>In a cache that keeps its places only the owner changes an empty front, so a put is a store with release and not a
 * CAS. In other caches a place may be evicted at any time, so a put is a CAS.
 *
 * <p>After each put the owner checks whether the cache was retired. If so, it moves all objects to where other threads
 * find them. A thread that retires the cache of another thread takes its objects after a handshake with all threads
 * ({@link ThreadTable#evictAll}). Then it sees all objects that an owner put before its check.
 *
 * <p>Invariants: {@code top <= places <= limit}; the elements below {@code top} are not null. The front is not both
 * {@code IDLE} and {@code SHUT}. If it is {@code IDLE} it has an object. A front that keeps its place is neither {@code
 * SHUT} nor {@code SHARED}.
 */
public final class Cache extends ThreadTable.Entry {

    /** The most objects that a cache holds: the number behind the front is 6 bits of the word. */
    public static final int MOST = 64;

    /** The cache for threads without one. It never has an object, nor a place for one. */
    static final Cache NONE = new Cache(null, 1, false);

    /**
     * The word of the front: whether it has an object, whether it has no place, whether the place can be evicted, and
     * the tag.
     */
    private static final long IDLE = 1;

    private static final long SHUT = 2;
    private static final long SHARED = 4;

    /** A front that keeps its place and has no object. */
    private static final long EMPTY = 0;

    private static final long STATE = IDLE | SHUT | SHARED;
    private static final int FRONT_TAG_SHIFT = 3;
    private static final long ONE_FRONT_TAKE = 1L << FRONT_TAG_SHIFT;

    /** The word of the stack: the number of objects (6 bits), of places (6 bits), and the tag. */
    private static final int TOP = 63;

    private static final int PLACES_SHIFT = 6;
    private static final long ONE_PLACE = 1L << PLACES_SHIFT;
    private static final int TAG_SHIFT = 12;
    private static final long ONE_TAKE = 1L << TAG_SHIFT;

    private static final VarHandle FRONT = VarHandles.of(MethodHandles.lookup(), "front", long.class);
    private static final VarHandle REST = VarHandles.of(MethodHandles.lookup(), "rest", long.class);

    /** Whether its places cannot be evicted. */
    private final boolean keepsPlaces;

    private volatile boolean retired;

    private volatile long front;
    private @Nullable Object frontObject;

    private volatile long rest;

    /** The last element is no place: it keeps the fields of the next object out of this cache line. */
    private final @Nullable Object[] objects;

    /** The front at the last search for unused objects. Only for the thread that searches, one at a time. */
    private long frontSeen = -1;

    /**
     * The fewest objects of the stack since the last search. Takers write it without order. A lost value is benign: a
     * used object is then discarded as unused.
     */
    private int low;

    /** How many takes were reported. Guarded by this. */
    private long reported;

    /**
     * An empty cache.
     *
     * @param thread its thread, or null for a stripe
     * @param limit how many objects it holds at most, 1 to {@link #MOST}
     * @param keepsPlaces whether it has all its places from the start, and they cannot be evicted
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

    /**
     * Takes an object, or null if there is none. It is the one that was put last, unless another thread took it.
     * Lock-free.
     */
    public @Nullable Object take() {
        Object object = takeFront();
        return object == null ? takeBehind() : object;
    }

    /** Takes the object of the front, or null. For any thread; wait-free, one CAS. */
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

    /** Takes the last object of the stack. For any thread; lock-free. */
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

    /** Puts an object into a place, if there is one. For the owner; lock-free. */
    public boolean put(Object object) {
        return putFront(object) || putBehind(object, 0);
    }

    /** Puts an object into the front, if it has a place. For the owner; wait-free, a store or one CAS. */
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
        if (frontObject != object) { // a store of the same reference would have a barrier too
            frontObject = object;
        }
    }

    /**
     * Puts an object into a new place from the budget. For the owner; lock-free.
     *
     * @return false if the cache already has all its places; then the caller keeps the new place
     */
    public boolean putIntoNewPlace(Object object) {
        long seen = front;
        if ((seen & SHUT) != 0) { // only the owner opens a front
            frontObject = object;
            front = seen - SHUT + IDLE;
            return true;
        }
        return putBehind(object, 1);
    }

    /** Puts an object onto the stack, into an own place or a new one. For the owner; lock-free. */
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

    /** Evicts one place without an object. For any thread; false if there is none, or if the cache keeps its places. */
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

    /** Retires the cache: its owner stops using it. */
    void retire() {
        retired = true;
    }

    /** Whether the owner must move its objects and find another cache. */
    public boolean isRetired() {
        return retired;
    }

    /** Drops references to objects that were taken, because an object is discarded. For the owner. */
    void forget() {
        if ((front & IDLE) == 0) {
            frontObject = null;
        }
        Arrays.fill(objects, top(rest), objects.length, null);
    }

    /**
     * How many objects were unused since the last call, and are still here. Starts a new period. For one thread at a
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

    /** How many objects were taken from here, without the takes that were reported. */
    synchronized long takes() {
        return (front >>> FRONT_TAG_SHIFT) + (rest >>> TAG_SHIFT) - reported;
    }

    /** The same, and marks them as reported. */
    synchronized long reportTakes() {
        long takes = takes();
        reported += takes;
        return takes;
    }

    /** How many places of the pool's budget this cache has. */
    int places() {
        return keepsPlaces ? 0 : ((front & SHUT) == 0 ? 1 : 0) + places(rest);
    }

    /** Checks the invariants. For tests, while no other thread uses the cache. */
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
