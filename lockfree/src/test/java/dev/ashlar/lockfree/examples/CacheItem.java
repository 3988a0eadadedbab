package dev.ashlar.lockfree.examples;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.lockfree.LockFreePools;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Example: an entry of a cache, with a key, a value and a time to live, that is used again for another key when it is
 * evicted. A cache keeps its entries long enough to be promoted by the garbage collector.
 *
 * <p>For a cache that one thread uses, or that a lock guards: after its eviction an item may hold another
 * entry already.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
final class CacheItem<K, V> {

    private @Nullable K key;
    private @Nullable V value;
    private long expiresAt;

    /**
     * A pool of items, which refer to nothing while they are idle.
     *
     * @param maxIdle items kept ready at most
     */
    static <K, V> SupervisedPool<CacheItem<K, V>> pool(int maxIdle) {
        return LockFreePools.create(PoolConfig.builder(CacheItem<K, V>::new)
                .reset(CacheItem::clear)
                .maxIdle(maxIdle)
                .build());
    }

    /** Makes it the entry of a key. Before others can see it. */
    CacheItem<K, V> set(K key, V value, Duration timeToLive, long nanoTime) {
        this.key = key;
        this.value = value;
        this.expiresAt = nanoTime + timeToLive.toNanos();
        return this;
    }

    @Nullable K key() {
        return key;
    }

    @Nullable V value() {
        return value;
    }

    boolean isExpired(long nanoTime) {
        return nanoTime - expiresAt >= 0;
    }

    private void clear() {
        key = null;
        value = null;
        expiresAt = 0;
    }
}
