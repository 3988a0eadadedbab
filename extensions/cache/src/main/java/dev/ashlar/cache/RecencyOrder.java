package dev.ashlar.cache;

import java.util.LinkedHashMap;
import java.util.Map;

/** By the time of the last use, or of the last write. Each change takes constant time. */
final class RecencyOrder<K> extends LockedOrder<K> {

    private final boolean isByUse;

    /** Weights, the coldest key first. */
    private final LinkedHashMap<K, Integer> weights;

    /** @param isByUse whether a hit counts, or only a write */
    RecencyOrder(boolean isByUse) {
        this.isByUse = isByUse;
        weights = new LinkedHashMap<>(16, 0.75f, isByUse);
    }

    @Override
    void insert(K key, int weight) {
        weights.put(key, weight);
    }

    @Override
    void delete(K key) {
        weights.remove(key);
    }

    @Override
    void touch(K key) {
        if (isByUse) {
            weights.get(key); // moves it to the end
        }
    }

    @Override
    Iterable<Map.Entry<K, Integer>> fromColdest() {
        return weights.entrySet();
    }
}
