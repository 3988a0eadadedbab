package dev.ashlar.lockfree;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.lockfree.internal.pool.Cache;
import dev.ashlar.lockfree.internal.pool.LockFreePool;
import dev.ashlar.spi.Range;

/**
 * Makes pools that scale with the number of threads: an object that comes back to the thread that acquired it costs one
 * compare-and-set, and an object that is idle anywhere is found by any thread.
 *
 * <p>Operations are lock-free; {@link dev.ashlar.api.Pool#acquire(java.time.Duration)} waits if a bound on live objects
 * is reached. What the factory throws is passed on. A {@code RuntimeException} of the reset or the validator means that
 * the object is destroyed and counted; the first is logged, and the caller of the release, who has done nothing wrong,
 * is not told. An {@code Error} is passed on, after the same. What a destroyer throws is passed to the caller whose
 * release it is. Where the pool discards objects for its own reasons a {@code RuntimeException} is logged, and the
 * first {@code Error} is thrown when all are destroyed. {@link dev.ashlar.api.Pool#release} sees invalid releases with
 * {@link PoolConfig.Tracking#IDENTITY} only; leases always do.
 */
public final class LockFreePools {

    private LockFreePools() {}

    /**
     * A pool whose threads cache up to 64 idle objects each.
     *
     * @param <T> the type of the objects
     * @param config what it is made of
     * @throws RuntimeException what the factory throws for an object that is made ahead; those made before are
     *     destroyed
     */
    public static <T> SupervisedPool<T> create(PoolConfig<T> config) {
        return create(config, Cache.MOST);
    }

    /**
     * A pool.
     *
     * @param <T> the type of the objects
     * @param config what it is made of
     * @param cacheSize idle objects that a thread caches, 1 to 64, the default. Other threads can get them, at a higher
     *     cost than those in the shared tier
     * @throws IllegalArgumentException if the cache size is out of range
     * @throws RuntimeException what the factory throws for an object that is made ahead; those made before are
     *     destroyed
     */
    public static <T> SupervisedPool<T> create(PoolConfig<T> config, int cacheSize) {
        return LockFreePool.create(config, Range.requireBetween("cacheSize", cacheSize, 1, Cache.MOST));
    }
}
