package dev.ashlar.verification.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.AllocationHints.Lifetime;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Owner;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.testkit.FaultySource;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Arenas inside the adaptive allocator: they serve all threads and refuse invalid frees, whatever the settings of other
 * arenas are.
 */
class ArenasInTiersTest {

    private static final AllocationHints SHORT = AllocationHints.NONE.withLifetime(Lifetime.SHORT);

    private static AdaptiveAllocator open(FaultySource source, String key) {
        return AdaptiveAllocator.create(AllocatorConfig.builder()
                .source(source)
                .limitBytes(4 << 20)
                .properties(Map.of(
                        "ashlar.adaptive." + key,
                        "arena",
                        "ashlar.adaptive.housekeeping",
                        "manual",
                        "ashlar.arena.checking",
                        "none",
                        "ashlar.arena.threads",
                        "confined"))
                .build());
    }

    private static <T> T onAnotherThread(Supplier<T> action) {
        return CompletableFuture.supplyAsync(action, task -> Thread.ofPlatform().start(task))
                .join();
    }

    @ParameterizedTest
    @ValueSource(strings = {"shortLived", "small.strategies"})
    void mustServeEveryThread(String key) {
        try (FaultySource source = new FaultySource()) {
            AdaptiveAllocator allocator = open(source, key);
            MemorySegment ofOther = onAnotherThread(() -> allocator.allocate(100, 8, SHORT));
            MemorySegment own = allocator.allocate(100, 8, SHORT);
            onAnotherThread(() -> {
                allocator.free(own);
                allocator.free(ofOther);
                return allocator.trim();
            });
            allocator.trim();

            assertThat(allocator.tryAllocate(8 << 20, 8)).as("above the limit").isNull();
            assertThat(allocator.stats().liveBlocks()).isZero();
            allocator.close();
            assertThat(source.openBytes()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"shortLived", "small.strategies"})
    void mustRefuseInvalidFrees(String key) {
        try (FaultySource source = new FaultySource();
                AdaptiveAllocator allocator = open(source, key)) {
            MemorySegment live = allocator.allocate(100, 8, SHORT);
            MemorySegment freed = allocator.allocate(100, 8, SHORT);
            allocator.free(freed);

            assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(() -> allocator.free(freed));
            assertThat(allocator.as(Owner.class).orElseThrow().isLive(live)).isTrue();
            allocator.free(live);
        }
    }
}
