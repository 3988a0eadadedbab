package dev.ashlar.verification.shown;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Registration;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.cache.CacheAnalysis;
import dev.ashlar.cache.Eviction;
import dev.ashlar.cache.OffHeapCache;
import dev.ashlar.cache.Prefetcher;
import dev.ashlar.cache.compress.AirCompression;
import dev.ashlar.cache.metrics.CacheFigures;
import dev.ashlar.metrics.Beans;
import dev.ashlar.metrics.Watched;
import dev.ashlar.slab.Slab;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Code that caches values. */
class CacheCodeTest {

    @TempDir
    private Path folder;

    private static MemorySegment render(String name) {
        return MemorySegment.ofArray(new byte[name.length()]);
    }

    @Test
    void cache() {
        byte[] page = new byte[100];
        // @start region="cache"
        try (Allocator allocator = Slab.allocator();
                OffHeapCache<String> cache =
                        OffHeapCache.<String>builder(allocator, 64 << 20).build()) {
            cache.put("home", page);
            Long size = cache.get("home", MemorySegment::byteSize); // in place, without a copy
            byte[] about = cache.getOrLoad("about", key -> render(key), value -> value.toArray(ValueLayout.JAVA_BYTE));
            assert size != null && about != null;
            cache.remove("home");
        }
        // @end
    }

    @Test
    void settings() {
        Limit process = Limit.of("process", 1 << 30);
        try (Allocator allocator = Allocators.limited(Slab.allocator(), process)) {
            // @start region="cache-settings"
            OffHeapCache<String> cache = OffHeapCache.<String>builder(allocator, 64 << 20)
                    .eviction(Eviction.LRU)
                    .largestValue(1 << 20)
                    .expireAfterAccess(Duration.ofMinutes(10))
                    .compression(AirCompression.lz4(), 0.2) // kept where it saves a fifth
                    .disk(folder, 1L << 30)
                    .evictBeforeRefusalOf(process)
                    .sampled(64)
                    .build();
            // @end
            cache.put("home", new byte[100]);
            // @start region="cache-analysis"
            CacheAnalysis analysis = cache.analyze();
            analysis.recommendations().forEach(System.out::println);
            // @end
            assertThat(analysis.text()).contains("LRU cache");
            cache.close();
        }
    }

    @Test
    void prefetch() {
        try (Allocator allocator = Slab.allocator();
                OffHeapCache<Long> cache =
                        OffHeapCache.<Long>builder(allocator, 64 << 20).build()) {
            // @start region="prefetch"
            try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
                Prefetcher<Long> pages = Prefetcher.byStride(
                        cache, key -> render("page " + key), key -> key, place -> place, threads, 8);
                for (long page = 0; page < 100; page++) {
                    pages.get(page, MemorySegment::byteSize); // the fifth and later ones are loaded ahead
                }
            }
            // @end
        }
    }

    @Test
    void watched() {
        try (Allocator allocator = Slab.allocator();
                OffHeapCache<String> cache =
                        OffHeapCache.<String>builder(allocator, 64 << 20).build()) {
            // @start region="cache-watched"
            Watched watched = CacheFigures.watched("pages", cache);
            Registration bean = Beans.register(watched);
            // @end
            assertThat(watched.value("hits")).isZero();
            bean.close();
        }
    }
}
