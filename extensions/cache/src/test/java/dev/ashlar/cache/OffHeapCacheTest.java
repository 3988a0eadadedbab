package dev.ashlar.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.slab.Slab;
import dev.ashlar.spi.LargeBlockPolicy;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OffHeapCacheTest {

    private static final int SIZE = 64;

    private final Allocator allocator = Slab.allocator();

    @AfterEach
    void everythingIsFreed() {
        assertThat(allocator.stats().liveBlocks()).isZero();
        allocator.close();
    }

    private OffHeapCache<Integer> cache(Eviction eviction, int entries) {
        return OffHeapCache.<Integer>builder(allocator, (long) entries * SIZE)
                .eviction(eviction)
                .largestValue(SIZE)
                .build();
    }

    private static boolean put(OffHeapCache<Integer> cache, int key) {
        return cache.put(key, Values.of(key, 1, SIZE));
    }

    private static boolean has(OffHeapCache<Integer> cache, int key) {
        Integer version = cache.get(key, value -> Values.versionOf(value, key));
        return version != null;
    }

    @ParameterizedTest
    @EnumSource
    void mustReadWhatWasPutLast(Eviction eviction) {
        try (OffHeapCache<Integer> cache = cache(eviction, 100)) {
            assertThat(cache.get(1)).isNull();
            assertThat(cache.put(1, new byte[] {1, 2})).isTrue();
            assertThat(cache.put(2, new byte[0])).isTrue();
            assertThat(cache.put(1, new byte[] {3})).isTrue();
            assertThat(cache.get(1)).containsExactly(3);
            assertThat(cache.get(2)).isEmpty();
            assertThat(cache.remove(1)).isTrue();
            assertThat(cache.remove(1)).isFalse();
            assertThat(cache.contains(1)).isFalse();
            assertThat(cache.keys()).containsExactly(2);
            CacheStats stats = cache.stats();
            assertThat(stats.puts()).isEqualTo(3);
            assertThat(stats.hits()).isEqualTo(2);
            assertThat(stats.misses()).isOne();
            assertThat(stats.entries()).isOne();
            cache.checkInvariants();
            cache.clear();
            assertThat(cache.keys()).isEmpty();
            assertThat(allocator.stats().liveBlocks()).isZero();
            cache.checkInvariants();
        }
    }

    @ParameterizedTest
    @EnumSource
    void mustNotExceedItsBoundWhenPutReturns(Eviction eviction) {
        try (OffHeapCache<Integer> cache = OffHeapCache.<Integer>builder(allocator, 10_000)
                .eviction(eviction)
                .largestValue(3_000)
                .build()) {
            for (int i = 0; i < 500; i++) {
                int size = Values.HEADER + i * 7 % 2_900;
                cache.put(i, Values.of(i, 0, size));
                if (i % 3 == 0) {
                    cache.get(i / 2);
                }
                assertThat(allocator.stats().allocatedBytes()).isLessThanOrEqualTo(10_000);
                assertThat(cache.stats().storedBytes())
                        .isEqualTo(cache.stats().heldBytes())
                        .isEqualTo(allocator.stats().allocatedBytes());
            }
            assertThat(cache.stats().evictions()).isGreaterThan(100);
            cache.checkInvariants();
        }
    }

    @ParameterizedTest
    @EnumSource
    void mustRefuseAValueThatIsTooLargeAndForgetTheOldOne(Eviction eviction) {
        try (OffHeapCache<Integer> cache = cache(eviction, 10)) {
            put(cache, 1);
            assertThat(cache.put(1, SIZE + 1, block -> {})).isFalse();
            assertThat(cache.put(2, 1L << 40, block -> {})).isFalse();
            assertThat(cache.stats().tooLarge()).isEqualTo(2);
            assertThat(has(cache, 1)).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource
    void mustEvictWhenTheAllocatorRefuses(Eviction eviction) {
        Allocator limited = Allocators.limited(allocator, 20 * SIZE);
        try (limited;
                OffHeapCache<Integer> cache = OffHeapCache.<Integer>builder(limited, 1 << 20)
                        .eviction(eviction)
                        .build()) {
            MemorySegment other = limited.allocate(5 * SIZE);
            for (int i = 0; i < 100; i++) {
                assertThat(put(cache, i)).isTrue();
                assertThat(has(cache, i)).isTrue();
            }
            assertThat(cache.stats().entries()).isBetween(10L, 15L);
            assertThat(cache.stats().evictions()).isGreaterThanOrEqualTo(85);
            cache.clear();
            MemorySegment rest = limited.allocate(15 * SIZE);
            assertThat(put(cache, 1)).isFalse();
            assertThat(cache.stats().notStored()).isOne();
            byte[] copy =
                    cache.getOrLoad(7, key -> Values.of(key, 3, SIZE), value -> value.toArray(ValueLayout.JAVA_BYTE));
            assertThat(copy).isEqualTo(Values.of(7, 3, SIZE).toArray(ValueLayout.JAVA_BYTE));
            assertThat(cache.contains(7)).isFalse();
            limited.free(rest);
            limited.free(other);
            cache.checkInvariants();
        }
    }

    @Test
    void mustEvictNothingForAValueThatIsNeverServed() {
        try (Allocator small = Slab.builder()
                        .largestBlock(1024)
                        .largeBlocks(LargeBlockPolicy.REFUSE)
                        .build();
                OffHeapCache<Integer> cache =
                        OffHeapCache.<Integer>builder(small, 1 << 20).build()) {
            put(cache, 1);
            assertThat(cache.put(2, 2000, block -> {})).isFalse();
            assertThat(cache.stats().notStored()).isOne();
            assertThat(has(cache, 1)).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void mustEvictBeforeALimitRefusesAnother(Eviction eviction) {
        Limit server = Limit.of("server", 100 * SIZE);
        Allocator shared = Allocators.limited(allocator, server);
        try (shared;
                OffHeapCache<Integer> cache = OffHeapCache.<Integer>builder(shared, 80 * SIZE)
                        .eviction(eviction)
                        .largestValue(SIZE)
                        .evictBeforeRefusalOf(server)
                        .build()) {
            IntStream.range(0, 80).forEach(key -> put(cache, key));
            assertThat(server.usedBytes()).isEqualTo(80 * SIZE);
            MemorySegment other = shared.allocate(50 * SIZE);
            assertThat(cache.stats().entries()).isBetween(40L, 50L);
            assertThat(server.refused()).isZero();
            cache.checkInvariants();
            shared.free(other);
        }
        assertThat(shared.isClosed()).isTrue();
    }

    @Test
    void mustChangeNothingIfAWriterThrows() {
        try (OffHeapCache<Integer> cache = cache(Eviction.LRU, 10)) {
            put(cache, 1);
            assertThatThrownBy(() -> cache.put(1, SIZE, block -> {
                        throw new IllegalStateException("writer");
                    }))
                    .hasMessage("writer");
            assertThat(has(cache, 1)).isTrue();
            assertThat(allocator.stats().liveBlocks()).isOne();
            assertThatThrownBy(() -> cache.put(1, -1, block -> {}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("-1");
        }
    }

    @ParameterizedTest
    @EnumSource
    void mustNotFreeAValueUnderItsReader(Eviction eviction) {
        OffHeapCache<Integer> cache = cache(eviction, 10);
        put(cache, 1);
        cache.get(1, value -> {
            assertThat(value.isReadOnly()).isTrue();
            cache.remove(1);
            assertThat(cache.contains(1)).isFalse();
            assertThat(cache.stats().storedBytes()).isZero();
            assertThat(cache.stats().heldBytes()).isEqualTo(SIZE);
            assertThat(allocator.stats().liveBlocks()).isOne();
            put(cache, 1);
            return Values.versionOf(value, 1);
        });
        assertThat(allocator.stats().liveBlocks()).isOne();
        cache.get(1, value -> {
            cache.close();
            return Values.versionOf(value, 1);
        });
        assertThat(cache.stats().heldBytes()).isZero();
    }

    @Test
    void mustEvictInTheOrderOfUse() {
        try (OffHeapCache<Integer> cache = cache(Eviction.LRU, 3)) {
            IntStream.of(1, 2, 3).forEach(key -> put(cache, key));
            has(cache, 1);
            put(cache, 2);
            put(cache, 4); // evicts 3
            assertThat(cache.keys()).containsExactlyInAnyOrder(1, 2, 4);
            put(cache, 5);
            assertThat(cache.keys()).containsExactlyInAnyOrder(2, 4, 5);
        }
    }

    @Test
    void mustEvictInTheOrderOfWrites() {
        try (OffHeapCache<Integer> cache = cache(Eviction.FIFO, 3)) {
            IntStream.of(1, 2, 3).forEach(key -> put(cache, key));
            has(cache, 1);
            put(cache, 2);
            put(cache, 4); // evicts 1
            assertThat(cache.keys()).containsExactlyInAnyOrder(2, 3, 4);
            put(cache, 5);
            assertThat(cache.keys()).containsExactlyInAnyOrder(2, 4, 5);
        }
    }

    @Test
    void mustEvictInTheOrderOfFrequency() {
        try (OffHeapCache<Integer> cache = cache(Eviction.LFU, 3)) {
            IntStream.of(1, 2, 3).forEach(key -> put(cache, key));
            IntStream.of(1, 1, 2, 2, 3).forEach(key -> has(cache, key));
            has(cache, 1);
            put(cache, 4); // evicts itself: it was used least often
            assertThat(cache.keys()).containsExactlyInAnyOrder(1, 2, 3);
            assertThat(cache.evict(1)).isEqualTo(SIZE);
            assertThat(cache.keys()).containsExactlyInAnyOrder(1, 2);
            assertThat(cache.evict(1)).isEqualTo(SIZE);
            assertThat(cache.keys()).containsExactlyInAnyOrder(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void mustEvictAsManyBytesAsRequested(Eviction eviction) {
        try (OffHeapCache<Integer> cache = cache(eviction, 100)) {
            IntStream.range(0, 100).forEach(key -> put(cache, key));
            assertThat(cache.evict(10 * SIZE - 1)).isEqualTo(10 * SIZE);
            assertThat(cache.stats().entries()).isEqualTo(90);
            assertThat(cache.evict(Long.MAX_VALUE)).isEqualTo(90 * SIZE);
            assertThat(cache.evict(1)).isZero();
            cache.checkInvariants();
        }
    }

    @Test
    void mustCallOneLoaderForEachKey() throws Exception {
        AtomicInteger loaders = new AtomicInteger();
        CountDownLatch isLoading = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newFixedThreadPool(4);
                OffHeapCache<Integer> cache = cache(Eviction.ADAPTIVE, 100)) {
            Stream<Future<Integer>> results = Stream.generate(() -> threads.submit(() -> cache.getOrLoad(
                            1,
                            key -> {
                                loaders.incrementAndGet();
                                isLoading.countDown();
                                Threads.await(mayEnd);
                                return Values.of(key, 5, SIZE);
                            },
                            value -> Values.versionOf(value, 1))))
                    .limit(4)
                    .toList()
                    .stream();
            isLoading.await();
            assertThat(cache.get(1)).isNull();
            mayEnd.countDown();
            for (Future<Integer> result : results.toList()) {
                assertThat(result.get()).isEqualTo(5);
            }
            assertThat(loaders).hasValue(1);
            assertThat(cache.stats().loads()).isOne();
            cache.checkInvariants();
        }
    }

    @Test
    void mustNotStoreALoadDuringWhichTheKeyWasChanged() {
        try (OffHeapCache<Integer> cache = cache(Eviction.ADAPTIVE, 100)) {
            Integer loaded = cache.getOrLoad(
                    1,
                    key -> {
                        cache.remove(key);
                        return Values.of(key, 1, SIZE);
                    },
                    value -> Values.versionOf(value, 1));
            assertThat(loaded).isOne();
            assertThat(cache.contains(1)).isFalse();
            loaded = cache.getOrLoad(
                    1,
                    key -> {
                        cache.put(key, Values.of(key, 2, SIZE));
                        return Values.of(key, 1, SIZE);
                    },
                    value -> Values.versionOf(value, 1));
            assertThat(loaded).isOne();
            assertThat(cache.<Integer>get(1, value -> Values.versionOf(value, 1)))
                    .isEqualTo(2);
            cache.checkInvariants();
        }
    }

    /** The load has found that it may store, and stores when the clear has begun. */
    @Test
    void mustNotKeepALoadThatStoresDuringAClear() throws Exception {
        CountDownLatch isStoring = new CountDownLatch(1);
        CountDownLatch mayStore = new CountDownLatch(1);
        HookedKey key = new HookedKey(1);
        try (OffHeapCache<HookedKey> cache = OffHeapCache.<HookedKey>builder(allocator, 10 * SIZE)
                .eviction(Eviction.LRU)
                .largestValue(SIZE)
                .build()) {
            FutureTask<Integer> load = new FutureTask<>(() -> {
                key.onHashIn("added", () -> {
                    isStoring.countDown();
                    Threads.await(mayStore);
                });
                return cache.getOrLoad(key, missing -> Values.of(1, 3, SIZE), value -> Values.versionOf(value, 1));
            });
            new Thread(load).start();
            isStoring.await();
            FutureTask<?> clear = new FutureTask<>(cache::clear, null);
            Thread clearing = new Thread(clear);
            clearing.start();
            Threads.awaitWaitingOrDone(clearing, clear);
            mayStore.countDown();
            clear.get();
            assertThat(load.get()).isEqualTo(3);
            assertThat(cache.contains(key)).isFalse();
            cache.checkInvariants();
        }
    }

    @Test
    void mustLeaveNothingBehindIfALoaderFails() {
        try (OffHeapCache<Integer> cache = cache(Eviction.ADAPTIVE, 100)) {
            assertThatThrownBy(() -> cache.getOrLoad(
                            1,
                            key -> {
                                throw new IllegalStateException("loader");
                            },
                            value -> 0))
                    .hasMessage("loader");
            assertThatThrownBy(() -> cache.getOrLoad(
                            1, key -> cache.getOrLoad(key, again -> Values.of(1, 1, SIZE), value -> value), value -> 0))
                    .hasMessageContaining("loads the same key");
            assertThat(cache.<Integer>getOrLoad(1, key -> null, value -> 0)).isNull();
            assertThat(cache.stats().loadFailures()).isEqualTo(2);
            assertThat(cache.<Integer>getOrLoad(1, key -> Values.of(1, 4, SIZE), value -> Values.versionOf(value, 1)))
                    .isEqualTo(4);
            cache.checkInvariants();
        }
    }

    @Test
    void mustRefuseWorkAfterItsClose() {
        OffHeapCache<Integer> cache = cache(Eviction.ADAPTIVE, 100);
        put(cache, 1);
        cache.close();
        cache.close();
        assertThat(cache.isClosed()).isTrue();
        assertThatThrownBy(() -> put(cache, 2)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> cache.get(1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> cache.remove(1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(cache::clear).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(cache::keys).isInstanceOf(IllegalStateException.class);
        assertThat(cache.stats().puts()).isOne();
        assertThat(cache.stats().entries()).isZero();
    }

    @Test
    void mustFreeAValueThatIsPutDuringAClose() {
        OffHeapCache<Integer> cache = cache(Eviction.ADAPTIVE, 100);
        assertThatThrownBy(() -> cache.put(1, SIZE, block -> cache.close()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void mustNameWhatIsWrongWithASetting() {
        assertThatThrownBy(() -> OffHeapCache.builder(allocator, 0)).hasMessageContaining("maximumBytes is 0");
        OffHeapCache.Builder<Integer> builder = OffHeapCache.builder(allocator, 100);
        assertThatThrownBy(() -> builder.largestValue(101))
                .hasMessageContaining("101")
                .hasMessageContaining("100");
    }

    /** Text as UTF-8. */
    private enum Text implements Serializer<String> {
        UTF_8;

        @Override
        public long byteSize(String value) {
            return value.getBytes(StandardCharsets.UTF_8).length;
        }

        @Override
        public void write(String value, MemorySegment to) {
            to.copyFrom(MemorySegment.ofArray(value.getBytes(StandardCharsets.UTF_8)));
        }

        @Override
        public String read(MemorySegment from) {
            return new String(from.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
        }
    }

    @Test
    void mustStoreTypedValues() {
        try (OffHeapCache<Integer> cache = cache(Eviction.ADAPTIVE, 100)) {
            TypedCache<Integer, String> texts = new TypedCache<>(cache, Text.UTF_8);
            assertThat(texts.put(1, "größer")).isTrue();
            assertThat(texts.get(1)).isEqualTo("größer");
            assertThat(texts.get(2)).isNull();
            assertThat(texts.getOrLoad(2, key -> "loaded " + key)).isEqualTo("loaded 2");
            assertThat(texts.get(2)).isEqualTo("loaded 2");
            assertThat(texts.getOrLoad(3, key -> null)).isNull();
        }
    }
}
