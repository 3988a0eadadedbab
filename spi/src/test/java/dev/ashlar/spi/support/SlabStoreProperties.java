package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

/**
 * Heaps take slabs from a store and disown them, in one thread. The invariants of every slab are checked after each
 * step.
 */
class SlabStoreProperties {

    enum Kind {
        ALLOCATE,
        FREE,
        RESIZE,
        FLUSH,
        WANT_FLUSH,
        EVICT,
        DISSOLVE,
        RETAIN_LESS
    }

    /** @param choice which heap, class, or block */
    record Step(Kind kind, int choice) {}

    private record Block(TestSlab slab, int slot, int byteSize) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Kind> kinds = Arbitraries.frequency(
                Tuple.of(30, Kind.ALLOCATE),
                Tuple.of(25, Kind.FREE),
                Tuple.of(3, Kind.RESIZE),
                Tuple.of(2, Kind.FLUSH),
                Tuple.of(1, Kind.WANT_FLUSH),
                Tuple.of(1, Kind.EVICT),
                Tuple.of(1, Kind.DISSOLVE),
                Tuple.of(1, Kind.RETAIN_LESS));
        return Combinators.combine(kinds, Arbitraries.integers().between(0, 9_999))
                .as(Step::new)
                .list()
                .ofMaxSize(800);
    }

    /** Some are so small that requests take slabs of fewer pages, or slots of another class. */
    @Provide
    Arbitrary<Integer> budgets() {
        return Arbitraries.oneOf(Arbitraries.integers().between(64 << 10, 1 << 20), Arbitraries.just(4 << 20));
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void mustKnowEverySlabAndHoldLittle(
            @ForAll("steps") List<Step> steps,
            @ForAll @IntRange(min = 1, max = 4) int heaps,
            @ForAll @IntRange(max = 128 * 1024) int threadBytes,
            @ForAll @IntRange(max = 256 * 1024) int retained,
            @ForAll("budgets") int budget) {
        World world = new World(heaps, threadBytes, retained, budget);
        for (Step step : steps) {
            world.perform(step);
            world.check();
        }
        world.end();
    }

    private static final class World {
        private static final SizeClasses CLASSES = SizeClasses.of(64, 592, 4096, 20_000, 65_536);
        private static final int[] SLOTS = {64, 592, 4096, 20_000, 65_536};

        private final int budget;
        private final TestSource memory;
        private final MeteredSource source;
        private final Chunks chunks;
        private final SlabStore store;
        private final List<SlabHeap> heaps = new ArrayList<>();

        /** The owner of slabs that are evicted, which it stays if they are empty. */
        private final SlabHeap evacuation;

        private final List<Block> live = new ArrayList<>();

        /** Every slab by its address. A retired one is replaced by the next at its address. */
        private final Map<Long, TestSlab> slabs = new LinkedHashMap<>();

        private long allocations;

        World(int count, int threadBytes, int retained, int budget) {
            this.budget = budget;
            memory = new TestSource(budget);
            source = new MeteredSource(memory, budget, () -> 0);
            chunks = new Chunks(source, retained, 0);
            store = new SlabStore(
                    place -> {
                        TestSlab slab = new TestSlab(place);
                        if (place.chunk() != null) {
                            slabs.put(slab.address, slab);
                        }
                        return slab;
                    },
                    CLASSES,
                    source,
                    chunks,
                    threadBytes);
            evacuation = new SlabHeap(store, null);
            for (int i = 0; i < count; i++) {
                store.countHeaps(1);
                heaps.add(new SlabHeap(store, null));
            }
        }

        void perform(Step step) {
            SlabHeap heap = heaps.get(step.choice % heaps.size());
            switch (step.kind) {
                case ALLOCATE -> allocate(heap, step.choice / 7 % CLASSES.count());
                case FREE -> {
                    if (!live.isEmpty()) {
                        free(heap, live.remove(step.choice / 7 % live.size()));
                    }
                }
                case RESIZE -> {
                    if (!live.isEmpty()) {
                        resize(heap, step.choice / 7 % live.size());
                    }
                }
                case WANT_FLUSH -> heap.wantFlush();
                case EVICT -> evict(heap, step.choice / 7);
                case FLUSH -> {
                    heap.flush();
                    for (TestSlab slab : inService()) {
                        assertThat(slab.owner()).isNotSameAs(heap);
                    }
                }
                case DISSOLVE -> {
                    store.dissolveRetained();
                    assertThat(chunks.retainsSlabs()).isFalse();
                }
                case RETAIN_LESS -> {
                    chunks.setRetained(chunks.retainedBytes() / 2);
                    store.dissolveRetained();
                    chunks.closeExcess();
                }
            }
        }

        private void allocate(SlabHeap heap, int sizeClass) {
            int slot = heap.active(sizeClass).take();
            Slab slab = heap.active(sizeClass);
            if (slot < 0) {
                slab = heap.slabWithRoom(sizeClass);
                if (slab == null
                        && chunks.grow(SLOTS[sizeClass], chunks.changes(), SLOTS[sizeClass]) == Chunks.Growth.DONE) {
                    store.adapt();
                    slab = heap.slabWithRoom(sizeClass);
                }
                if (slab == null) {
                    slab = heap.smallSlabWithRoom(sizeClass);
                }
                if (slab == null) {
                    takeLarger(heap, SLOTS[sizeClass]);
                    return;
                }
                assertThat(heap.active(sizeClass)).isSameAs(slab);
                slot = slab.take();
            }
            handOut(heap, slab, slot, SLOTS[sizeClass]);
        }

        private void takeLarger(SlabHeap heap, int byteSize) {
            Slab larger = store.takeLarger(byteSize, 8, heap);
            if (larger == null) {
                for (TestSlab slab : inService()) {
                    assertThat(slab.slotSize >= byteSize && slab.hasRoom() && slab.owner() == null)
                            .as("a slot of %d bytes is in a slab without an owner", slab.slotSize)
                            .isFalse();
                }
                return;
            }
            assertThat(larger.slotSize).isGreaterThanOrEqualTo(byteSize);
            handOut(heap, larger, larger.take(), byteSize);
            store.disown(larger);
        }

        private void handOut(SlabHeap heap, Slab slab, int slot, int byteSize) {
            assertThat(slot).isNotNegative();
            assertThat(slab.owner()).isSameAs(heap);
            heap.allocated(slab, byteSize);
            allocations++;
            live.add(new Block((TestSlab) slab, slot, byteSize));
        }

        private void free(SlabHeap heap, Block block) {
            assertThat(chunks.slabAt(block.slab.addressOf(block.slot))).isSameAs(block.slab);
            if (heap.ownsOrClaims(block.slab)) {
                assertThat(heap.free(block.slab, block.slot, block.byteSize)).isTrue();
                return;
            }
            Slab.Release release = block.slab.releaseFromOutside(block.slot);
            assertThat(release).isNotEqualTo(Slab.Release.REFUSED);
            heap.freed(block.slab, block.byteSize);
            if (block.slab.owner() == null) {
                if (release == Slab.Release.PERHAPS_EMPTY) {
                    store.settle(block.slab);
                    chunks.closeExcess();
                } else {
                    SlabList.noteRoom(block.slab);
                }
            }
        }

        /** Claims a slab, as an evacuation does, and gives it back when its blocks may have been freed. */
        private void evict(SlabHeap heap, int choice) {
            List<TestSlab> free =
                    inService().stream().filter(slab -> slab.owner() == null).toList();
            if (free.isEmpty()) {
                return;
            }
            TestSlab slab = free.get(choice % free.size());
            assertThat(slab.claim(evacuation)).isTrue();
            if (choice % 2 == 0) {
                live.stream().filter(block -> block.slab == slab).forEach(block -> {
                    assertThat(slab.release(block.slot)).isTrue();
                    heap.freed(slab, block.byteSize);
                });
                live.removeIf(block -> block.slab == slab);
            }
            slab.collect();
            store.evict(slab);
        }

        /** In place: the block stays in its slot. */
        private void resize(SlabHeap heap, int index) {
            Block block = live.get(index);
            int byteSize = block.byteSize / 2;
            heap.resized(block.byteSize, byteSize);
            live.set(index, new Block(block.slab, block.slot, byteSize));
        }

        private List<TestSlab> inService() {
            return slabs.values().stream()
                    .filter(slab -> slab.owner() != SlabHeap.RETIRED && slab.owner() != evacuation)
                    .toList();
        }

        void check() {
            long pages = 0;
            long retained = 0;
            Map<SlabHeap, Long> held = new LinkedHashMap<>();
            for (TestSlab slab : inService()) {
                assertThat(chunks.slabAt(slab.address)).isSameAs(slab);
                pages += slab.pages;
                SlabHeap owner = slab.owner();
                if (owner == null) {
                    assertThat(slab.isEmpty()).as("empty and nobody's").isFalse();
                } else if (owner == SlabHeap.RETAINED) {
                    assertThat(slab.isEmpty()).as("retained is empty").isTrue();
                    retained += slab.byteSize();
                } else {
                    held.merge(owner, slab.byteSize(), Long::sum);
                    assertThat(owner.holds(slab)).as("owned is in use").isTrue();
                }
            }
            long inUse = 0;
            for (PageChunk chunk : chunks.all()) {
                chunk.runs().checkInvariants();
                inUse += chunk.runs().used();
            }
            assertThat(inUse).as("pages in use").isEqualTo(pages);
            assertThat(chunks.retainsSlabs()).isEqualTo(retained > 0);
            assertThat(retained).isLessThanOrEqualTo(budget);
            assertThat(source.committedBytes()).isEqualTo(memory.openBytes());
            held.forEach(this::checkHeld);
            checkCounts();
        }

        private void checkHeld(SlabHeap heap, long bytes) {
            long single = slabs.values().stream()
                    .filter(slab -> slab.owner() == heap)
                    .mapToLong(Slab::byteSize)
                    .max()
                    .orElse(0);
            // The committed bytes, and so the bound, may be lower than when the last slab was claimed.
            assertThat(bytes)
                    .as("bytes of the heap's slabs")
                    .isLessThanOrEqualTo(
                            Math.max(single, SlabHeap.HELD_FACTOR * (store.mostFree() + budget / 32 / heaps.size())));
            if (source.committedBytes() == source.stats().peakCommittedBytes()) {
                assertThat(bytes).isLessThanOrEqualTo(Math.max(single, SlabHeap.HELD_FACTOR * store.mostFree()));
            }
            assertThat(heap.isWorthEvicting()).isTrue();
        }

        private void checkCounts() {
            SlabCounts counts = new SlabCounts();
            heaps.forEach(heap -> heap.addFreed(counts));
            heaps.forEach(heap -> heap.addAllocated(counts));
            assertThat(counts.allocations()).isEqualTo(allocations);
            assertThat(counts.liveBlocks()).isEqualTo(live.size());
            assertThat(counts.requestedBytes())
                    .isEqualTo(live.stream().mapToLong(Block::byteSize).sum());
            assertThat(counts.allocatedBytes())
                    .isEqualTo(live.stream()
                            .mapToLong(block -> block.slab.slotSize)
                            .sum());
        }

        /** After any steps, each heap finds a slab with room, and after all frees no slab is left. */
        void end() {
            heaps.forEach(SlabHeap::flush);
            check();
            for (SlabHeap heap : heaps) {
                assertThat(heap.isWorthEvicting()).isFalse();
            }
            store.dissolveRetained();
            List<TestSlab> withRoom = inService().stream()
                    .filter(slab -> slab.owner() == null && slab.hasRoom())
                    .toList();
            for (TestSlab slab : withRoom) {
                @Nullable Slab found = store.take(slab.sizeClass(), heaps.getFirst());
                assertThat(found).isNotNull();
                assertThat(slabs).containsValue((TestSlab) found);
            }
            for (TestSlab slab : withRoom) {
                assertThat(slab.owner()).as("found by its room").isSameAs(heaps.getFirst());
                store.disown(slab);
            }
            while (!live.isEmpty()) {
                free(heaps.getFirst(), live.removeLast());
            }
            heaps.getFirst().flush(); // it may own the slab in which it freed the last block
            store.dissolveRetained();
            assertThat(inService()).isEmpty();
            chunks.trim();
            assertThat(memory.openBytes()).isZero();
            long empty = new SlabStore(TestSlab::new, CLASSES, source, new Chunks(source, 0, 0), 0).metadataBytes();
            long shards = heaps.size() * SlabStore.METADATA_OF_SHARD;
            assertThat(store.metadataBytes()).isLessThanOrEqualTo(empty + shards + CLASSES.count() * 1_000L);
        }
    }
}
