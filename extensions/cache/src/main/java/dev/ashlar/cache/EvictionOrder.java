package dev.ashlar.cache;

import java.util.List;

/**
 * The entries of a cache from the one to evict first to the one to evict last. It chooses; the cache evicts.
 *
 * <p>Safe for use by many threads. {@link #added} and {@link #removed} of one key are called one after another, because
 * the cache calls them in the atomic change of that key.
 *
 * @param <K> the type of keys
 */
interface EvictionOrder<K> {

    /**
     * A key has a value, which may replace another.
     *
     * @param weight bytes that it takes
     */
    void added(K key, int weight);

    /** A key has no value any more. */
    void removed(K key);

    /** A value was read. May be ignored if another thread is at work here, so a hit never waits. */
    void hit(K key);

    /**
     * The keys to evict first.
     *
     * @param bytes that the keys together weigh at least, if there are so many
     */
    List<K> coldest(long bytes);
}
