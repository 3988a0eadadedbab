package dev.ashlar.insight;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.api.compose.Hardening;
import dev.ashlar.api.compose.Tracking;
import dev.ashlar.buddy.Tlsf;
import dev.ashlar.slab.Slab;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

/** The picture against a walk of its own, and against what was allocated. */
class BlockMapTest {

    /** What a walk finds. */
    private static final class Walk implements Inspectable.Visitor {
        long chunks;
        long slabs;
        long blocks;
        long live;

        static Walk over(Allocator allocator) {
            Walk walk = new Walk();
            allocator.as(Inspectable.class).orElseThrow().inspect(walk);
            return walk;
        }

        @Override
        public void chunk(long address, long byteSize) {
            chunks++;
        }

        @Override
        public void slab(long address, long byteSize, long slotSize, int liveSlots) {
            slabs++;
        }

        @Override
        public void live(long address, long byteSize) {
            blocks++;
            live += byteSize;
        }
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> list(Map<String, ?> json, String name) {
        return (List<Map<String, Object>>) Objects.requireNonNull(json.get(name));
    }

    private static List<Map<String, Object>> places(Map<String, ?> map) {
        return list(map, "chunks").stream()
                .flatMap(chunk -> list(chunk, "places").stream())
                .toList();
    }

    private static long sum(List<Map<String, Object>> all, String name) {
        ToLongFunction<Map<String, Object>> value = one -> ((Number) Objects.requireNonNull(one.get(name))).longValue();
        return all.stream().mapToLong(value).sum();
    }

    private static Map<String, Object> mapOf(Allocator allocator) {
        try {
            return JSON.std.mapFrom(Page.json(BlockMap.of(allocator))); // as the page gets it
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void mustAgreeWithWalk(Allocator allocator) {
        Map<String, Object> map = mapOf(allocator);
        Walk walk = Walk.over(allocator);
        assertThat(list(map, "chunks")).hasSize((int) walk.chunks);
        assertThat(places(map).stream().filter(place -> !place.get("slot").equals(0)))
                .hasSize((int) walk.slabs);
        assertThat(sum(places(map), "blocks")).isEqualTo(walk.blocks);
        assertThat(sum(places(map), "live")).isEqualTo(walk.live);
        assertThat(sum(list(map, "classes"), "slabs")).isEqualTo(walk.slabs);
    }

    @Test
    void mustShowEverySlabAndLargeBlock() {
        try (Allocator slab = Slab.builder().build()) {
            List<MemorySegment> blocks = new ArrayList<>();
            for (int i = 0; i < 3000; i++) {
                blocks.add(slab.allocate(16 + i % 900, 8));
            }
            slab.allocate(300_000, 8);
            mustAgreeWithWalk(slab);
            for (int i = 0; i < blocks.size(); i++) {
                if (i % 7 != 0) {
                    slab.free(blocks.get(i));
                }
            }
            mustAgreeWithWalk(slab);
        }
    }

    @Test
    void mustCutRegionsIntoCells() {
        try (Allocator tlsf = Tlsf.builder().build()) {
            for (int i = 0; i < 100; i++) {
                tlsf.allocate(1000 + 700L * i, 8);
            }
            mustAgreeWithWalk(tlsf);
            assertThat(places(mapOf(tlsf)))
                    .hasSizeGreaterThan(10)
                    .allSatisfy(cell -> assertThat(((Number) cell.get("live")).longValue())
                            .isBetween(0L, ((Number) cell.get("bytes")).longValue()));
        }
    }

    @Test
    void mustNameTheOwnersOfASlab() {
        Tracking all = Tracking.builder().bytesPerSample(Tracking.ALL).build();
        try (Allocator slab = Slab.builder().build();
                Allocator tracked = Allocators.tracking(slab, all)) {
            AllocationHints session = AllocationHints.NONE.withTag("session");
            MemorySegment first = tracked.allocate(100, 8, session);
            MemorySegment second = tracked.allocate(97, 8, session);
            MemorySegment third = tracked.allocate(100, 8);
            Map<String, Object> map = mapOf(tracked);
            Map<String, Object> place = places(map).stream()
                    .filter(one -> one.containsKey("owners"))
                    .findFirst()
                    .orElseThrow();
            assertThat(place)
                    .containsEntry("slot", 104)
                    .containsEntry("sampled", 3)
                    .containsEntry("sampledRequestedBytes", 297);
            List<Map<String, Object>> owners = list(place, "owners");
            assertThat(sum(owners, "bytes")).isEqualTo(297);
            assertThat(owners)
                    .extracting(owner -> list(map, "sites")
                            .get((Integer) Objects.requireNonNull(owner.get("site")))
                            .get("tag"))
                    .contains((Object) "session")
                    .containsNull();
            assertThat(list(map, "sites").getFirst().get("frames"))
                    .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
                    .isNotEmpty();
            assertThat(list(map, "classes").getFirst())
                    .containsEntry("slot", 104)
                    .containsEntry("blocks", 3);
            List.of(first, second, third).forEach(tracked::free);
        }
    }

    /** Also through a decorator whose walk is its own. */
    @Test
    void mustNameThePartOfATagWithoutTracking() {
        try (Allocator adaptive = AllocatorProviders.require("adaptive").create(AllocatorConfig.defaults());
                Allocator hardened = Allocators.hardening(adaptive, Hardening.Level.FULL)) {
            MemorySegment tagged = hardened.allocate(100, 8, AllocationHints.NONE.withTag("session"));
            MemorySegment plain = hardened.allocate(100, 8);
            List<Map<String, Object>> used = list(mapOf(hardened), "chunks").stream()
                    .filter(chunk -> sum(list(chunk, "places"), "live") > 0)
                    .toList();
            assertThat(used)
                    .extracting(chunk -> chunk.get("part"))
                    .containsExactlyInAnyOrder("small+medium", "small+medium #session");
            List.of(tagged, plain).forEach(hardened::free);
        }
    }
}
