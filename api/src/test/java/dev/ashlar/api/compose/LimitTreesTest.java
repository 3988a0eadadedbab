package dev.ashlar.api.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Views whose limits are parts of one tree. */
class LimitTreesTest {

    private final RoundingAllocator upstream = new RoundingAllocator(100_000);
    private final Limit process = Limit.of("process", 1600);

    @AfterEach
    void close() {
        upstream.close();
    }

    /** With a limit of requested bytes under one of committed bytes the root refused what its children allowed. */
    @Test
    void mustServeChildrenThatAddUpToTheirParentAllThatTheyMayHave() {
        Allocator cache =
                Allocators.limited(upstream, process.child("cache").bytes(800).build());
        Allocator index =
                Allocators.limited(upstream, process.child("index").bytes(800).build());
        for (int i = 0; i < 50; i++) { // each takes 16 bytes
            cache.allocate(9);
            index.allocate(3);
        }
        assertThat(process.usedBytes()).isEqualTo(1600);
        assertThat(process.refused()).isZero();
        assertThat(cache.tryAllocate(1, 1)).isNull();
    }

    @Test
    void mustChargeALimitOnceHoweverManyViewsABlockPasses() {
        Limit cache = process.child("cache").build();
        Limit pages = cache.child("pages").build();
        List<Allocator> views = List.of(
                Allocators.limited(Allocators.limited(upstream, process), pages),
                Allocators.limited(Allocators.limited(upstream, pages), process),
                Allocators.limited(Allocators.limited(upstream, pages), pages),
                Allocators.limited(Allocators.limited(Allocators.limited(upstream, process), cache), pages));
        for (Allocator view : views) {
            MemorySegment block = view.allocate(100);
            assertThat(List.of(process.usedBytes(), cache.usedBytes(), pages.usedBytes()))
                    .containsOnly(112L);
            view.free(block);
            assertThat(List.of(process.usedBytes(), cache.usedBytes(), pages.usedBytes()))
                    .containsOnly(0L);
        }
    }

    @Test
    void mustRefuseALimitThatWouldCountABlockTwice() {
        Allocator cache = Allocators.limited(upstream, process.child("cache").build());
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> Allocators.limited(cache, process.child("index").build()))
                .withMessageContainingAll("'index'", "'cache'", "'process'", "Make one a child of the other");
    }

    @Test
    void mustChargeLimitsOfDifferentTrees() {
        Limit tenant = Limit.of("tenant", 500);
        Allocator view = Allocators.limited(Allocators.limited(upstream, process), tenant);
        MemorySegment block = view.allocate(400);
        assertThat(List.of(process.usedBytes(), tenant.usedBytes())).containsOnly(400L);
        assertThat(view.tryAllocate(200, 1)).isNull();
        assertThat(tenant.refused()).isEqualTo(1);
        assertThat(view.stats().refused()).isEqualTo(1);
        view.free(block);
        assertThat(List.of(process.usedBytes(), tenant.usedBytes())).containsOnly(0L);
    }

    @Test
    void mustShareALimitOverSeveralAllocators() {
        try (RoundingAllocator other = new RoundingAllocator(100_000)) {
            Allocator one = Allocators.limited(upstream, process);
            Allocator two = Allocators.limited(other, process);
            one.allocate(1000);
            assertThat(two.tryAllocate(600, 1)).isNull();
            two.allocate(500);
            assertThat(process.usedBytes()).isEqualTo(1008 + 512);
            assertThat(one.stats().requestedBytes()).isEqualTo(1000);
            assertThat(two.stats().requestedBytes()).isEqualTo(500);
        }
    }

    @Test
    void mustServeWhatIsReservedWhateverSiblingsUse() {
        Limit cache = process.child("cache").reserved(320).build();
        Allocator reserved = Allocators.limited(upstream, cache);
        Allocator greedy = Allocators.limited(upstream, process.child("greedy").build());
        greedy.allocate(1280);
        assertThat(greedy.tryAllocate(1, 1)).isNull();
        reserved.allocate(320);
        assertThat(reserved.tryAllocate(1, 1)).isNull();
    }

    @Test
    void mustEvictAndTryAgainWhenAListenerSaysSo() {
        Allocator cache = Allocators.limited(upstream, "cache", 1000);
        Deque<MemorySegment> entries = new ArrayDeque<>();
        cache.as(Limit.class).orElseThrow().onRefusal((limit, missingBytes) -> {
            long room = limit.limitBytes() - limit.usedBytes() + missingBytes;
            while (limit.limitBytes() - limit.usedBytes() < room && !entries.isEmpty()) {
                cache.free(entries.removeFirst());
            }
            return true;
        });
        for (int i = 0; i < 100; i++) {
            entries.add(cache.allocate(100));
        }
        assertThat(entries).hasSize(8);
        assertThat(cache.stats().refused()).isZero();
        assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> cache.allocate(1001));
        assertThat(cache.stats().refused()).isEqualTo(1);
        assertThat(entries).isEmpty();
    }

    @Test
    void mustNameTheLimitThatRefuses() {
        Allocator cache = Allocators.limited(Allocators.limited(upstream, process), "cache", 5000);
        assertThatExceptionOfType(AllocationException.class)
                .isThrownBy(() -> cache.allocate(1601))
                .satisfies(e -> assertThat(e.refusal().name()).isEqualTo("process"))
                .withMessageStartingWith("Cannot allocate 1601 bytes under the limit 'process': they need 1616 bytes"
                        + " after rounding, and the limit is 1600 bytes of blocks.");
        assertThat(cache.refusal(1601, 1).name()).isEqualTo("process");
        assertThat(cache).asString().contains("limit 'cache' (0 bytes used, at most 5000, in 'process')");
    }

    @Test
    void mustRefuseEverythingOnceTheLimitIsClosedButFrees() {
        Limit query = process.child("query").reserved(800).build();
        Allocator view = Allocators.limited(upstream, query);
        MemorySegment block = view.allocate(100);
        query.close();
        assertThat(process.usedBytes()).isEqualTo(112);
        assertThatIllegalStateException().isThrownBy(() -> view.allocate(1)).withMessage("The limit 'query' is closed");
        view.free(block);
        assertThat(process.usedBytes()).isZero();
    }

    @Test
    void mustCloseAViewWithTheViewThatItIsAViewOf() {
        Allocator server = Allocators.limited(upstream, "server", 1000);
        Allocator cache = Allocators.limited(server, "cache", 500);
        MemorySegment block = cache.allocate(100);
        server.close();
        assertThatIllegalStateException().isThrownBy(() -> cache.allocate(1));
        cache.free(block);
        assertThat(upstream.stats().liveBlocks()).isZero();
    }
}
