package dev.ashlar.cache;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.ashlar.api.Allocator;
import dev.ashlar.slab.Slab;
import dev.ashlar.testkit.TestLength;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.ehcache.CacheManager;
import org.ehcache.config.builders.CacheConfigurationBuilder;
import org.ehcache.config.builders.CacheManagerBuilder;
import org.ehcache.config.builders.ResourcePoolsBuilder;
import org.ehcache.config.units.MemoryUnit;
import org.junit.jupiter.api.Test;

/**
 * Hit rates of the policies on four loads, beside Caffeine with values on the heap and the optimum of Belady. The long
 * run writes the table of the page on policies to {@code target/hit-rates.md}.
 */
class HitRateTest {

    private static final int SIZE = 64;
    private static final int ROOM = TestLength.of(1_000, 5_000);
    private static final int KEYS = 5 * ROOM;

    /** Points by which two caches may differ: Caffeine admits some keys by chance, and few reads show that more. */
    private static final int MARGIN = TestLength.of(5, 2);

    private static final int READS = TestLength.of(40, 200) * ROOM;

    /** The table: loads, and the hit rate of each cache in per cent. */
    private final Map<String, Map<String, Double>> table = new LinkedHashMap<>();

    @Test
    void adaptiveMustHitAsOftenAsCaffeine() throws IOException {
        measure("Zipf", zipf());
        measure("Zipf with scans", zipfWithScans());
        measure("loop", loop());
        measure("shifting hot set", shifting());
        if (isLong()) {
            Files.writeString(Path.of("target/hit-rates.md"), markdown());
        }
        table.forEach((load, rates) -> {
            double adaptive = rates.get("ADAPTIVE");
            double optimum = rates.get("optimum");
            assertThat(adaptive).as(load).isGreaterThan(rates.get("Caffeine on the heap") - MARGIN);
            assertThat(rates.values()).as(load).allMatch(rate -> rate <= optimum);
        });
        assertThat(table.get("Zipf").get("ADAPTIVE")).isGreaterThan(75);
        assertThat(table.get("loop").get("ADAPTIVE")).isGreaterThan(30);
        assertThat(table.get("loop").get("LRU")).isZero();
    }

    private void measure(String load, int[] keys) {
        Map<String, Double> rates = new LinkedHashMap<>();
        for (Eviction eviction : Eviction.values()) {
            rates.put(eviction.name(), percent(hits(eviction, keys)));
        }
        rates.put("Caffeine on the heap", percent(hitsOnHeap(keys)));
        if (isLong()) {
            rates.put("Ehcache off the heap", percent(hitsOfEhcache(keys)));
        }
        rates.put("optimum", percent(optimum(keys)));
        table.put(load, rates);
    }

    private static boolean isLong() {
        return TestLength.of(0, 1) == 1;
    }

    private static double percent(long hits) {
        return 100.0 * hits / READS;
    }

    private static long hits(Eviction eviction, int[] keys) {
        try (Allocator allocator = Slab.allocator();
                OffHeapCache<Integer> cache = OffHeapCache.<Integer>builder(allocator, (long) ROOM * SIZE)
                        .eviction(eviction)
                        .largestValue(SIZE)
                        .build()) {
            for (int key : keys) {
                if (cache.get(key, value -> Boolean.TRUE) == null) {
                    cache.put(key, SIZE, value -> {});
                }
            }
            return cache.stats().hits();
        }
    }

    private static long hitsOnHeap(int[] keys) {
        Cache<Integer, byte[]> cache = Caffeine.newBuilder()
                .executor(Runnable::run)
                .maximumWeight((long) ROOM * SIZE)
                .weigher((Integer key, byte[] value) -> value.length)
                .build();
        long hits = 0;
        for (int key : keys) {
            if (cache.getIfPresent(key) == null) {
                cache.put(key, new byte[SIZE]);
            } else {
                hits++;
            }
        }
        return hits;
    }

    /** Its room is in bytes, 1 MiB at least, of which keys take some: so many values of 2,000 bytes fit. */
    private static long hitsOfEhcache(int[] keys) {
        long hits = 0;
        try (CacheManager manager = CacheManagerBuilder.newCacheManagerBuilder().build(true)) {
            var cache = manager.createCache(
                    "values",
                    CacheConfigurationBuilder.newCacheConfigurationBuilder(
                            Integer.class,
                            byte[].class,
                            ResourcePoolsBuilder.newResourcePoolsBuilder().offheap(ROOM / 500, MemoryUnit.MB)));
            for (int key : keys) {
                if (cache.get(key) == null) {
                    cache.put(key, new byte[2_000]);
                } else {
                    hits++;
                }
            }
        }
        return hits;
    }

    /** Evicts what is needed latest, the new value included. */
    private static long optimum(int[] keys) {
        int[] next = new int[keys.length];
        int[] seen = new int[Arrays.stream(keys).max().orElse(0) + 1];
        Arrays.fill(seen, Integer.MAX_VALUE);
        for (int i = keys.length - 1; i >= 0; i--) {
            next[i] = seen[keys[i]] == Integer.MAX_VALUE ? keys.length + i : seen[keys[i]]; // distinct where never
            seen[keys[i]] = i;
        }
        TreeMap<Integer, Integer> byNext = new TreeMap<>();
        Map<Integer, Integer> cached = new HashMap<>();
        long hits = 0;
        for (int i = 0; i < keys.length; i++) {
            Integer place = cached.get(keys[i]);
            if (place != null) {
                hits++;
                byNext.remove(place);
            }
            cached.put(keys[i], next[i]);
            byNext.put(next[i], keys[i]);
            if (byNext.size() > ROOM) {
                cached.remove(byNext.pollLastEntry().getValue());
            }
        }
        return hits;
    }

    private static int[] zipf() {
        return zipf(new SplittableRandom(1), READS);
    }

    /** Exponent 1, by the inverse of the cumulative weights. */
    private static int[] zipf(SplittableRandom random, int reads) {
        double[] below = new double[KEYS];
        double sum = 0;
        for (int i = 0; i < KEYS; i++) {
            sum += 1.0 / (i + 1);
            below[i] = sum;
        }
        double all = sum;
        return random.doubles(reads)
                .mapToInt(share -> {
                    int place = Arrays.binarySearch(below, share * all);
                    return Math.min(KEYS - 1, place < 0 ? -place - 1 : place);
                })
                .toArray();
    }

    /** After each 16 * ROOM reads, keys that were never read and are not read again, twice as many as there is room. */
    private static int[] zipfWithScans() {
        int[] keys = zipf(new SplittableRandom(2), READS);
        int fresh = KEYS;
        for (int start = 16 * ROOM; start + 2 * ROOM < READS; start += 18 * ROOM) {
            for (int i = start; i < start + 2 * ROOM; i++) {
                keys[i] = fresh++;
            }
        }
        return keys;
    }

    private static int[] loop() {
        int length = ROOM * 5 / 4;
        int[] keys = new int[READS];
        for (int i = 0; i < READS; i++) {
            keys[i] = i % length;
        }
        return keys;
    }

    /** Nine of ten reads are of a set of half the room, which is another one after each 20 * ROOM reads. */
    private static int[] shifting() {
        SplittableRandom random = new SplittableRandom(3);
        int[] keys = new int[READS];
        for (int i = 0; i < READS; i++) {
            int first = i / (20 * ROOM) * ROOM % (KEYS - ROOM);
            keys[i] = random.nextInt(10) > 0 ? first + random.nextInt(ROOM / 2) : random.nextInt(KEYS);
        }
        return keys;
    }

    private String markdown() {
        StringBuilder text = new StringBuilder("| |");
        table.keySet().forEach(load -> text.append(' ').append(load).append(" |"));
        text.append("\n|---|").append("---|".repeat(table.size())).append('\n');
        for (String cache : table.values().iterator().next().keySet()) {
            text.append("| ").append(cache).append(" |");
            table.values().forEach(rates -> text.append(String.format(Locale.ROOT, " %.1f |", rates.get(cache))));
            text.append('\n');
        }
        return text.toString();
    }
}
