package dev.ashlar.cache;

import com.github.benmanes.caffeine.cache.Expiry;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * When entries expire. Each has its lifetime and its deadline, so that it keeps them on disk too.
 *
 * @param isByAccess whether a read renews an entry, or only a write
 */
record Expiration<K>(boolean isByAccess) implements Expiry<K, Entry> {

    /**
     * A lifetime in nanoseconds. Above 146 years it is {@link Entry#FOREVER}, so that no sum overflows.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    static long nanos(Duration lifetime) {
        if (lifetime.isZero() || lifetime.isNegative()) {
            throw new IllegalArgumentException("the time to live is " + lifetime + ", must be positive");
        }
        long nanos = TimeUnit.NANOSECONDS.convert(lifetime);
        return nanos > Entry.FOREVER / 2 ? Entry.FOREVER : nanos;
    }

    private static long left(Entry entry, long now) {
        return entry.lifetime == Entry.FOREVER ? Entry.FOREVER : Math.max(0, entry.deadline - now);
    }

    @Override
    public long expireAfterCreate(K key, Entry entry, long now) {
        return left(entry, now);
    }

    @Override
    public long expireAfterUpdate(K key, Entry entry, long now, long before) {
        return left(entry, now);
    }

    @Override
    public long expireAfterRead(K key, Entry entry, long now, long before) {
        if (!isByAccess || entry.lifetime == Entry.FOREVER) {
            return before;
        }
        entry.renew(now);
        return entry.lifetime;
    }
}
