package dev.ashlar.lockfree;

import dev.ashlar.lockfree.internal.pool.Cache;

/**
 * What can be set for pools of the provider {@code lockfree} beyond {@link dev.ashlar.api.PoolConfig}.
 *
 * @param cacheSize idle objects that a thread caches, 1 to 64. Other threads can get them, at a higher cost than those
 *     in the shared tier
 */
public record LockFreePoolConfig(int cacheSize) {

    /** 64 objects for each thread. */
    public static final LockFreePoolConfig DEFAULTS = new LockFreePoolConfig(Cache.MOST);

    /**
     * Checks the range.
     *
     * @throws IllegalArgumentException naming the value and what is allowed
     */
    public LockFreePoolConfig {
        if (cacheSize < 1 || cacheSize > Cache.MOST) {
            throw new IllegalArgumentException("cacheSize is " + cacheSize + ", must be 1 to " + Cache.MOST);
        }
    }
}
