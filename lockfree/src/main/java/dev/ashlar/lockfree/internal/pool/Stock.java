package dev.ashlar.lockfree.internal.pool;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The idle objects of a pool: where they are kept, found, and let go of.
 *
 * <h2>Design</h2>
 *
 * <p>An object that comes back goes to the thread's cache, or if that is full to the shared tier. An acquire looks into the
 * thread's cache, then into the shared tier, then into all other caches. So an object that is idle anywhere is found, and
 * nothing is stranded with a thread that has ended or sleeps.
 *
 * <p>Every idle object has a place, which the {@link Room} hands out. A cache keeps places whose objects were taken. When
 * there are none left, whoever needs one takes an unused one away from a cache. As long as the capacity was never bounded,
 * places need not be taken away, and caches are sovereign, which makes a put cheaper; {@link #changeCapacity} replaces these.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Lock-free. Whoever puts something looks afterwards whether the stock was closed, the cache retired, or the room
 * overdrawn meanwhile, and if so clears up what it has done. Whoever closes, retires or shrinks says so before it clears
 * up. So of two that race at least one sees the other.
 *
 * <h2>Failure</h2>
 *
 * <p>What is let go of is destroyed by code of the user, which runs on the thread that noticed. It must not throw here.
 */
public abstract class Stock extends Inventory {

    private final int cacheSize;
    final Counters counters;
    private volatile boolean sovereign;

    /**
     * An empty stock.
     *
     * @param capacity how many objects are kept at most, 0 for any number
     * @param cacheSize objects in a thread's cache at most, 1 to {@link Cache#MOST}
     * @param counters is told what cannot be seen from the caches
     */
    Stock(int capacity, int cacheSize, Counters counters) {
        super(capacity);
        this.sovereign = capacity == 0;
        this.cacheSize = cacheSize;
        this.counters = counters;
    }

    /** Ends an object that is not kept. Must not throw. */
    abstract void letGo(Object object);

    /** A cache for {@link Caches}. */
    @Override
    final Cache newCache(@Nullable Thread thread) {
        if (sovereign) {
            room.takeAnyway(cacheSize);
        }
        return new Cache(thread, cacheSize, sovereign);
    }

    /** Takes an idle object, or null if there is none. Lock-free. */
    final @Nullable Object takeIdle() {
        Cache cache = enter();
        Object object = null;
        try {
            object = cache == null ? null : cache.take();
        } finally {
            exit(cache);
        }
        if (object == null) {
            object = takeShared();
        }
        return object == null ? steal() : object;
    }

    private @Nullable Object takeShared() {
        Object object = shared.pop();
        if (object != null) {
            room.give(1);
            counters.sharedTake();
        }
        return object;
    }

    private @Nullable Object steal() {
        @Nullable Object[] stolen = new @Nullable Object[1];
        visit(cache -> {
            stolen[0] = cache.take();
            return stolen[0] != null;
        });
        return stolen[0];
    }

    /**
     * Keeps an object that nobody uses any more.
     *
     * @return false if there is no place for it
     */
    final boolean keep(Object object) {
        if (closed) {
            return false;
        }
        Cache cache = enter();
        try {
            if (cache != null && cache.put(object)) {
                return true;
            }
            if (!takeRoom()) {
                return false;
            }
            if (cache != null && cache.putIntoNewRoom(object)) {
                return true;
            }
            if (shared.push(object)) {
                return true;
            }
            room.give(1);
            return false;
        } finally {
            if (cache != null && cache.isRetired()) {
                clearUp(cache);
            }
            exit(cache);
            if (closed || room.isOverdrawn()) {
                settle();
            }
        }
    }

    private boolean takeRoom() {
        return room.take() || visit(Cache::giveUpRoom);
    }

    /** Takes out what was put into a cache that was retired meanwhile. For its owner. */
    final void clearUp(Cache cache) {
        relocateAll(cache);
        cache.forgetTaken();
    }

    /** Moves all objects of a cache, and leaves its room as it is. */
    private void relocateAll(Cache cache) {
        for (Object object = cache.take(); object != null; object = cache.take()) {
            counters.movedOut();
            if (keep(object)) {
                counters.movedIn();
            } else {
                letGo(object);
            }
        }
    }

    @Override
    final void takeOver(Cache cache) {
        room.give(cache.retire());
        emptyRetired(cache);
        cache.forgetTaken();
        counters.adopt(cache.takes());
    }

    /** Gives up the places of a cache that is retired, and moves its objects. */
    private void emptyRetired(Cache cache) {
        relocateAll(cache);
        while (cache.giveUpRoom()) {
            room.give(1);
        }
    }

    /**
     * Changes how many objects are kept, and discards those that are too many.
     *
     * @param newCapacity 0 for any number
     */
    final void changeCapacity(int newCapacity) {
        if (change(newCapacity)) {
            replaceCaches(false);
        }
        settle();
    }

    /** Changes the capacity; true if it had no bound until now, so that caches are sovereign that must not be. */
    private synchronized boolean change(int newCapacity) {
        room.resize(capacity, newCapacity);
        capacity = newCapacity;
        boolean bounding = sovereign && newCapacity != 0;
        sovereign &= !bounding;
        return bounding;
    }

    /** Discards everything, and whatever is put from now on is not kept. */
    final void closeStock() {
        closed = true;
        replaceCaches(true);
        settle();
    }

    private void replaceCaches(boolean closing) {
        List<Cache> before = retireAll(closing);
        before.forEach(cache -> room.give(cache.retire()));
        before.forEach(this::emptyRetired);
    }

    /**
     * Refuses to go on when it is closed; and clears up once more, because an object that was put into a sovereign cache
     * while it was closed may have become visible since.
     */
    final void requireOpen() {
        if (closed) {
            settle();
            throw new IllegalStateException("The pool is closed");
        }
    }

    /** Sees to it that no more is kept than there may be, when the capacity has shrunk, and nothing when closed. */
    private void settle() {
        while (closed || room.isOverdrawn()) {
            if (!closed && visit(Cache::giveUpRoom)) {
                room.give(1);
            } else if (!discardOne()) {
                return; // what is under way is seen to by whoever has it
            }
        }
    }

    private boolean discardOne() {
        Object object = takeShared();
        if (object == null) {
            object = steal();
        }
        if (object != null) {
            counters.movedOut();
            letGo(object);
        }
        return object != null;
    }

    /**
     * Discards what nobody needed since this was called last. For one thread at a time.
     *
     * @return how many objects
     */
    final int discardUnused() {
        removeEnded().forEach(this::takeOver);
        int[] discarded = {0};
        visit(cache -> {
            for (int unused = cache.unused(); unused > 0; unused--) {
                discarded[0] += discardOrNothing(cache.take());
            }
            return false;
        });
        for (int unused = shared.unused(); unused > 0; unused--) {
            discarded[0] += discardOrNothing(takeShared());
        }
        return discarded[0];
    }

    private int discardOrNothing(@Nullable Object object) {
        if (object == null) {
            return 0; // somebody needed it after all
        }
        counters.movedOut();
        letGo(object);
        return 1;
    }

    /** Lets go of a reference that the thread's cache may have to an object that is discarded. */
    final void forget(Object object) {
        Cache mine = mine();
        if (mine != null) {
            mine.forget(object);
        }
    }
}
