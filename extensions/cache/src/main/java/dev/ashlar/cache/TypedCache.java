package dev.ashlar.cache;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A cache as a map to values of one type. Several such views with different serializers may share a cache if their keys
 * differ.
 *
 * @param <K> the type of keys
 * @param <V> the type of values
 * @param cache where the values are
 * @param serializer how they are written
 */
public record TypedCache<K, V>(OffHeapCache<K> cache, Serializer<V> serializer) {

    /** Refuses null. */
    public TypedCache {
        Objects.requireNonNull(cache, "cache");
        Objects.requireNonNull(serializer, "serializer");
    }

    /**
     * Stores a value.
     *
     * @param key the key
     * @param value the value
     * @return whether it is stored, as {@link OffHeapCache#put(Object, MemorySegment)}
     */
    public boolean put(K key, V value) {
        return cache.put(key, serializer.byteSize(value), block -> serializer.write(value, block));
    }

    /**
     * Reads a value.
     *
     * @param key the key
     * @return the value, or null if there is none
     */
    public @Nullable V get(K key) {
        return cache.get(key, serializer::read);
    }

    /**
     * Reads a value, or loads and stores it, as {@link OffHeapCache#getOrLoad}.
     *
     * @param key the key
     * @param loader makes the value; may return null
     * @return the value, or null if the loader returned null
     */
    public @Nullable V getOrLoad(K key, Function<? super K, ? extends @Nullable V> loader) {
        return cache.getOrLoad(
                key,
                missing -> {
                    V value = loader.apply(missing);
                    if (value == null) {
                        return null;
                    }
                    MemorySegment bytes = MemorySegment.ofArray(new byte[Math.toIntExact(serializer.byteSize(value))]);
                    serializer.write(value, bytes);
                    return bytes;
                },
                serializer::read);
    }
}
