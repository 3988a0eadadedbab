package dev.ashlar.cache.metrics;

import static dev.ashlar.metrics.Figure.Kind.BYTES;
import static dev.ashlar.metrics.Figure.Kind.COUNTER;
import static dev.ashlar.metrics.Figure.Kind.NUMBER;
import static dev.ashlar.metrics.Figure.Kind.RATIO;

import dev.ashlar.cache.CacheStats;
import dev.ashlar.cache.OffHeapCache;
import dev.ashlar.metrics.Figure;
import dev.ashlar.metrics.Watched;
import java.util.List;

/**
 * The figures of a cache for Micrometer, JMX and the flight recorder.
 *
 * {@snippet class="dev.ashlar.verification.shown.CacheCodeTest" region="cache-watched"}
 */
public final class CacheFigures {

    /** Of a cache. */
    public static final List<Figure<CacheStats>> ALL = List.of(
            new Figure<>("hits", COUNTER, "Reads that found the value, in memory or on disk", CacheStats::hits),
            new Figure<>("misses", COUNTER, "Reads that did not find the value", CacheStats::misses),
            new Figure<>("puts", COUNTER, "Values that were stored by a put", CacheStats::puts),
            new Figure<>("loads", COUNTER, "Values that a loader made", CacheStats::loads),
            new Figure<>("loadFailures", COUNTER, "Loaders that threw", CacheStats::loadFailures),
            new Figure<>("tooLarge", COUNTER, "Values above the bound of one value", CacheStats::tooLarge),
            new Figure<>("notStored", COUNTER, "Values for which there was no memory", CacheStats::notStored),
            new Figure<>("evictions", COUNTER, "Values evicted for lack of room", CacheStats::evictions),
            new Figure<>("expired", COUNTER, "Values that expired in memory", CacheStats::expired),
            new Figure<>("entries", NUMBER, "Values in memory", CacheStats::entries),
            new Figure<>("storedBytes", BYTES, "Bytes that their blocks take", CacheStats::storedBytes),
            new Figure<>("heldBytes", BYTES, "The same with blocks that only readers have", CacheStats::heldBytes),
            new Figure<>("metadataBytes", BYTES, "Heap that the entries take, estimated", CacheStats::metadataBytes),
            new Figure<>("hitRate", RATIO, "Hits over reads", CacheStats::hitRate),
            new Figure<>(
                    "compressionRatio", RATIO, "Compressed bytes over bytes of values", CacheStats::compressionRatio),
            new Figure<>(
                    "promotions",
                    COUNTER,
                    "Values that came back from disk",
                    stats -> stats.disk().promotions()),
            new Figure<>(
                    "demotions",
                    COUNTER,
                    "Values that were written to disk",
                    stats -> stats.disk().demotions()),
            new Figure<>(
                    "diskDropped",
                    COUNTER,
                    "Values that were not written to disk",
                    stats -> stats.disk().dropped()),
            new Figure<>(
                    "diskEvictions",
                    COUNTER,
                    "Values evicted from disk for lack of room",
                    stats -> stats.disk().evictions()),
            new Figure<>(
                    "diskDamaged",
                    COUNTER,
                    "Records with a wrong checksum",
                    stats -> stats.disk().damaged()),
            new Figure<>(
                    "diskErrors",
                    COUNTER,
                    "Reads and writes that failed",
                    stats -> stats.disk().errors()),
            new Figure<>(
                    "diskEntries",
                    NUMBER,
                    "Values on disk",
                    stats -> stats.disk().entries()),
            new Figure<>(
                    "diskBytes",
                    BYTES,
                    "Bytes of the file that they take",
                    stats -> stats.disk().bytes()));

    private CacheFigures() {}

    /**
     * A cache to show, of type {@code cache}. It ends with the cache.
     *
     * @param name unique among the watched caches
     * @param cache an open cache
     * @throws IllegalStateException if it is closed
     */
    public static Watched watched(String name, OffHeapCache<?> cache) {
        return Watched.of("cache", name, () -> statsOf(cache), ALL);
    }

    private static CacheStats statsOf(OffHeapCache<?> cache) {
        if (cache.isClosed()) {
            throw new IllegalStateException("The cache is closed.");
        }
        return cache.stats();
    }
}
