package dev.ashlar.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.ashlar.api.Allocator;
import dev.ashlar.slab.Slab;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CacheAnalysisTest {

    private static final int SIZE = 64;
    private static final int ENTRIES = 200;

    private final Allocator allocator = Slab.allocator();

    @AfterEach
    void everythingIsFreed() {
        assertThat(allocator.stats().liveBlocks()).isZero();
        allocator.close();
    }

    private OffHeapCache<Integer> cache(Eviction eviction, int entries, int oneIn) {
        return OffHeapCache.<Integer>builder(allocator, (long) entries * SIZE)
                .eviction(eviction)
                .largestValue(SIZE)
                .sampled(oneIn)
                .build();
    }

    private static void read(OffHeapCache<Integer> cache, int key, int size) {
        cache.getOrLoad(key, missing -> Values.of(missing, 1, size), value -> value.byteSize());
    }

    /** Each policy would have reached what it does reach. */
    @ParameterizedTest
    @EnumSource
    void mustSimulateWhatAPolicyReaches(Eviction eviction) {
        for (Eviction real : List.of(Eviction.LRU)) {
            try (OffHeapCache<Integer> cache = cache(real, ENTRIES, 1);
                    OffHeapCache<Integer> other = cache(eviction, ENTRIES, 1)) {
                SplittableRandom random = new SplittableRandom(1);
                for (int i = 0; i < 4000; i++) {
                    int key = random.nextInt(1 + random.nextInt(600));
                    read(cache, key, SIZE);
                    read(other, key, SIZE);
                }
                double simulated = cache.analyze()
                        .simulatedHitRate(eviction, cache.maximumBytes())
                        .orElseThrow();
                assertThat(simulated).isCloseTo(other.stats().hitRate(), within(0.03));
            }
        }
    }

    @Test
    void mustSimulateOnASampleOfTheKeys() {
        try (OffHeapCache<Integer> cache = cache(Eviction.LRU, 20 * ENTRIES, 8)) {
            SplittableRandom random = new SplittableRandom(1);
            for (int i = 0; i < 20_000; i++) {
                read(cache, random.nextInt(1 + random.nextInt(20 * 600)), SIZE);
            }
            CacheAnalysis analysis = cache.analyze();
            assertThat(analysis.sample().reads()).isBetween(1_500L, 4_000L);
            assertThat(analysis.simulatedHitRate(Eviction.LRU, cache.maximumBytes())
                            .orElseThrow())
                    .isCloseTo(cache.stats().hitRate(), within(0.06));
        }
    }

    @Test
    void mustTellHowOldValuesAreWhenTheyAreHitAndWhenTheyAreEvicted() {
        HandClock clock = new HandClock();
        try (OffHeapCache<Integer> cache = OffHeapCache.<Integer>builder(allocator, 4 * SIZE)
                .eviction(Eviction.FIFO)
                .largestValue(SIZE)
                .sampled(1)
                .nanoTime(clock)
                .build()) {
            assertThat(cache.analyze().ageOfHits(1)).isEmpty();
            assertThat(cache.analyze().text()).contains("hits unknown and unknown");
            for (int i = 0; i < 20; i++) { // each value is hit after a second, and evicted four later
                read(cache, i, SIZE);
                clock.advance(Duration.ofSeconds(1));
                read(cache, i, SIZE);
                clock.advance(Duration.ofSeconds(1));
            }
            CacheAnalysis analysis = cache.analyze();
            assertThat(analysis.sample().ages())
                    .containsExactly(
                            new CacheAnalysis.Age(Duration.ofNanos(1 << 30), 20, 0),
                            new CacheAnalysis.Age(Duration.ofNanos(1L << 33), 0, 16));
            assertThat(analysis.ageOfHits(0)).contains(Duration.ofNanos(1 << 30));
            assertThat(analysis.ageOfHits(1)).contains(Duration.ofNanos(1 << 30));
            assertThat(analysis.ageOfEvicted(0.5)).contains(Duration.ofNanos(1L << 33));
            assertThat(analysis.text()).contains("hits PT1.073741824S", "evicted PT8.589934592S");
        }
    }

    @Test
    void mustRecommendMoreRoomAndAnotherPolicyForALoop() {
        try (OffHeapCache<Integer> cache = cache(Eviction.LRU, ENTRIES, 1)) {
            for (int i = 0; i < 5000; i++) {
                read(cache, i % (ENTRIES * 5 / 4), SIZE);
            }
            CacheAnalysis analysis = cache.analyze();
            assertThat(cache.stats().hits()).isZero();
            assertThat(analysis.recommendations())
                    .anyMatch(each -> each.startsWith("Use eviction "))
                    .anyMatch(each -> each.startsWith("Raise maximumBytes from 12800 to 25600 for 95.0 % hits"));
            assertThat(analysis.text()).contains("LRU cache of 12800 bytes", "Raise maximumBytes");
            assertThat(analysis.meanStay()).isBetween(Duration.ofNanos(1), analysis.elapsed());
            assertThat(analysis.savedTime()).isZero();
            assertThat(analysis.metadataShare()).isEqualTo(3);
        }
    }

    @Test
    void mustRecommendLessRoomAndTheBoundOfAValue() {
        try (OffHeapCache<Integer> cache =
                OffHeapCache.<Integer>builder(allocator, 1 << 20).sampled(1).build()) {
            for (int i = 0; i < 3000; i++) {
                read(cache, i % 10, SIZE);
                if (i % 100 == 0) {
                    read(cache, 1000 + i, 4096);
                }
            }
            assertThat(cache.analyze().recommendations())
                    .anyMatch(each -> each.startsWith("Lower maximumBytes from 1048576 to 524288"))
                    .anyMatch(each -> each.startsWith("Values over 2048 bytes are never hit")
                            && each.endsWith("Set largestValue to 2048."));
            assertThat(cache.analyze().savedTime()).isPositive();
        }
    }

    @Test
    void mustSayThatItHasSeenTooLittle() {
        try (OffHeapCache<Integer> cache = cache(Eviction.ADAPTIVE, ENTRIES, 1)) {
            read(cache, 1, SIZE);
            List<String> recommendations = cache.analyze().recommendations();
            assertThat(recommendations).anyMatch(each -> each.startsWith("Only 1 reads were sampled."));
        }
        assertThatThrownBy(() -> OffHeapCache.builder(allocator, 100).sampled(3))
                .hasMessageContaining("oneIn is 3");
        try (OffHeapCache<Object> cache = OffHeapCache.builder(allocator, 100).build()) {
            assertThatThrownBy(cache::analyze).hasMessageContaining("sampled");
        }
    }
}
