package dev.ashlar.lockfree.internal.pool;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which cache the calling thread works with: a platform thread has one of its own, virtual threads share stripes.
 *
 * <h2>Design</h2>
 *
 * <p>Caches of threads stand in a hash table by thread id. A thread that begins takes over the cache of one that has ended,
 * with what is in it, if it meets one among a few entries of the table. A stripe is a cache with a lock that is only ever
 * tried; there is about one a processor, made when it is first used. Whoever finds all of them busy does without a cache.
 *
 * <h2>Concurrency</h2>
 *
 * <p>The table is read without a lock, and replaced or changed under one that is only tried, except by those who retire
 * caches. An entry that a thread finds for itself is its own for as long as it lives, or until it is retired. What another
 * thread reads from {@link Cache#thread} may be old; it is then an ended thread, which is nobody who looks.
 */
public abstract class Caches {

    /** How many entries a new thread looks at in search of ended ones: more than it adds, so that they get fewer. */
    private static final int LOOKED_AT = 32;

    private final ReentrantLock lock = new ReentrantLock();

    /** See {@link CacheTable}. At most half of it is filled. */
    private volatile Cache[] table = CacheTable.empty(0);

    /**
     * The cache of the thread that came last. A thread that works alone finds its own without a search; that is worth a look
     * by all others.
     */
    private Cache newest = CacheTable.FREE;

    private volatile AtomicReferenceArray<@Nullable Cache> stripes = newStripes();

    /** Retired caches, of which an owner may not know yet. Replaced under the lock. */
    private volatile List<Cache> retired = List.of();

    /** Entries of the table that are not {@link CacheTable#FREE}. Guarded by the lock. */
    private int filled;

    /** The entry of the table that was looked at last. Guarded by the lock. */
    private int nextLookedAt;

    private volatile boolean noMore;

    Caches() {}

    /** Makes a cache for a thread, or a stripe. */
    abstract Cache newCache(@Nullable Thread thread);

    /** Takes all that a cache has, which nobody puts anything into any more. */
    abstract void takeOver(Cache cache);

    private static AtomicReferenceArray<@Nullable Cache> newStripes() {
        int processors = Runtime.getRuntime().availableProcessors();
        return new AtomicReferenceArray<>(Integer.highestOneBit(2 * processors - 1));
    }

    /** The calling thread's own cache, or null if it has none. */
    final @Nullable Cache mine() {
        Thread thread = Thread.currentThread();
        Cache likely = newest;
        return likely.thread == thread ? likely : CacheTable.find(table, thread);
    }

    /** A cache for one operation, which {@link #exit exits} after it; or null if there is none now. Never waits. */
    @Nullable Cache enter() {
        Cache mine = mine();
        if (mine != null) {
            return mine;
        }
        Thread thread = Thread.currentThread();
        if (!thread.isVirtual() && lock.tryLock()) {
            List<Cache> ended = new ArrayList<>();
            try {
                return noMore ? null : register(thread, ended);
            } finally {
                lock.unlock();
                ended.forEach(this::takeOver);
            }
        }
        return noMore ? null : lockStripe(thread);
    }

    /** Ends what {@link #enter} began. */
    void exit(@Nullable Cache cache) {
        if (cache != null && cache.thread == null) {
            cache.unlock();
        }
    }

    /** A cache for the calling thread, which has none. Under the lock. */
    private Cache register(Thread thread, List<Cache> ended) {
        if ((filled + 1) * 2 > table.length) {
            rebuild();
        }
        removeEnded(LOOKED_AT, ended);
        Cache cache;
        if (ended.isEmpty()) {
            cache = newCache(thread);
        } else {
            cache = ended.removeLast();
            cache.thread = thread;
        }
        CacheTable.insert(table, cache);
        newest = cache;
        filled++;
        return cache;
    }

    /** Takes caches of ended threads out of the next entries of the table. Under the lock. */
    private void removeEnded(int entries, List<Cache> ended) {
        Cache[] caches = table;
        for (int i = 0; i < Math.min(entries, caches.length); i++) {
            nextLookedAt = (nextLookedAt + 1) & (caches.length - 1);
            Cache cache = caches[nextLookedAt];
            if (cache.isOfEndedThread()) {
                caches[nextLookedAt] = CacheTable.NOBODY;
                ended.add(cache);
            }
        }
    }

    /** Takes the caches of all ended threads out, unless another thread is at that. */
    List<Cache> removeEnded() {
        List<Cache> ended = new ArrayList<>();
        if (lock.tryLock()) {
            try {
                removeEnded(table.length, ended);
                List<Cache> left = new ArrayList<>(retired);
                if (!noMore && left.removeIf(Cache::isOfEndedThread)) {
                    retired.stream().filter(Cache::isOfEndedThread).forEach(ended::add);
                    retired = List.copyOf(left);
                }
            } finally {
                lock.unlock();
            }
        }
        return ended;
    }

    /** Makes a table of the caches that there are. Under the lock. */
    private void rebuild() {
        List<Cache> caches = new ArrayList<>();
        CacheTable.visit(table, cache -> {
            caches.add(cache);
            return false;
        });
        Cache[] rebuilt = CacheTable.empty(caches.size() + 1);
        caches.forEach(cache -> CacheTable.insert(rebuilt, cache));
        filled = caches.size();
        table = rebuilt;
    }

    private @Nullable Cache lockStripe(Thread thread) {
        AtomicReferenceArray<@Nullable Cache> all = stripes;
        int mask = all.length() - 1;
        for (int i = 0; i < all.length(); i++) {
            int place = ((int) thread.threadId() + i) & mask;
            Cache stripe = all.get(place);
            if (stripe == null && lock.tryLock()) { // so that none is added to stripes that are retired
                try {
                    stripe = all.get(place);
                    if (stripe == null && all == stripes && !noMore) {
                        stripe = newCache(null);
                        all.set(place, stripe);
                    }
                } finally {
                    lock.unlock();
                }
            }
            if (stripe != null && stripe.tryLock()) {
                return stripe;
            }
        }
        return null;
    }

    /**
     * Retires all caches, so that their owners look for new ones.
     *
     * @param closing whether there are to be no new ones
     * @return those that were retired now; none if it was closed before
     */
    List<Cache> retireAll(boolean closing) {
        lock.lock(); // a moment: nobody runs other code under it
        try {
            if (noMore) {
                return List.of();
            }
            noMore = closing;
            List<Cache> before = new ArrayList<>();
            CacheTable.visit(table, cache -> {
                before.add(cache);
                return false;
            });
            AtomicReferenceArray<@Nullable Cache> oldStripes = stripes;
            for (int i = 0; i < oldStripes.length(); i++) {
                Cache stripe = oldStripes.get(i);
                if (stripe != null) {
                    before.add(stripe);
                }
            }
            List<Cache> all = new ArrayList<>(retired);
            all.addAll(before);
            retired = List.copyOf(all);
            table = CacheTable.empty(0);
            newest = CacheTable.FREE; // before its owner is told that it is retired, so that it looks for another
            filled = 0;
            stripes = newStripes();
            return before;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Shows caches to a visitor until one is what it wants, beginning with a different one for each thread.
     *
     * @param wanted true to end the visit
     * @return whether one was wanted
     */
    boolean visit(Predicate<Cache> wanted) {
        if (CacheTable.visit(table, wanted)) {
            return true;
        }
        AtomicReferenceArray<@Nullable Cache> all = stripes;
        for (int i = 0; i < all.length(); i++) {
            Cache stripe = all.get(i);
            if (stripe != null && wanted.test(stripe)) {
                return true;
            }
        }
        for (Cache cache : retired) {
            if (wanted.test(cache)) {
                return true;
            }
        }
        return false;
    }
}
