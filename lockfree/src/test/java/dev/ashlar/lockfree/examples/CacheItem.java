package dev.ashlar.lockfree.examples;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.lockfree.LockFreePools;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Example: an entry of a cache, with a key, a value and a time to live. It is used again for another key after its
 * eviction. A cache keeps entries so long that the garbage collector promotes them.
 *
 * <p>For a cache of one thread, or with a lock: after its eviction an item may already hold another entry.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
final class CacheItem<K, V> {

    private @Nullable K key;
    private @Nullable V value;
    private long expiresAt;

    /**
     * A pool of items. Idle items refer to nothing.
     *
     * @param maxIdle the most idle items to keep
     */
    static <K, V> SupervisedPool<CacheItem<K, V>> pool(int maxIdle) {
        return LockFreePools.create(PoolConfig.builder(CacheItem<K, V>::new)
                .reset(CacheItem::clear)
                .maxIdle(maxIdle)
                .build());
    }

    /** Makes this the entry of a key. Call it before other threads can see the item. */
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
