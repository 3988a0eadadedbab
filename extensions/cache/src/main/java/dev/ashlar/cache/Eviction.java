package dev.ashlar.cache;

/** Which entry a full cache evicts. */
public enum Eviction {
    /**
     * W-TinyLFU, by Caffeine: the entry that was used least often, by an estimate that forgets slowly. A window for new
     * entries is resized to what the load needs. A scan of keys that are used once evicts little. An entry that is
     * expected to be less useful than the others may be evicted at once.
     */
    ADAPTIVE(168) {
        @Override
        <K> EvictionOrder<K> order() {
            throw new IllegalStateException("Caffeine has this order itself");
        }
    },

    /** The entry that was used least recently. For loads whose recent entries are used again, without scans. */
    LRU(192) {
        @Override
        <K> EvictionOrder<K> order() {
            return new RecencyOrder<>(true);
        }
    },

    /**
     * The entry that was used least often since it was stored; of several the one used least recently. It never
     * forgets, so it suits only popularity that does not change.
     */
    LFU(232) {
        @Override
        <K> EvictionOrder<K> order() {
            return new FrequencyOrder<>();
        }
    },

    /** The entry that was stored first. A hit costs the least. */
    FIFO(192) {
        @Override
        <K> EvictionOrder<K> order() {
            return new RecencyOrder<>(false);
        }
    };

    /**
     * Heap that a value takes without its key, for compressed references: the entry, its segment, nodes of Caffeine and
     * of its hash table, and a node of the order.
     */
    final int metadataBytes;

    Eviction(int metadataBytes) {
        this.metadataBytes = metadataBytes;
    }

    /** An order without entries. */
    abstract <K> EvictionOrder<K> order();
}
