package dev.ashlar.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.api.compose.Hardening;
import dev.ashlar.cache.compress.AirCompression;
import dev.ashlar.slab.Slab;
import dev.ashlar.testkit.TestLength;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Many threads on few keys. Each value shows whether it is whole, and freed blocks are overwritten, so a block that is
 * freed under a reader is noticed. Versions of a key that its only writer has put never go back for a reader.
 */
class CacheStressTest {

    private static final int THREADS = 4;
    private static final int KEYS = 200;

    @TempDir
    private Path folder;

    private final Allocator strategy = Slab.allocator();

    @ParameterizedTest
    @EnumSource
    void valuesMustBeWhole(Eviction eviction) throws Exception {
        stress(allocator -> OffHeapCache.<Integer>builder(allocator, 30_000).eviction(eviction));
    }

    @Test
    void valuesMustBeWholeOverDisk() throws Exception {
        stress(allocator -> OffHeapCache.<Integer>builder(allocator, 20_000)
                .disk(folder, 40_000)
                .compression(AirCompression.lz4(), 0.1));
    }

    @Test
    void valuesMustBeWholeOverDiskByAnExecutor() throws Exception {
        try (ExecutorService writers = Executors.newFixedThreadPool(2)) {
            stress(allocator -> OffHeapCache.<Integer>builder(allocator, 20_000)
                    .eviction(Eviction.LRU)
                    .disk(folder, 40_000, writers));
        }
    }

    @Test
    void valuesMustBeWholeUnderPressure() throws Exception {
        Limit limit = Limit.of("process", 40_000);
        Allocator limited = Allocators.limited(strategy, limit);
        run(
                limited,
                OffHeapCache.<Integer>builder(limited, 30_000)
                        .evictBeforeRefusalOf(limit)
                        .build(),
                limited);
    }

    private interface Cached {
        OffHeapCache.Builder<Integer> on(Allocator allocator);
    }

    private void stress(Cached cached) throws Exception {
        Allocator allocator = Allocators.hardening(
                strategy, Hardening.builder(Hardening.Level.FULL).build());
        run(allocator, cached.on(allocator).build(), null);
    }

    private void run(Allocator allocator, OffHeapCache<Integer> cache, @Nullable Allocator contended) throws Exception {
        int steps = TestLength.of(1_500, 500_000);
        AtomicIntegerArray versions = new AtomicIntegerArray(KEYS);
        try (strategy;
                allocator) {
            try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
                List<Future<?>> all = new ArrayList<>();
                for (int thread = 0; thread < THREADS; thread++) {
                    int index = thread;
                    all.add(threads.submit(() -> work(cache, index, steps, versions, contended)));
                }
                for (Future<?> one : all) {
                    one.get();
                }
            }
            cache.checkInvariants();
            CacheStats stats = cache.stats();
            assertThat(stats.hits()).isPositive();
            assertThat(stats.evictions()).isPositive();
            assertThat(stats.disk().damaged() + stats.disk().errors()).isZero();
            assertThat(stats.heldBytes()).isLessThanOrEqualTo(30_000);
            cache.close();
            assertThat(allocator.stats().liveBlocks()).isZero();
            assertThat(cache.stats().heldBytes()).isZero();
        }
    }

    private static void work(
            OffHeapCache<Integer> cache,
            int thread,
            int steps,
            AtomicIntegerArray versions,
            @Nullable Allocator contended) {
        SplittableRandom random = new SplittableRandom(thread);
        for (int i = 0; i < steps; i++) {
            int key = Math.min(random.nextInt(KEYS), random.nextInt(KEYS));
            int own = key / THREADS * THREADS + thread; // the only thread that puts it
            int size = Values.HEADER + random.nextInt(600);
            switch (random.nextInt(16)) {
                case 0, 1, 2, 3 -> {
                    int version = versions.get(own) + 1;
                    cache.put(own, Values.of(own, version, size));
                    versions.set(own, version);
                }
                case 4 -> {
                    cache.remove(own);
                    assertThat(cache.contains(own)).isFalse();
                }
                case 5 -> cache.evict(size);
                case 6 ->
                    cache.getOrLoad(
                            own,
                            missing -> Values.of(missing, versions.get(missing), size),
                            value -> requireRecent(value, own, versions.get(own)));
                case 7 -> {
                    if (contended != null) {
                        MemorySegment block = contended.tryAllocate(20_000, 8);
                        if (block != null) {
                            contended.free(block);
                        }
                    }
                }
                default -> {
                    int least = versions.get(key);
                    cache.get(key, value -> requireRecent(value, key, least));
                }
            }
        }
    }

    /** A version is counted after its put, so a reader that counted first finds that one or a later one. */
    private static int requireRecent(MemorySegment value, int key, int least) {
        int version = Values.versionOf(value, key);
        if (version < least) {
            throw new AssertionError("key " + key + " has version " + version + " after version " + least);
        }
        return version;
    }

    /** There is room for all values on disk, so none is missed while it goes there or comes back. */
    @Test
    void noValueMayBeMissedWhileItMoves() throws Exception {
        int keys = 20;
        try (strategy;
                OffHeapCache<Integer> cache = OffHeapCache.<Integer>builder(strategy, 1 << 20)
                        .disk(folder, 1 << 20)
                        .build();
                ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            IntStream.range(0, keys).forEach(key -> cache.put(key, Values.of(key, 1, 64)));
            List<Future<?>> all = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                SplittableRandom random = new SplittableRandom(thread);
                all.add(threads.submit(() -> IntStream.range(0, TestLength.of(5_000, 500_000))
                        .forEach(i -> {
                            int key = random.nextInt(keys);
                            switch (random.nextInt(8)) {
                                case 0, 1 -> cache.evict(1L << random.nextInt(12));
                                case 2 -> assertThat(cache.contains(key)).isTrue();
                                case 3 -> assertThat(cache.keys()).hasSize(keys);
                                default ->
                                    assertThat(cache.<Integer>get(key, value -> Values.versionOf(value, key)))
                                            .isOne();
                            }
                        })));
            }
            for (Future<?> one : all) {
                one.get();
            }
            assertThat(cache.stats().misses()).isZero();
            assertThat(cache.stats().disk().promotions()).isPositive();
            cache.checkInvariants();
        }
    }

    /** The same for values of one key that all threads load: none is ever half of two. */
    @Test
    void oneKeyMustBeWhole() throws Exception {
        Allocator allocator = Allocators.hardening(strategy, Hardening.Level.FULL);
        try (strategy;
                allocator;
                OffHeapCache<Integer> cache =
                        OffHeapCache.<Integer>builder(allocator, 100_000).build();
                ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            List<Future<?>> all = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                int version = thread;
                all.add(threads.submit(() -> IntStream.range(0, TestLength.of(1_500, 500_000))
                        .forEach(i -> {
                            if (i % 8 == 0) {
                                cache.put(1, Values.of(1, version, 40 + i % 300));
                            } else if (i % 61 == 0) {
                                cache.remove(1);
                            } else {
                                cache.get(1, value -> Values.versionOf(value, 1));
                            }
                        })));
            }
            for (Future<?> one : all) {
                one.get();
            }
            assertThat(cache.stats().heldBytes()).isEqualTo(cache.stats().storedBytes());
        }
    }
}
