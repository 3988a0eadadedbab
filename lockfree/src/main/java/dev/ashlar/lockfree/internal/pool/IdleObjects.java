package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.lockfree.internal.pool.Counters.Event;
import dev.ashlar.spi.support.Closing;
import dev.ashlar.spi.support.Stripes;
import dev.ashlar.spi.support.ThreadTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The idle objects of a pool: where they are kept and found, and how many are retained.
 *
 * <h2>Design</h2>
 *
 * <p>A platform thread has a {@link Cache} of its own in a {@link ThreadTable}; virtual threads, and platform threads
 * that would have to wait for one, share {@link Stripes}. An object that comes back goes to the thread's cache, or if
 * that is full to the shared tier. An acquire looks into the thread's cache, then into the shared tier, then into all
 * other caches. So an object that is idle anywhere is found, and nothing is stranded with a thread that sleeps. The
 * caches of threads that have ended are adopted by a thread that registers, which removes them from the table, and when
 * the pool is tidied.
 *
 * <p>Every idle object has a place of a {@link PlaceBudget}. A cache keeps places whose objects were taken. When there
 * are none left, whoever needs one evicts it from a cache. As long as the capacity was never bounded, nobody counts
 * places of threads' caches, which makes a put cheaper; {@link #resize} replaces these caches.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Lock-free. Whoever puts something looks afterwards whether the pool was closed or the cache retired meanwhile, and
 * moves what it has put; whoever closes, retires or shrinks says so before it evicts. So of two that race at least one
 * sees the other. ({@link Cache} has no compare-and-set between the put and the look: {@link ThreadTable#evictAll}
 * makes up for that by a handshake.)
 *
 * <h2>Failure</h2>
 *
 * <p>What is evicted is destroyed by code of the user in {@link #settle}, after an operation has done all else: every
 * object, also behind one whose destroyer throws. A {@code RuntimeException} is logged; the first {@code Error} is
 * thrown at the end.
 *
 * @param <T> the type of the objects
 */
final class IdleObjects<T> {

    private final int cacheSize;
    private final Counters counters;
    private final ObjectLifecycle<T> lifecycle;
    private final Consumer<? super Cache> registered;
    private final ThreadTable<Cache> threads = new ThreadTable<>(this::newCache, Cache::retire);
    private volatile Stripes<Cache> stripes;
    private final SharedTier shared = new SharedTier();
    private final PlaceBudget places;

    /** Objects that are not retained any more, until the operation that evicted them is done. */
    private final Queue<Object> evicted = new ConcurrentLinkedQueue<>();

    private volatile int capacity;
    private volatile boolean closed;

    /** Whether the capacity was ever bounded. */
    private volatile boolean bounded;

    /**
     * No objects yet.
     *
     * @param capacity how many are retained at most, 0 for any number
     * @param cacheSize objects in a thread's cache at most, 1 to {@link Cache#MOST}
     * @param registered is told of each cache that is made for a thread, by that thread, and exclusively ({@link
     *     ThreadTable#exclusively})
     */
    IdleObjects(
            int capacity,
            int cacheSize,
            Counters counters,
            ObjectLifecycle<T> lifecycle,
            Consumer<? super Cache> registered) {
        this.capacity = capacity;
        this.bounded = capacity != 0;
        this.places = new PlaceBudget(capacity);
        this.cacheSize = cacheSize;
        this.counters = counters;
        this.lifecycle = lifecycle;
        this.registered = registered;
        this.stripes = newStripes();
    }

    private Cache newCache(Thread thread) {
        Cache cache = new Cache(thread, cacheSize, !bounded);
        registered.accept(cache);
        return cache;
    }

    private Stripes<Cache> newStripes() {
        return new Stripes<>(() -> new Cache(null, cacheSize, false));
    }

    /** Whose cache is whose. */
    ThreadTable<Cache> threads() {
        return threads;
    }

    int capacity() {
        return capacity;
    }

    boolean isClosed() {
        return closed;
    }

    /** A cache for one operation, which {@link #exit exits} after it; or null if there is none now. Never waits. */
    private @Nullable Cache enter() {
        Cache mine = threads.mine();
        if (mine != null || closed) {
            return mine;
        }
        Thread thread = Thread.currentThread();
        if (!thread.isVirtual()) {
            mine = threads.tryRegister();
            if (mine != null) {
                adopt(threads.pollRemoved());
                return mine;
            }
        }
        return stripes.occupyOne(thread);
    }

    private static void exit(@Nullable Cache cache) {
        if (cache != null && !cache.hasThread()) {
            cache.vacate();
        }
    }

    /** Takes an idle object, or null if there is none; {@link #settle} must follow. Lock-free. */
    @Nullable Object take() {
        Object object = takeKnown();
        return object == null && adopt(threads.pollRemoved()) ? takeKnown() : object;
    }

    private @Nullable Object takeKnown() {
        Cache cache = enter();
        Object object = cache == null ? null : cache.take();
        exit(cache);
        return object == null ? takeFromOthers() : object;
    }

    private @Nullable Object takeFromOthers() {
        Object object = takeShared();
        return object == null ? steal() : object;
    }

    private @Nullable Object takeShared() {
        Object object = shared.pop();
        if (object != null) {
            places.release();
            counters.count(Event.SHARED_TAKE);
        }
        return object;
    }

    private @Nullable Object steal() {
        @Nullable Object[] stolen = new @Nullable Object[1];
        isAnyCache(cache -> {
            stolen[0] = cache.take();
            return stolen[0] != null;
        });
        return stolen[0];
    }

    /**
     * Keeps an object that nobody uses any more; {@link #settle} must follow.
     *
     * @return false if there is no place for it
     */
    boolean keep(Object object) {
        if (closed) {
            return false;
        }
        Cache cache = enter();
        try {
            return (cache != null && cache.put(object)) || (takePlace() && putIntoPlace(cache, object));
        } finally {
            if (cache != null && (closed || cache.isRetired())) {
                evacuate(cache);
            }
            exit(cache);
        }
    }

    private boolean takePlace() {
        return places.take() || isAnyCache(Cache::evictPlace);
    }

    private boolean putIntoPlace(@Nullable Cache cache, Object object) {
        boolean put = (cache != null && cache.putIntoNewPlace(object)) || shared.push(object);
        if (!put) {
            places.release();
        }
        return put;
    }

    /**
     * Moves all objects of a cache that is out of service to where they are found, and releases its places; {@link
     * #settle} must follow.
     */
    void evacuate(Cache cache) {
        List<Object> moved = new ArrayList<>();
        for (Object object = cache.take(); object != null; object = cache.take()) {
            moved.add(object);
        }
        while (cache.evictPlace()) {
            places.release();
        }
        counters.count(Event.FORMER_TAKE, cache.reportTakes());
        for (Object object : moved) {
            counters.count(Event.MOVED_OUT);
            if (keep(object)) {
                counters.count(Event.MOVED_IN);
            } else {
                evicted.add(object);
            }
        }
    }

    /** Takes over caches of ended threads that were removed from the table, beginning with this one if there is one. */
    private boolean adopt(@Nullable Cache first) {
        for (Cache ended = first; ended != null; ended = threads.pollRemoved()) {
            evacuate(ended);
        }
        return first != null;
    }

    /**
     * Evicts objects that are too many, and destroys what was evicted. Ends each operation but those on the short path.
     */
    void settle() {
        while (closed || places.isOverdrawn()) {
            if (!closed && isAnyCache(Cache::evictPlace)) {
                places.release();
            } else if (evict(takeFromOthers()) == 0) {
                break; // what is under way is seen to by whoever has it
            }
        }
        if (!evicted.isEmpty()) {
            destroyEvicted();
        }
    }

    /** How many objects were evicted: none if another needed it after all. */
    private int evict(@Nullable Object object) {
        if (object == null) {
            return 0;
        }
        counters.count(Event.MOVED_OUT);
        evicted.add(object);
        return 1;
    }

    private void destroyEvicted() {
        List<Object> all = new ArrayList<>();
        for (Object object = evicted.poll(); object != null; object = evicted.poll()) {
            forget(object);
            all.add(object);
        }
        Closing.each(all, object -> lifecycle.discard(cast(object)));
    }

    @SuppressWarnings("unchecked") // only what the factory made, or was released as a T, comes in
    private T cast(Object object) {
        return (T) object;
    }

    /** Drops a reference that the thread's cache may have to an object that is discarded. */
    void forget(Object object) {
        Cache mine = threads.mine();
        if (mine != null) {
            mine.forget(object);
        }
    }

    /**
     * Discards what nobody needed since this was called last. For one thread at a time.
     *
     * @return how many objects
     */
    int discardUnused() {
        adopt(threads.pollEnded());
        int[] discarded = {0};
        isAnyCache(cache -> {
            for (int unused = cache.unused(); unused > 0; unused--) {
                discarded[0] += evict(cache.take());
            }
            return false;
        });
        for (int unused = shared.unused(); unused > 0; unused--) {
            discarded[0] += evict(takeShared());
        }
        settle();
        return discarded[0];
    }

    /**
     * Changes how many objects are retained, and discards those that are too many.
     *
     * @param newCapacity 0 for any number
     */
    void resize(int newCapacity) {
        if (changeCapacity(newCapacity)) {
            threads.evictAll().forEach(this::evacuate);
        }
        settle();
    }

    /** Changes the capacity; true if it had no bound until now, so that there are caches that keep their places. */
    private synchronized boolean changeCapacity(int newCapacity) {
        boolean bounding = !bounded && newCapacity != 0;
        bounded |= bounding;
        places.resize(capacity, newCapacity);
        capacity = newCapacity;
        return bounding;
    }

    /** Discards everything, and keeps nothing from now on. */
    void close() {
        closed = true;
        Stripes<Cache> former = stripes;
        stripes = newStripes();
        threads.evictAll().forEach(this::evacuate);
        former.forEach(this::evacuate);
        settle();
    }

    /** Shows caches to a visitor until one is what it wants, beginning with a different one for each thread. */
    private boolean isAnyCache(Predicate<Cache> wanted) {
        if (threads.find(wanted) != null) {
            return true;
        }
        boolean[] found = {false};
        stripes.forEach(stripe -> found[0] = found[0] || wanted.test(stripe));
        return found[0];
    }

    private void forEachCache(Consumer<Cache> action) {
        isAnyCache(cache -> {
            action.accept(cache);
            return false;
        });
    }

    /** How many objects are idle. Exact when nobody is at work. */
    long size() {
        long[] size = {shared.size()};
        forEachCache(cache -> size[0] += cache.size());
        return size[0];
    }

    /** How many objects were taken out of the caches that there are. Exact when nobody is at work. */
    long cacheTakes() {
        long[] takes = {0};
        forEachCache(cache -> takes[0] += cache.takes());
        return takes[0];
    }

    /** How many caches there are. For tests. */
    int cacheCount() {
        int[] count = {0};
        forEachCache(_ -> count[0]++);
        return count[0];
    }

    /** Checks the invariants of all parts, and that places are neither lost nor invented. For tests, when quiet. */
    void checkInvariants() {
        shared.checkInvariants();
        long[] taken = {shared.size()};
        forEachCache(cache -> {
            cache.checkInvariants();
            taken[0] += cache.places();
        });
        long size = size();
        if (taken[0] != places.taken(capacity) || (capacity != 0 && size > capacity) || (closed && size > 0)) {
            throw new IllegalStateException("Invariant broken: " + taken[0] + " places, " + places.taken(capacity)
                    + " taken, " + size + " objects, capacity " + capacity + ", closed " + closed);
        }
        if (!evicted.isEmpty()) {
            throw new IllegalStateException(
                    "Invariant broken: " + evicted.size() + " evicted objects are not destroyed");
        }
    }
}
