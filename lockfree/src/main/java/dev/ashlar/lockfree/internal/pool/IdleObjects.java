package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.api.Pool;
import dev.ashlar.spi.support.Closing;
import dev.ashlar.spi.support.Stripes;
import dev.ashlar.spi.support.ThreadTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The idle objects of a pool: stores and finds them, and bounds their number.
 *
 * <h2>Design</h2>
 *
 * <p>A platform thread has its own {@link Cache} in a {@link ThreadTable}. Virtual threads, and platform threads that
 * would have to wait for a cache, share {@link Stripes}. A released object goes to the thread's cache, or to the shared
 * tier if that is full. An acquire searches the thread's cache, then the shared tier, then all other caches. So every
 * idle object is found, also in the cache of a thread that waits. Caches of ended threads are emptied when a thread
 * registers, which removes them from the table, and when idle objects are discarded.
 *
 * <p>Every idle object has a place of a {@link PlaceBudget}. A cache keeps places whose objects were taken. If no place
 * is left, a thread that needs one evicts it from a cache. While any number may be idle, places of threads' caches are
 * not counted, which makes a put cheaper. {@link #resize} replaces these caches when a bound is set.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Lock-free. A thread that puts an object then checks whether the pool was closed or the cache retired meanwhile,
 * and if so moves the object. A thread that closes, retires or shrinks sets its mark before it evicts. So of two
 * threads that race, at least one sees the other. ({@link Cache} has no compare-and-set between the put and the check.
 * The handshake of {@link ThreadTable#evictAll} replaces it.)
 *
 * @param <T> the type of the objects
 */
final class IdleObjects<T> {

    private final int cacheSize;
    private final ObjectLifecycle<T> lifecycle;
    private final Consumer<? super Cache> registered;
    private final ThreadTable<Cache> threads = new ThreadTable<>(this::newCache, Cache::retire);
    private volatile Stripes<Cache> stripes = newStripes();
    private final SharedTier shared = new SharedTier();
    private final PlaceBudget places;

    /** Evicted objects, until the end of the operation that evicted them. */
    private final Queue<Object> evicted = new ConcurrentLinkedQueue<>();

    /** Takes from the shared tier and from removed caches. */
    private final LongAdder uncachedTakes = new LongAdder();

    /** Takes that were for no acquire. Each is counted before it is done, see {@link #takes}. */
    private final AtomicLong otherTakes = new AtomicLong();

    /** How many moves of objects from retired caches began, and how many ended. */
    private final AtomicLong movesBegun = new AtomicLong();

    private final AtomicLong movesEnded = new AtomicLong();

    private volatile boolean closed;

    /**
     * No objects yet.
     *
     * @param maxIdle how many are retained at most
     * @param cacheSize objects in a thread's cache at most, 1 to {@link Cache#MOST}
     * @param registered receives each cache that is made for a thread, on that thread and exclusively ({@link
     *     ThreadTable#exclusively})
     */
    IdleObjects(int maxIdle, int cacheSize, ObjectLifecycle<T> lifecycle, Consumer<? super Cache> registered) {
        this.places = new PlaceBudget(maxIdle);
        this.cacheSize = cacheSize;
        this.lifecycle = lifecycle;
        this.registered = registered;
    }

    private Cache newCache(Thread thread) {
        Cache cache = new Cache(thread, cacheSize, maxIdle() == Pool.UNBOUNDED);
        registered.accept(cache);
        return cache;
    }

    private Stripes<Cache> newStripes() {
        return new Stripes<>(() -> new Cache(null, cacheSize, false));
    }

    /** The caches by thread. */
    ThreadTable<Cache> threads() {
        return threads;
    }

    int maxIdle() {
        return places.maxIdle();
    }

    boolean isClosed() {
        return closed;
    }

    /** A cache for one operation, which ends with {@link #exit}; null if there is none now. Never waits. */
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
    @Nullable T take() {
        Object object;
        do {
            Cache cache = enter();
            object = cache == null ? null : cache.take();
            exit(cache);
            if (object == null) {
                object = takeFromOthers();
            }
        } while (object == null && adopt(threads.pollRemoved()));
        return cast(object);
    }

    private @Nullable Object takeFromOthers() {
        Object object = takeShared();
        if (object != null) {
            return object;
        }
        @Nullable Object[] stolen = new @Nullable Object[1];
        isAnyCache(cache -> {
            stolen[0] = cache.take();
            return stolen[0] != null;
        });
        return stolen[0];
    }

    private @Nullable Object takeShared() {
        Object object = shared.pop();
        if (object != null) {
            places.release();
            uncachedTakes.increment();
        }
        return object;
    }

    /**
     * Stores an idle object; {@link #settle} must follow.
     *
     * @return false if there is no place for it
     */
    boolean keep(Object object) {
        if (closed) {
            return false;
        }
        Cache cache = enter();
        try {
            if (cache != null && cache.put(object)) {
                return true;
            }
            if (!places.take() && !isAnyCache(Cache::evictPlace)) {
                return false;
            }
            boolean put = (cache != null && cache.putIntoNewPlace(object)) || shared.push(object);
            if (!put) {
                places.release();
            }
            return put;
        } finally {
            if (cache != null && (closed || cache.isRetired())) {
                evacuate(List.of(cache));
            }
            exit(cache);
        }
    }

    /**
     * Moves all objects of retired caches to where threads find them, and releases their places; {@link #settle} must
     * follow. All places are released first, so that an object of one cache can use a place of another.
     */
    void evacuate(List<Cache> caches) {
        movesBegun.getAndIncrement();
        try {
            List<Object> moved = new ArrayList<>();
            for (Cache cache : caches) {
                takeAllOther(cache::take, moved);
                while (cache.evictPlace()) {
                    places.release();
                }
                uncachedTakes.add(cache.reportTakes());
            }
            for (Object object : moved) {
                if (!keep(object)) {
                    evicted.add(object);
                }
            }
        } finally {
            movesEnded.getAndIncrement();
        }
    }

    private void takeAllOther(Supplier<@Nullable Object> taking, List<Object> into) {
        for (Object object = takeOther(taking); object != null; object = takeOther(taking)) {
            into.add(object);
        }
    }

    /** Takes an object for another purpose than an acquire. */
    private @Nullable Object takeOther(Supplier<@Nullable Object> taking) {
        otherTakes.getAndIncrement();
        Object object = taking.get();
        if (object == null) {
            otherTakes.getAndDecrement();
        }
        return object;
    }

    /** Empties caches of ended threads that were removed from the table, starting with this one if it is not null. */
    private boolean adopt(@Nullable Cache first) {
        List<Cache> ended = new ArrayList<>();
        for (Cache next = first; next != null; next = threads.pollRemoved()) {
            ended.add(next);
        }
        evacuate(ended);
        return first != null;
    }

    /**
     * Evicts objects above the bound, and destroys all evicted objects by code of the user, also if a destroyer throws.
     * This is the last step of each operation that is not on the short path.
     */
    void settle() {
        while (closed || places.isOverdrawn()) {
            if (!closed && isAnyCache(Cache::evictPlace)) {
                places.release();
            } else if (evict(1, this::takeFromOthers) == 0) {
                break; // another thread handles objects that it has evicted
            }
        }
        if (!evicted.isEmpty()) {
            List<T> all = new ArrayList<>();
            for (T object = cast(evicted.poll()); object != null; object = cast(evicted.poll())) {
                all.add(object);
            }
            forget();
            Closing.each(all, lifecycle::discard);
        }
    }

    /** Evicts some objects. Returns how many, fewer if other threads took them. */
    private int evict(int wanted, Supplier<@Nullable Object> taking) {
        int count = 0;
        while (count < wanted) {
            Object object = takeOther(taking);
            if (object == null) {
                break;
            }
            evicted.add(object);
            count++;
        }
        return count;
    }

    /** Drops the references of the thread's cache to objects that are not idle, because one is discarded. */
    void forget() {
        Cache mine = threads.mine();
        if (mine != null) {
            mine.forget();
        }
    }

    @SuppressWarnings("unchecked") // only objects that the factory made, or that were released as a T, come in
    private @Nullable T cast(@Nullable Object object) {
        return (T) object;
    }

    /**
     * Discards objects that were unused since the last call. For one thread at a time.
     *
     * @return how many objects
     */
    int discardUnused() {
        adopt(threads.pollEnded());
        long discarded = sum(cache -> evict(cache.unused(), cache::take)) + evict(shared.unused(), this::takeShared);
        settle();
        return (int) discarded;
    }

    /**
     * Changes how many objects are retained, and discards those above that.
     *
     * @param maxIdle {@link Pool#UNBOUNDED} for any number
     */
    void resize(int maxIdle) {
        if (places.resize(maxIdle) == Pool.UNBOUNDED && maxIdle != Pool.UNBOUNDED) {
            evacuate(threads.evictAll());
        }
        settle();
    }

    /** Discards everything, and stores nothing from now on. */
    void close() {
        closed = true;
        Stripes<Cache> former = stripes;
        stripes = newStripes();
        evacuate(threads.evictAll());
        former.forEach(stripe -> evacuate(List.of(stripe)));
        settle();
    }

    /** Passes caches to a visitor until it accepts one, starting with a different one for each thread. */
    private boolean isAnyCache(Predicate<Cache> wanted) {
        if (threads.find(wanted) != null) {
            return true;
        }
        boolean[] found = {false};
        stripes.forEach(stripe -> found[0] = found[0] || wanted.test(stripe));
        return found[0];
    }

    /** The sum of a figure of all caches. */
    private long sum(ToLongFunction<Cache> figure) {
        long[] sum = {0};
        isAnyCache(cache -> {
            sum[0] += figure.applyAsLong(cache);
            return false;
        });
        return sum[0];
    }

    /** How many objects are idle. Exact when no thread uses the pool. */
    long size() {
        return shared.size() + sum(Cache::size);
    }

    /**
     * How many objects were taken for an acquire. Exact when no thread uses the pool, and never too many: a cache stops
     * reporting its takes before they are added to the uncached ones, which are read first. Other takes are counted
     * before they are done, and read last.
     */
    long takes() {
        long uncached = uncachedTakes.sum();
        long cached = sum(Cache::takes);
        return uncached + cached - otherTakes.get();
    }

    /**
     * How many moves of objects from retired caches began so far, or -1 during a move. If it is the same before and
     * after {@link #size}, that counted no object twice.
     */
    long moves() {
        long ended = movesEnded.get();
        long begun = movesBegun.get();
        return begun == ended ? begun : -1;
    }

    /** How many caches there are. For tests. */
    int cacheCount() {
        return (int) sum(_ -> 1);
    }

    /** Checks the invariants of all parts, and the sum of the places. For tests, when quiet. */
    void checkInvariants() {
        shared.checkInvariants();
        long taken = shared.size()
                + sum(cache -> {
                    cache.checkInvariants();
                    return cache.places();
                });
        long size = size();
        long bound = closed ? 0 : maxIdle();
        if (taken != places.taken() || size > bound || !evicted.isEmpty()) {
            throw new IllegalStateException("Invariant broken: " + taken + " places, " + places.taken() + " taken, "
                    + size + " objects, " + bound + " allowed, " + evicted.size() + " evicted and not destroyed");
        }
    }
}
