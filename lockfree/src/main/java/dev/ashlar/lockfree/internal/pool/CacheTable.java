package dev.ashlar.lockfree.internal.pool;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A hash table of caches by the id of their thread: an array whose length is a power of two, with linear probing. It is a bare
 * array, so that finding an entry takes one load less.
 *
 * <p>One thread at a time changes a table. Any may read it meanwhile, and finds its own cache if that is in; of those of others
 * it may see an older state. Invariant: between the place of a thread's id and its cache no entry is {@link #FREE}, and some
 * entry is.
 */
final class CacheTable {

    /** What is where no cache ever was: no null, so that finding one's cache is one comparison. */
    static final Cache FREE = new Cache(null, 1, false);

    /** What is where a cache was, so that those behind it are still found. */
    static final Cache NOBODY = new Cache(null, 1, false);

    private static final int SHORTEST = 8;

    private static final VarHandle ENTRY = MethodHandles.arrayElementVarHandle(Cache[].class);

    private CacheTable() {}

    /** A table without caches, of which a quarter to a half is filled by so many; by 4 if there are fewer. */
    static Cache[] empty(int caches) {
        Cache[] table = new Cache[Math.max(SHORTEST, Integer.highestOneBit(caches) * 4)];
        Arrays.fill(table, FREE);
        return table;
    }

    /** The cache of a thread, or null if it has none. For that thread. */
    static @Nullable Cache find(Cache[] table, Thread thread) {
        int i = (int) thread.threadId() & (table.length - 1);
        Cache cache = table[i];
        return cache.thread == thread ? cache : findBehind(table, i, thread);
    }

    private static @Nullable Cache findBehind(Cache[] table, int first, Thread thread) {
        int i = first;
        while (table[i] != FREE) {
            i = (i + 1) & (table.length - 1);
            if (table[i].thread == thread) {
                return table[i];
            }
        }
        return null;
    }

    /** Puts in the cache of a thread; there must be room. */
    static void insert(Cache[] table, Cache cache) {
        Thread thread = cache.thread;
        int mask = table.length - 1;
        int i = thread == null ? 0 : (int) thread.threadId() & mask;
        while (table[i] != FREE) {
            i = (i + 1) & mask;
        }
        ENTRY.setRelease(table, i, cache);
    }

    /** Shows the caches to a visitor until one is what it wants, beginning with a different one for each thread. */
    static boolean visit(Cache[] table, Predicate<Cache> wanted) {
        int first = (int) Thread.currentThread().threadId();
        for (int i = 0; i < table.length; i++) {
            Cache cache = (Cache) ENTRY.getAcquire(table, (first + i) & (table.length - 1));
            if (cache.thread != null && wanted.test(cache)) {
                return true;
            }
        }
        return false;
    }
}
