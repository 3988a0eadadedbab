package dev.ashlar.lockfree.internal.pool;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The idle objects of one thread, or of whoever has locked it as a stripe, which any other thread can take as well.
 *
 * <h2>Design</h2>
 *
 * <p>One object lies in front, where the next acquire finds it. Those behind it are a stack in an array. Both have a word
 * that says what is there and counts how often something was taken, and whoever replaces the word by its successor has
 * taken the object. The object is read before that: if the word is still the same, so was the object.
 *
 * <p>An object that comes back to the place it was taken from is still referred to there, and nothing is stored but the
 * word. Keeping that reference spares the garbage collector's barriers; the price is that the front may refer to an object
 * that is live or was discarded, until another takes its place.
 *
 * <p>Places for objects are room, which the {@link Room} of the pool hands out and takes back. A place stays with the cache
 * when its object is taken, so that the object can return without asking.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Only the owner puts. Anybody takes, by CAS: wait-free from the front, lock-free behind it. The tag, which each take
 * raises, makes ABA impossible: a word that was seen once is never there again after a take, and what a put does to it any
 * number of puts between two takes cannot undo. It has 61 bits in front and 52 behind, more than 2^52 takes at 10 ns,
 * which is a year of one thread doing nothing else.
 *
 * <p>Where the number of idle objects has no bound nobody ever takes room away from an owner, so that an empty front
 * changes by its owner only, and a put need not be a CAS: it is a store with release. Such a cache is called
 * <em>sovereign</em>. Others may lose room at any time; there a put is a CAS.
 *
 * <p>A cache that is retired belongs to nobody any more: the owner looks at that after each put, and takes out again what it
 * put in too late. For a sovereign cache the look may come before its own store is visible to others, which lasts as long
 * as the processor takes to write it back: an object put in that moment stays until its owner or somebody who steals
 * looks again.
 *
 * <p>Invariant: {@code top <= room <= places}; the elements below {@code top} are not null; and that of {@link Front}.
 */
public final class Cache extends Front {

    /** The most objects that a cache holds: the number behind the front is 6 bits of the word. */
    public static final int MOST = 64;

    /** The word behind the front: the number of objects, 6 bits; the room, 6 bits; the tag. */
    private static final int TOP = 63;

    private static final int ROOM_SHIFT = 6;
    private static final long ONE_ROOM = 1L << ROOM_SHIFT;
    private static final int TAG_SHIFT = 12;
    private static final long ONE_POP = 1L << TAG_SHIFT;

    private static final VarHandle REST;
    private static final VarHandle BUSY;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            REST = lookup.findVarHandle(Cache.class, "rest", long.class);
            BUSY = lookup.findVarHandle(Cache.class, "busy", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile boolean retired;

    private volatile long rest;

    /** The last element is beyond all places: it keeps the next object's fields out of this one's cache line. */
    private final @Nullable Object[] objects;

    /**
     * The fewest objects behind the front since somebody looked. Written by whoever pops, without order: that a value is
     * lost is benign, because an object that was used is then let go of as one that was not.
     */
    private int low;

    /** How often the owner put something while somebody had to be told. For the owner. */
    private int watchedPuts;

    /** A stripe's lock. */
    private volatile boolean busy;

    /**
     * An empty cache.
     *
     * @param thread whose it is, or null for a stripe
     * @param places how many objects it holds at most, 1 to {@link #MOST}
     * @param sovereign whether it has all its room and keeps it
     */
    public Cache(@Nullable Thread thread, int places, boolean sovereign) {
        super(sovereign);
        this.thread = thread;
        this.objects = new @Nullable Object[places];
        this.rest = sovereign ? (places - 1) * ONE_ROOM : 0;
    }

    private int places() {
        return objects.length - 1;
    }

    private static int top(long rest) {
        return (int) rest & TOP;
    }

    private static int room(long rest) {
        return (int) (rest >>> ROOM_SHIFT) & TOP;
    }

    /** Takes an object, the one that was put last if nothing was stolen; or null if there is none. Lock-free. */
    public @Nullable Object take() {
        Object object = takeFront();
        return object == null ? takeBehind() : object;
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
            if (REST.compareAndSet(this, seen, seen - 1 + ONE_POP)) {
                if (top - 1 < low) {
                    low = top - 1;
                }
                return object;
            }
            Thread.onSpinWait();
        }
    }

    /** Puts an object where there is room. For the owner; lock-free. */
    public boolean put(Object object) {
        return putFront(object) || putBehind(object, 0);
    }

    /**
     * Puts an object into room that was taken for it. For the owner; lock-free.
     *
     * @return false if there is no place; then the room is still the caller's
     */
    public boolean putIntoNewRoom(Object object) {
        return openFront(object) || putBehind(object, 1);
    }

    /** Puts an object behind the front, into its room or new room that is added. For the owner; lock-free. */
    boolean putBehind(Object object, int newRoom) {
        while (true) {
            long seen = rest;
            int top = top(seen);
            int room = room(seen) + newRoom;
            if (top >= room || room > places()) {
                return false;
            }
            objects[top] = object;
            if (REST.compareAndSet(this, seen, seen + 1 + newRoom * ONE_ROOM)) {
                return true;
            }
            Thread.onSpinWait();
        }
    }

    /** Gives up one place that has no object. For any thread; false if there is none to give. */
    public boolean giveUpRoom() {
        while (true) {
            long seen = rest;
            if (room(seen) == top(seen)) {
                break;
            }
            if (REST.compareAndSet(this, seen, seen - ONE_ROOM)) {
                return true;
            }
            Thread.onSpinWait();
        }
        return shutFront();
    }

    /**
     * Tells the owner not to use it any more.
     *
     * @return the room that this gives up, because {@link #giveUpRoom} cannot: the owner may be using it this moment
     */
    int retire() {
        int given = sovereign && !retired ? 1 : 0;
        retired = true;
        return given;
    }

    /** Whether the owner must take out what it has put in, and look for another cache. */
    public boolean isRetired() {
        return retired;
    }

    /** Lets go of the references to objects that are not here any more. For the owner, or when nobody puts. */
    void forgetTaken() {
        forgetFront();
        for (int i = top(rest); i < objects.length; i++) {
            objects[i] = null;
        }
    }

    /** Lets go of the reference to an object that is discarded. For the owner. */
    void forget(Object object) {
        if (lastInFront() == object) {
            forgetFront();
        }
        int top = top(rest);
        if (objects[top] == object) {
            objects[top] = null;
        }
    }

    /**
     * How many objects nobody took since it was asked last, and which are still here. Begins anew. For one thread at a time.
     *
     * @return how many objects to {@link #take}
     */
    int unused() {
        int unused = isFrontUnused() ? 1 : 0;
        int top = top(rest);
        unused += Math.min(low, top);
        low = top;
        return unused;
    }

    /** Whether it is time for the owner to look at the clock, which takes longer than all else. For the owner. */
    public boolean isTimeToLook() {
        watchedPuts++;
        return (watchedPuts & 15) == 0;
    }

    /** How many objects are here. */
    public int size() {
        return frontSize() + top(rest);
    }

    /** How many objects were taken from here. */
    public long takes() {
        return frontTakes() + (rest >>> TAG_SHIFT);
    }

    /** How many objects there is room for, with those that are here. */
    int room() {
        boolean frontIsGiven = isFrontShut() || (sovereign && retired);
        return (frontIsGiven ? 0 : 1) + room(rest);
    }

    boolean isOfEndedThread() {
        Thread owner = thread;
        return owner != null && !owner.isAlive();
    }

    /** Locks a stripe if it is free; never waits. */
    boolean tryLock() {
        return !busy && BUSY.compareAndSet(this, false, true);
    }

    void unlock() {
        busy = false;
    }

    /** Checks the invariant. For tests, when nobody is at work. */
    public void checkInvariants() {
        checkFront();
        int top = top(rest);
        boolean holds = top <= room(rest) && room(rest) <= places();
        for (int i = 0; i < top; i++) {
            holds &= objects[i] != null;
        }
        if (!holds) {
            throw new IllegalStateException(
                    "Invariant broken: top " + top + ", room " + room(rest) + " of " + places());
        }
    }
}
