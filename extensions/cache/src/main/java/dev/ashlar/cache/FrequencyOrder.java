package dev.ashlar.cache;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * By the number of uses since the value was stored, and among equals by the time of the last one. A change takes time
 * logarithmic in the different numbers of uses, which are few.
 *
 * <p>Invariant: a key is in {@code byUses.get(uses.get(key))} and in no other row, and no row is empty.
 */
final class FrequencyOrder<K> extends LockedOrder<K> {

    private final Map<K, Integer> uses = new HashMap<>();

    /** Weights of the keys with a number of uses, the one used least recently first. */
    private final TreeMap<Integer, LinkedHashMap<K, Integer>> byUses = new TreeMap<>();

    @Override
    void insert(K key, int weight) {
        place(key, 1, weight);
    }

    private void place(K key, int count, int weight) {
        uses.put(key, count);
        byUses.computeIfAbsent(count, any -> new LinkedHashMap<>()).put(key, weight);
    }

    @Override
    void delete(K key) {
        Integer count = uses.get(key);
        if (count != null) {
            take(key, count);
        }
    }

    /** Removes a key. Returns its weight. */
    private int take(K key, int count) {
        uses.remove(key);
        @Nullable LinkedHashMap<K, Integer> row = byUses.get(count);
        @Nullable Integer weight = row == null ? null : row.remove(key);
        if (row == null || weight == null) {
            throw new IllegalStateException("a key with " + count + " uses is not in that row");
        }
        if (row.isEmpty()) {
            byUses.remove(count);
        }
        return weight;
    }

    @Override
    void touch(K key) {
        Integer count = uses.get(key);
        if (count != null) {
            int weight = take(key, count);
            place(key, count == Integer.MAX_VALUE ? count : count + 1, weight);
        }
    }

    @Override
    Iterable<Map.Entry<K, Integer>> fromColdest() {
        return () ->
                byUses.values().stream().flatMap(row -> row.entrySet().stream()).iterator();
    }
}
