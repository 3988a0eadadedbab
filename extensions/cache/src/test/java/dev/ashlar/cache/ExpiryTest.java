package dev.ashlar.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ashlar.api.Allocator;
import dev.ashlar.slab.Slab;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ExpiryTest {

    private static final int SIZE = 64;
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final HandClock clock = new HandClock();
    private final Allocator allocator = Slab.allocator();

    @TempDir
    private Path folder;

    @AfterEach
    void everythingIsFreed() {
        assertThat(allocator.stats().liveBlocks()).isZero();
        allocator.close();
    }

    private OffHeapCache.Builder<Integer> builder(Eviction eviction) {
        return OffHeapCache.<Integer>builder(allocator, 4 * SIZE)
                .largestValue(SIZE)
                .eviction(eviction)
                .nanoTime(clock);
    }

    @ParameterizedTest
    @EnumSource
    void mustExpireAfterTheWrite(Eviction eviction) {
        try (OffHeapCache<Integer> cache =
                builder(eviction).expireAfterWrite(MINUTE.multipliedBy(2)).build()) {
            cache.put(1, Values.of(1, 1, SIZE));
            cache.put(2, Values.of(2, 1, SIZE), MINUTE);
            cache.put(3, Values.of(3, 1, SIZE), ChronoUnit.FOREVER.getDuration());
            clock.advance(MINUTE.minusNanos(1));
            assertThat(cache.keys()).containsExactlyInAnyOrder(1, 2, 3);
            assertThat(cache.get(2)).isNotNull();
            clock.advance(Duration.ofNanos(1));
            assertThat(cache.get(2)).isNull();
            clock.advance(MINUTE);
            assertThat(cache.contains(1)).isFalse();
            assertThat(cache.get(3)).isNotNull();
            cache.checkInvariants();
            assertThat(cache.stats().expired()).isEqualTo(2);
            assertThat(allocator.stats().liveBlocks()).isOne();
        }
    }

    @ParameterizedTest
    @EnumSource
    void mustExpireAfterTheLastAccess(Eviction eviction) {
        try (OffHeapCache<Integer> cache =
                builder(eviction).expireAfterAccess(MINUTE).build()) {
            cache.put(1, Values.of(1, 1, SIZE));
            cache.put(2, Values.of(2, 1, SIZE), Duration.ofSeconds(90));
            clock.advance(Duration.ofSeconds(50));
            assertThat(cache.get(1)).isNotNull();
            assertThat(cache.get(2)).isNotNull();
            clock.advance(Duration.ofSeconds(60));
            assertThat(cache.get(1)).isNull();
            assertThat(cache.get(2)).isNotNull();
            clock.advance(Duration.ofSeconds(90));
            assertThat(cache.get(2)).isNull();
            cache.checkInvariants();
        }
    }

    /** A value that replaces one that has expired is known to the policy. */
    @ParameterizedTest
    @EnumSource
    void mustKeepItsBoundWhenExpiredValuesAreReplaced(Eviction eviction) {
        try (OffHeapCache<Integer> cache =
                builder(eviction).expireAfterWrite(MINUTE).build()) {
            for (int round = 0; round < 10; round++) {
                for (int key = 0; key < 5; key++) {
                    int version = round;
                    cache.put(key, Values.of(key, version, SIZE));
                    clock.advance(MINUTE);
                    cache.getOrLoad(key + 1, missing -> Values.of(missing, version, SIZE), value -> value.byteSize());
                }
                cache.checkInvariants();
                clock.advance(MINUTE);
            }
        }
    }

    /** Caffeine removes what has expired about once in a second. */
    @ParameterizedTest
    @EnumSource
    void mustFreeWhatExpiredAMomentAgo(Eviction eviction) {
        try (OffHeapCache<Integer> cache =
                builder(eviction).expireAfterWrite(Duration.ofMillis(1)).build()) {
            cache.put(1, Values.of(1, 1, SIZE));
            clock.advance(Duration.ofMillis(1));
            cache.clear();
            assertThat(allocator.stats().liveBlocks()).isZero();
            cache.checkInvariants();
            cache.put(1, Values.of(1, 1, SIZE));
            cache.put(2, Values.of(2, 1, SIZE), MINUTE);
            clock.advance(Duration.ofMillis(1));
            assertThat(cache.evict(2 * SIZE)).isEqualTo(SIZE);
            cache.put(1, Values.of(1, 1, SIZE));
            clock.advance(Duration.ofMillis(1));
        }
    }

    @Test
    void mustExpireOnDisk() {
        try (OffHeapCache<Integer> cache = builder(Eviction.LRU)
                .expireAfterWrite(MINUTE)
                .disk(folder, 1 << 20)
                .build()) {
            for (int key = 0; key < 8; key++) {
                cache.put(key, Values.of(key, 1, SIZE));
            }
            clock.advance(MINUTE.dividedBy(2));
            assertThat(cache.get(0)).isNotNull();
            assertThat(cache.stats().disk().promotions()).isOne();
            clock.advance(MINUTE.dividedBy(2));
            assertThat(cache.get(0)).isNull();
            assertThat(cache.get(1)).isNull();
            assertThat(cache.keys()).isEmpty();
            cache.checkInvariants();
        }
    }

    @Test
    void mustNotRemoveWhatHasExpired() {
        try (OffHeapCache<Integer> cache = builder(Eviction.LRU)
                .expireAfterWrite(MINUTE)
                .disk(folder, 1 << 20)
                .build()) {
            for (int key = 0; key < 8; key++) {
                cache.put(key, Values.of(key, 1, SIZE));
            }
            assertThat(cache.remove(0)).isTrue(); // on disk
            assertThat(cache.remove(7)).isTrue(); // in memory
            clock.advance(MINUTE);
            assertThat(cache.remove(1)).isFalse();
            assertThat(cache.remove(6)).isFalse();
            cache.checkInvariants();
        }
    }

    @Test
    void mustRefuseATimeThatItCannotKeep() {
        try (OffHeapCache<Integer> cache = builder(Eviction.ADAPTIVE).build()) {
            assertThatThrownBy(() -> cache.put(1, Values.of(1, 1, SIZE), MINUTE))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("expireAfterWrite");
        }
        assertThatThrownBy(() -> builder(Eviction.LRU).expireAfterWrite(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("PT0S");
        assertThatThrownBy(() -> builder(Eviction.LRU).expireAfterWrite(MINUTE).expireAfterAccess(MINUTE))
                .isInstanceOf(IllegalStateException.class);
    }
}
