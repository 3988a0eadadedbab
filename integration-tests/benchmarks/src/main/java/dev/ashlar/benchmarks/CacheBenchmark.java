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
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A hit: the value of a random one of {@link #ENTRIES} keys is found, and its first and last byte are read. All values
 * are there.
 */
@State(Scope.Benchmark)
public class CacheBenchmark extends AllocatorBenchmark {

    /** A power of two. With the larger values it is 64 MiB, more than the caches of a processor. */
    private static final int ENTRIES = 1 << 14;

    /** The size of a value in bytes. */
    @Param({"100", "4096"})
    public int size;

    /** The policy of the cache off the heap. */
    @State(Scope.Benchmark)
    @SuppressWarnings("NullAway.Init") // JMH calls fill first
    public static class OffHeap {

        /** Each policy. */
        @Param({"ADAPTIVE", "LRU", "LFU", "FIFO"})
        public Eviction eviction;

        private Allocator allocator;
        private OffHeapCache<Integer> cache;

        /** Fills the cache. */
        @Setup(Level.Trial)
        public void fill(CacheBenchmark benchmark) {
            allocator = Slab.allocator();
            cache = OffHeapCache.<Integer>builder(allocator, 2L * ENTRIES * benchmark.size)
                    .eviction(eviction)
                    .build();
            for (int key = 0; key < ENTRIES; key++) {
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
                    .maximumWeight(2L * ENTRIES * benchmark.size)
                    .weigher((Integer key, byte[] value) -> value.length)
                    .build();
            for (int key = 0; key < ENTRIES; key++) {
                cache.put(key, new byte[benchmark.size]);
            }
        }
    }

    private static Integer key() {
        return ThreadLocalRandom.current().nextInt(ENTRIES);
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
}
