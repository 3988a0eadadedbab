package dev.ashlar.lockfree;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.lockfree.internal.pool.Cache;
import dev.ashlar.lockfree.internal.pool.LockFreePool;
import dev.ashlar.spi.Range;

/**
 * Makes pools that scale with the number of threads. If a thread releases an object that it acquired, this costs one
 * compare-and-set. Any thread finds any idle object.
 *
 * <p>Operations are lock-free; {@link dev.ashlar.api.Pool#acquire(java.time.Duration)} waits if a bound on live objects
 * is reached. An exception of the factory is passed on. If the reset or the validator throws, the object is destroyed
 * and counted. A {@code RuntimeException} is not passed to the caller of the release, and the first one is logged. An
 * {@code Error} is passed on. An exception of a destroyer is passed to the caller of the release. If the pool itself
 * discards objects, a {@code RuntimeException} is logged, and the first {@code Error} is thrown after all are
 * destroyed. {@link dev.ashlar.api.Pool#release} detects invalid releases only with {@link
 * PoolConfig.Tracking#IDENTITY}. Leases always do.
 */
public final class LockFreePools {

    private LockFreePools() {}

    /**
     * A pool whose threads cache up to 64 idle objects each.
     *
     * @param <T> the type of the objects
     * @param config the configuration of the pool
     * @throws RuntimeException what the factory throws for an initial object; those made before it are destroyed
     */
    public static <T> SupervisedPool<T> create(PoolConfig<T> config) {
        return create(config, Cache.MOST);
    }

    /**
     * A pool.
     *
     * @param <T> the type of the objects
     * @param config the configuration of the pool
     * @param cacheSize the number of idle objects that a thread caches, 1 to 64; 64 by default. Other threads can get
     *     these objects, at a higher cost than those in the shared tier
     * @throws IllegalArgumentException if the cache size is out of range
     * @throws RuntimeException what the factory throws for an initial object; those made before it are destroyed
     */
    public static <T> SupervisedPool<T> create(PoolConfig<T> config, int cacheSize) {
        return LockFreePool.create(config, Range.requireBetween("cacheSize", cacheSize, 1, Cache.MOST));
    }
}
