package dev.ashlar.cache;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An order whose every method takes one lock for a few steps. Hits that find it taken are not recorded: a lost hit of a
 * thread that competes changes the order by one place, and waiting would cost all threads.
 *
 * @param <K> the type of keys
 */
abstract class LockedOrder<K> implements EvictionOrder<K> {

    private final ReentrantLock lock = new ReentrantLock();

    /** Puts a key that is not there. */
    abstract void insert(K key, int weight);

    /** Removes a key if it is there. */
    abstract void delete(K key);

    /** Changes the place of a key if it is there. */
    abstract void touch(K key);

    /** Keys with their weights, the one to evict first in front. */
    abstract Iterable<Map.Entry<K, Integer>> fromColdest();

    @Override
    public final void added(K key, int weight) {
        lock.lock();
        try {
            delete(key);
            insert(key, weight);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public final void removed(K key) {
        lock.lock();
        try {
            delete(key);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public final void hit(K key) {
        if (lock.tryLock()) {
            try {
                touch(key);
            } finally {
                lock.unlock();
            }
        }
    }

    @Override
    public final List<K> coldest(long bytes) {
        List<K> keys = new ArrayList<>();
        long found = 0;
        lock.lock();
        try {
            for (Map.Entry<K, Integer> next : fromColdest()) {
                if (found >= bytes) {
                    break;
                }
                keys.add(next.getKey());
                found += next.getValue();
            }
        } finally {
            lock.unlock();
        }
        return keys;
    }
}
