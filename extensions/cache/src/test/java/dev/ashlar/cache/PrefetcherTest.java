package dev.ashlar.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ashlar.api.Allocator;
import dev.ashlar.slab.Slab;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PrefetcherTest {

    private static final int SIZE = 64;

    private final Allocator allocator = Slab.allocator();
    private final AtomicInteger loaded = new AtomicInteger();

    @AfterEach
    void everythingIsFreed() {
        assertThat(allocator.stats().liveBlocks()).isZero();
        allocator.close();
    }

    private OffHeapCache<Long> cache(int entries) {
        return OffHeapCache.<Long>builder(allocator, (long) entries * SIZE)
                .largestValue(SIZE)
                .eviction(Eviction.LRU)
                .build();
    }

    private MemorySegment load(Long key) {
        loaded.incrementAndGet();
        return Values.of(key.intValue(), 1, SIZE);
    }

    private Prefetcher<Long> byStride(OffHeapCache<Long> cache, Executor executor) {
        return Prefetcher.byStride(
                cache, this::load, key -> key, place -> place < 0 || place > 999 ? null : place, executor, 8);
    }

    private static void read(Prefetcher<Long> prefetcher, long key) {
        assertThat(prefetcher.<Integer>get(key, value -> Values.versionOf(value, (int) key)))
                .isOne();
    }

    @Test
    void mustLoadAheadOfASequence() {
        try (OffHeapCache<Long> cache = cache(1000)) {
            Prefetcher<Long> prefetcher = byStride(cache, Runnable::run);
            for (long key = 0; key < 100; key++) {
                read(prefetcher, key);
            }
            assertThat(cache.stats().misses()).isEqualTo(4); // three make a stream, and the fourth confirms it
            assertThat(prefetcher.stats().used()).isGreaterThan(90);
            assertThat(prefetcher.stats().usedShare()).isGreaterThan(0.9);
            assertThat(loaded).hasValueBetween(100, 108);
        }
    }

    @Test
    void mustFollowMixedStridesInBothDirections() {
        try (OffHeapCache<Long> cache = cache(1000)) {
            Prefetcher<Long> prefetcher = byStride(cache, Runnable::run);
            for (int i = 0; i < 30; i++) {
                read(prefetcher, 400 - 7L * i);
                read(prefetcher, 500 + 3L * i);
            }
            assertThat(cache.stats().hits()).isEqualTo(52);
            assertThat(prefetcher.stats().usedShare()).isGreaterThan(0.7);
        }
    }

    @Test
    void mustLoadLittleAheadOfReadsWithoutOrder() {
        try (OffHeapCache<Long> cache = cache(1000)) {
            Prefetcher<Long> prefetcher = byStride(cache, Runnable::run);
            SplittableRandom random = new SplittableRandom(1);
            for (int i = 0; i < 500; i++) {
                read(prefetcher, random.nextInt(1000));
            }
            assertThat(prefetcher.stats().started()).isLessThan(100);
        }
    }

    @Test
    void mustLoadAheadByAPattern() {
        try (OffHeapCache<Long> cache = cache(1000)) {
            Prefetcher<Long> prefetcher =
                    Prefetcher.byPattern(cache, this::load, key -> List.of(key + 100, key + 200), Runnable::run, 4);
            read(prefetcher, 5);
            assertThat(cache.keys()).containsExactlyInAnyOrder(5L, 105L, 205L);
            read(prefetcher, 205);
            assertThat(prefetcher.stats()).isEqualTo(new Prefetcher.Stats(4, 1, 0, 0, 0));
        }
    }

    /** Of 160 values, ten may be loaded and not read: the others would be evicted before. */
    @Test
    void mustNotLoadWhatWouldBeEvictedAtOnce() {
        try (OffHeapCache<Long> cache = cache(160)) {
            Prefetcher<Long> prefetcher =
                    Prefetcher.byPattern(cache, this::load, key -> List.of(key + 1000), Runnable::run, 4);
            for (long key = 0; key < 100; key++) {
                read(prefetcher, key);
            }
            assertThat(prefetcher.stats().started()).isEqualTo(10);
            assertThat(prefetcher.stats().skipped()).isEqualTo(90);
            for (long key = 100; key < 300; key++) {
                read(prefetcher, key);
            }
            assertThat(prefetcher.stats().wasted()).isPositive();
            assertThat(prefetcher.stats().started())
                    .isEqualTo(prefetcher.stats().wasted() + 10);
        }
    }

    @Test
    void mustBoundWhatIsUnderWay() {
        Deque<Runnable> tasks = new ArrayDeque<>();
        try (OffHeapCache<Long> cache = cache(1000)) {
            Prefetcher<Long> prefetcher =
                    Prefetcher.byPattern(cache, this::load, key -> List.of(key + 1, key + 2, key + 3), tasks::add, 2);
            read(prefetcher, 0);
            assertThat(tasks).hasSize(2);
            read(prefetcher, 1); // under way, and read by its reader
            assertThat(prefetcher.stats()).isEqualTo(new Prefetcher.Stats(2, 1, 0, 1, 0));
            while (!tasks.isEmpty()) {
                tasks.remove().run();
            }
            assertThat(loaded).hasValue(3);
            assertThat(cache.stats().misses()).isEqualTo(2);
        }
    }

    /** On the thread of another key's reader, or not. */
    @Test
    void mustNotThrowWhatALoadAheadThrows() {
        try (OffHeapCache<Long> cache = cache(1000)) {
            Prefetcher<Long> prefetcher = Prefetcher.byPattern(
                    cache,
                    key -> {
                        if (key == 2) {
                            throw new IllegalStateException("loader");
                        }
                        return load(key);
                    },
                    key -> List.of(2L, 3L),
                    Runnable::run,
                    2);
            read(prefetcher, 1);
            assertThat(prefetcher.stats()).isEqualTo(new Prefetcher.Stats(2, 0, 0, 0, 1));
            assertThat(cache.contains(3L)).isTrue();
            read(prefetcher, 3);
            assertThat(prefetcher.stats()).isEqualTo(new Prefetcher.Stats(3, 1, 0, 0, 2));
            assertThatThrownBy(() -> read(prefetcher, 2)).hasMessage("loader"); // of the reader's own key
        }
    }

    @Test
    void mustGoOnAfterAnExecutorThatThrows() {
        AtomicReference<Executor> executor = new AtomicReference<>();
        try (OffHeapCache<Long> cache = cache(1000)) {
            Prefetcher<Long> prefetcher = Prefetcher.byPattern(
                    cache,
                    this::load,
                    key -> List.of(2L, 3L),
                    task -> executor.get().execute(task),
                    2);
            executor.set(task -> {
                throw new IllegalStateException("executor");
            });
            read(prefetcher, 1);
            assertThat(prefetcher.stats()).isEqualTo(new Prefetcher.Stats(2, 0, 0, 0, 2));
            executor.set(task -> {
                throw new OutOfMemoryError("no thread");
            });
            assertThatThrownBy(() -> read(prefetcher, 1)).hasMessage("no thread");
            assertThat(prefetcher.stats()).isEqualTo(new Prefetcher.Stats(4, 0, 0, 0, 4));
            executor.set(task -> {
                task.run();
                throw new IllegalStateException("after the task");
            });
            read(prefetcher, 1);
            assertThat(prefetcher.stats()).isEqualTo(new Prefetcher.Stats(6, 0, 0, 0, 4));
            assertThat(cache.keys()).containsExactlyInAnyOrder(1L, 2L, 3L);
        }
    }

    @Test
    void mustGoOnAfterAPatternThatThrows() {
        Deque<Runnable> tasks = new ArrayDeque<>();
        AtomicReference<List<Long>> pattern = new AtomicReference<>(Arrays.asList(2L, null));
        try (OffHeapCache<Long> cache = cache(1000)) {
            Prefetcher<Long> prefetcher = Prefetcher.byPattern(cache, this::load, key -> pattern.get(), tasks::add, 2);
            assertThatThrownBy(() -> read(prefetcher, 1)).isInstanceOf(NullPointerException.class);
            pattern.set(List.of(2L, 3L, 2L));
            read(prefetcher, 1);
            assertThat(tasks).hasSize(2);
            assertThat(prefetcher.stats()).isEqualTo(new Prefetcher.Stats(2, 0, 0, 0, 0));
            tasks.forEach(Runnable::run);
            assertThat(cache.keys()).containsExactlyInAnyOrder(1L, 2L, 3L);
        }
    }

    /** A key that was read while it was loaded is chosen again, and two loads of it are under way. */
    @Test
    void mustCountTheBytesOfAValueOnce() {
        Deque<Runnable> tasks = new ArrayDeque<>();
        try (OffHeapCache<Long> cache = cache(32)) { // 1/16 are two values
            Prefetcher<Long> prefetcher =
                    Prefetcher.byPattern(cache, this::load, key -> key == 2 ? List.of() : List.of(2L), tasks::add, 2);
            for (int i = 1; i <= 10; i++) {
                read(prefetcher, 1);
                read(prefetcher, 2);
                cache.remove(2L);
                read(prefetcher, 3);
                assertThat(tasks).hasSize(2);
                while (!tasks.isEmpty()) {
                    tasks.remove().run();
                }
                read(prefetcher, 2);
                cache.remove(2L);
                assertThat(prefetcher.stats()).isEqualTo(new Prefetcher.Stats(2L * i, 2L * i, 0, 0, 0));
            }
        }
    }

    @Test
    void mustCountWhatFails() {
        try (OffHeapCache<Long> cache = cache(1000)) {
            Executor refusing = task -> {
                throw new RejectedExecutionException();
            };
            Prefetcher<Long> prefetcher = Prefetcher.byPattern(cache, this::load, key -> List.of(key + 1), refusing, 2);
            read(prefetcher, 0);
            read(prefetcher, 0);
            assertThat(prefetcher.stats()).isEqualTo(new Prefetcher.Stats(2, 0, 0, 0, 2));
            assertThatThrownBy(() -> Prefetcher.byPattern(cache, this::load, key -> List.of(), refusing, 0))
                    .hasMessageContaining("mostInFlight is 0");
        }
    }
}
