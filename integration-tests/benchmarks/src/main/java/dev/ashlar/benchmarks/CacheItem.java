package dev.ashlar.benchmarks;

import org.jspecify.annotations.Nullable;

/** An entry of a cache. */
final class CacheItem {

    private @Nullable Object key;
    private @Nullable Object value;
    private long expiresAt;

    /** Makes this the entry of a key. */
    CacheItem set(Object key, Object value, long expiresAt) {
        this.key = key;
        this.value = value;
        this.expiresAt = expiresAt;
        return this;
    }

    /** The work of a user that looks up the entry. */
    int read(long now) {
        return key == null || value == null || expiresAt < now ? 0 : value.hashCode();
    }

    /** The reset. */
    void clear() {
        key = null;
        value = null;
        expiresAt = 0;
    }
}
