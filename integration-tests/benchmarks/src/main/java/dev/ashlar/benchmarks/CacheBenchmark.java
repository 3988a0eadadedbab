package dev.ashlar.benchmarks;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.ashlar.api.Allocator;
import dev.ashlar.cache.Eviction;
import dev.ashlar.cache.OffHeapCache;
import dev.ashlar.slab.Slab;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.ThreadLocalRandom;
import org.ehcache.CacheManager;
import org.ehcache.config.builders.CacheConfigurationBuilder;
import org.ehcache.config.builders.CacheManagerBuilder;
import org.ehcache.config.builders.ResourcePoolsBuilder;
import org.ehcache.config.units.MemoryUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A hit: the value of a random key is found, and its first and last byte are read. All values
 * are there.
 */
@State(Scope.Benchmark)
public class CacheBenchmark extends AllocatorBenchmark {

    /** The size of a value in bytes. */
    @Param({"100", "4096"})
    public int size;

    /** How many keys there are. With the larger values that is 64 MiB, more than the caches of a processor. */
    @Param("16384")
    public int entries;

    /** More than the blocks of the values take. */
    private long room() {
        return 2L * entries * size;
    }

    /** The policy of the cache off the heap. */
    @State(Scope.Benchmark)
    @SuppressWarnings("NullAway.Init") // JMH calls fill first
    public static class OffHeap {

        /** Each policy. */
        @Param({"ADAPTIVE", "LRU", "LFU", "FIFO"})
        public Eviction eviction;

        /** One of so many keys is sampled for simulations; 0 for none. */
        @Param("0")
        public int oneIn;

        private Allocator allocator;
        private OffHeapCache<Integer> cache;

        /** Fills the cache. */
        @Setup(Level.Trial)
        public void fill(CacheBenchmark benchmark) {
            allocator = Slab.allocator();
            OffHeapCache.Builder<Integer> builder =
                    OffHeapCache.<Integer>builder(allocator, benchmark.room()).eviction(eviction);
            cache = (oneIn == 0 ? builder : builder.sampled(oneIn)).build();
            for (int key = 0; key < benchmark.entries; key++) {
                cache.put(key, new byte[benchmark.size]);
            }
        }

        /** Frees the values. */
        @TearDown(Level.Trial)
        public void close() {
            cache.close();
            allocator.close();
        }
    }

    /** Caffeine with values on the heap. */
    @State(Scope.Benchmark)
    @SuppressWarnings("NullAway.Init") // JMH calls fill first
    public static class OnHeap {

        private Cache<Integer, byte[]> cache;

        /** Fills the cache. */
        @Setup(Level.Trial)
        public void fill(CacheBenchmark benchmark) {
            cache = Caffeine.newBuilder()
                    .maximumWeight(benchmark.room())
                    .weigher((Integer key, byte[] value) -> value.length)
                    .build();
            for (int key = 0; key < benchmark.entries; key++) {
                cache.put(key, new byte[benchmark.size]);
            }
        }
    }

    /** The cache of Ehcache with keys and values off the heap. */
    @State(Scope.Benchmark)
    @SuppressWarnings("NullAway.Init") // JMH calls fill first
    public static class Ehcache {

        private CacheManager manager;
        private org.ehcache.Cache<Integer, byte[]> cache;

        /** Fills the cache. An entry takes some hundred bytes beside its value. */
        @Setup(Level.Trial)
        public void fill(CacheBenchmark benchmark) {
            manager = CacheManagerBuilder.newCacheManagerBuilder().build(true);
            cache = manager.createCache(
                    "values",
                    CacheConfigurationBuilder.newCacheConfigurationBuilder(
                            Integer.class,
                            byte[].class,
                            ResourcePoolsBuilder.newResourcePoolsBuilder()
                                    .offheap(benchmark.room() + benchmark.entries * 512L + (64 << 20), MemoryUnit.B)));
            for (int key = 0; key < benchmark.entries; key++) {
                cache.put(key, new byte[benchmark.size]);
            }
        }

        /** Frees the values. */
        @TearDown(Level.Trial)
        public void close() {
            manager.close();
        }
    }

    private Integer key() {
        return ThreadLocalRandom.current().nextInt(entries);
    }

    /** Reads in place. */
    @Benchmark
    public int offHeap(OffHeap state) {
        Integer sum = state.cache.get(key(), CacheBenchmark::ends);
        return sum == null ? -1 : sum;
    }

    private static int ends(MemorySegment value) {
        return value.get(ValueLayout.JAVA_BYTE, 0) + value.get(ValueLayout.JAVA_BYTE, value.byteSize() - 1);
    }

    /** Copies the value to the heap. */
    @Benchmark
    public int offHeapCopied(OffHeap state) {
        byte[] value = state.cache.get(key());
        return value == null ? -1 : value[0] + value[value.length - 1];
    }

    /** Caffeine. */
    @Benchmark
    public int caffeine(OnHeap state) {
        byte[] value = state.cache.getIfPresent(key());
        return value == null ? -1 : value[0] + value[value.length - 1];
    }

    /** Ehcache, which copies the value to the heap. */
    @Benchmark
    public int ehcache(Ehcache state) {
        byte[] value = state.cache.get(key());
        return value == null ? -1 : value[0] + value[value.length - 1];
    }
}
