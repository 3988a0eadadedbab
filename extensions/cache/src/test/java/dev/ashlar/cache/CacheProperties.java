package dev.ashlar.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.api.compose.Hardening;
import dev.ashlar.cache.compress.AirCompression;
import dev.ashlar.slab.Slab;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;

/** Sequences of operations on a cache and on a map. A cache may forget, but never has another value than the map. */
class CacheProperties {

    private static final Compression LZ4 = AirCompression.lz4();

    /** One operation. */
    record Step(Kind kind, int key, int size) {
        enum Kind {
            PUT,
            GET,
            LOAD,
            REMOVE,
            EVICT,
            CLEAR
        }
    }

    @Provide
    Arbitrary<Step> steps() {
        Arbitrary<Step.Kind> kinds = Arbitraries.frequency(
                Tuple.of(8, Step.Kind.PUT),
                Tuple.of(8, Step.Kind.GET),
                Tuple.of(4, Step.Kind.LOAD),
                Tuple.of(3, Step.Kind.REMOVE),
                Tuple.of(1, Step.Kind.EVICT),
                Tuple.of(1, Step.Kind.CLEAR));
        return Combinators.combine(
                        kinds,
                        Arbitraries.integers().between(0, 30),
                        Arbitraries.integers().between(8, 900))
                .as(Step::new);
    }

    /** A version and a size. */
    private record Expected(int version, int size) {}

    @Property
    void mustAgreeWithAMap(
            @ForAll Eviction eviction,
            @ForAll @IntRange(min = 1, max = 30) int hundreds,
            @ForAll boolean hasDisk,
            @ForAll boolean isCompressed,
            @ForAll @Size(max = 80) List<@From("steps") Step> steps)
            throws IOException {
        long maximumBytes = hundreds * 100L;
        Path folder = Files.createTempDirectory("ashlar-cache");
        Allocator strategy = Slab.allocator();
        Allocator allocator = Allocators.hardening(strategy, Hardening.Level.CANARIES);
        OffHeapCache.Builder<Integer> builder = OffHeapCache.<Integer>builder(allocator, maximumBytes)
                .largestValue(Math.min(maximumBytes, 800))
                .eviction(eviction);
        if (hasDisk) {
            builder.disk(folder, 4000);
        }
        if (isCompressed) {
            builder.compression(LZ4, 0.1);
        }
        Map<Integer, Expected> model = new HashMap<>();
        int version = 0;
        try (strategy;
                allocator) {
            try (OffHeapCache<Integer> cache = builder.build()) {
                for (Step step : steps) {
                    version++;
                    Expected next = new Expected(version, step.size);
                    switch (step.kind) {
                        case PUT -> {
                            if (cache.put(step.key, Values.of(step.key, version, step.size))) {
                                model.put(step.key, next);
                            } else {
                                model.remove(step.key);
                            }
                        }
                        case GET -> {
                            if (cache.get(step.key, value -> check(step.key, value, model.get(step.key))) == null) {
                                model.remove(step.key); // it stays forgotten
                            }
                        }
                        case LOAD -> {
                            Expected found = cache.getOrLoad(
                                    step.key,
                                    key -> {
                                        model.put(key, next);
                                        return Values.of(key, next.version, next.size);
                                    },
                                    value -> check(step.key, value, model.get(step.key)));
                            assertThat(found).isNotNull();
                        }
                        case REMOVE -> {
                            cache.remove(step.key);
                            model.remove(step.key);
                            assertThat(cache.contains(step.key)).isFalse();
                        }
                        case EVICT -> cache.evict(step.size);
                        case CLEAR -> {
                            cache.clear();
                            model.clear();
                            assertThat(allocator.stats().liveBlocks()).isZero();
                        }
                    }
                    CacheStats stats = cache.stats();
                    assertThat(stats.storedBytes()).isLessThanOrEqualTo(maximumBytes);
                    assertThat(stats.heldBytes()).isEqualTo(stats.storedBytes());
                }
                cache.checkInvariants();
                assertThat(cache.keys())
                        .doesNotHaveDuplicates()
                        .allSatisfy(key -> assertThat(model).containsKey(key));
                assertThat(allocator.stats().liveBlocks())
                        .isEqualTo(cache.stats().entries());
            }
            assertThat(allocator.stats().liveBlocks()).isZero();
        } finally {
            Files.deleteIfExists(folder.resolve("ashlar-cache.lock"));
            Files.delete(folder);
        }
    }

    private static Expected check(int key, MemorySegment value, @Nullable Expected expected) {
        Expected found = new Expected(Values.versionOf(value, key), (int) value.byteSize());
        assertThat(found).isEqualTo(expected);
        return found;
    }
}
