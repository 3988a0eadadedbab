package dev.ashlar.lockfree.internal.pool;

import java.io.Serial;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A map that remembers how many entries it had at most, because its table is still as long when they are gone.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
public final class GrowthMap<K, V> extends HashMap<K, V> {

    @Serial
    private static final long serialVersionUID = 1;

    private int most;

    /**
     * An empty map.
     *
     * @param initialEntries how many it has room for
     */
    public GrowthMap(int initialEntries) {
        super(2 * initialEntries); // more than a load factor of 0.75 needs
    }

    /** The most entries that it had, or made room for at once. */
    public int most() {
        return most;
    }

    private <R extends @Nullable Object> R grown(R result) {
        most = Math.max(most, size());
        return result;
    }

    @Override
    public @Nullable V put(K key, V value) {
        return grown(super.put(key, value));
    }

    @Override
    public void putAll(Map<? extends K, ? extends V> entries) {
        most = Math.max(most, entries.size()); // for which it makes room first, also for keys that it has
        super.putAll(entries);
        most = Math.max(most, size());
    }

    @Override
    public @Nullable V putIfAbsent(K key, V value) {
        return grown(super.putIfAbsent(key, value));
    }

    @Override
    public V computeIfAbsent(K key, Function<? super K, ? extends V> function) {
        return grown(super.computeIfAbsent(key, function));
    }

    @Override
    public @Nullable V compute(K key, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> function) {
        return grown(super.compute(key, function));
    }

    @Override
    public @Nullable V merge(K key, V value, BiFunction<? super V, ? super V, ? extends @Nullable V> function) {
        return grown(super.merge(key, value, function));
    }
}
