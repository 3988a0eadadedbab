package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What it costs to find a slab with room, however many slabs of the class there are: counted in nodes of the trees. */
class SlabListStepsTest {

    private static final int CHUNK = 4 << 20;

    private static final PageChunk MEMORY =
            new PageChunk(new MeteredSource(new TestSource(CHUNK), CHUNK, () -> 0).take(CHUNK, PageChunk.PAGE));

    /** A path from the root to a leaf and back, with 16 nodes beside each, in a tree of 2,048 leaves. */
    private static final long MOST_LOOKS = 2 * 16 * 4;

    private long looks;

    private static SlabStore store() {
        MeteredSource source = new MeteredSource(new TestSource(0), 0, () -> 0);
        return new SlabStore(TestSlab::new, SizeClasses.of(64), source, new Chunks(source, 0, 0), 0);
    }

    private static Slab owned(SlabHeap heap, SlabList list) {
        Slab slab = new TestSlab(new Slab.Place(MEMORY, 0, 1, 0, 64));
        slab.claim(heap);
        list.add(slab);
        return slab;
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 1_000, 100_000})
    void mustFindAPlaceAndASlabInFewSteps(int count) {
        SlabHeap heap = new SlabHeap(store(), null);
        SlabList list = new SlabList(capacity -> new CountingTree(capacity, () -> looks++));
        List<Slab> slabs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            slabs.add(owned(heap, list));
        }
        assertThat(list.takeWithRoom(heap, true)).isNull(); // what the trees were told before is looked at once
        for (int place : new int[] {0, count / 2, count - 1}) {
            Slab slab = slabs.get(place);
            looks = 0;
            slab.disown();
            SlabList.noteRoom(slab);
            assertThat(list.takeWithRoom(heap, true)).isSameAs(slab);
            assertThat(list.takeWithRoom(heap, true)).isNull();
            slab.retain();
            SlabList.noteRetained(slab);
            assertThat(list.takeRetained(heap)).isSameAs(slab);
            SlabList.remove(slab);
            slabs.set(place, owned(heap, list));
            // Without trees a few segments are searched one after the other.
            assertThat(looks).as("looks among %s slabs", count).isBetween(count > 1_000 ? 1L : 0, 8 * MOST_LOOKS);
        }
    }
}
