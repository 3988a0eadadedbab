package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A slab that two threads use: each test is one interleaving, in one thread. */
class SlabStoreTest {

    private static final int SLOT = 1024;
    private static final int CHUNK = 64 * 1024;

    private final MeteredSource source = new MeteredSource(new TestSource(CHUNK), CHUNK, () -> 0);
    private final Chunks chunks = new Chunks(source, 0, 0);
    private final SlabStore store = new SlabStore(InterruptedSlab::new, SizeClasses.of(SLOT), source, chunks, CHUNK);
    private final SlabHeap heap = new SlabHeap(store, null);

    @AfterEach
    void end() {
        chunks.closeAll();
    }

    /** An empty slab without an owner. The thread that released its last slot is about to settle it. */
    private InterruptedSlab emptied() {
        assertThat(chunks.preallocate(CHUNK)).isTrue();
        InterruptedSlab slab = (InterruptedSlab) store.take(0, heap);
        assertThat(slab).isNotNull();
        assertThat(slab.take()).isZero();
        store.disown(slab);
        assertThat(slab.releaseFromOutside(0)).isEqualTo(Slab.Release.PERHAPS_EMPTY);
        return slab;
    }

    private int pagesInUse() {
        return chunks.all().get(0).runs().used();
    }

    @Test
    void mustRetireASlabThatIsEmpty() {
        InterruptedSlab slab = emptied();
        store.settle(slab);
        assertThat(slab.owner()).isSameAs(SlabHeap.RETIRED);
        assertThat(chunks.map().get(slab.address)).isSameAs(slab.chunk());
        assertThat(pagesInUse()).isZero();
    }

    @Test
    void mustNotRetireASlabThatIsUsedAtThatMoment() {
        InterruptedSlab slab = emptied();
        slab.whenSeenEmpty(() -> {
            assertThat(store.take(0, heap)).isSameAs(slab);
            assertThat(slab.take()).isZero();
            store.disown(slab);
        });
        store.settle(slab);
        assertThat(slab.owner()).isNull();
        assertThat(slab.isLive(0)).isTrue();
        assertThat(chunks.slabAt(slab.address)).isSameAs(slab);
        assertThat(pagesInUse()).isEqualTo(slab.pages);
        assertThat(store.take(0, heap)).as("found by its room").isSameAs(slab);
    }

    @Test
    void mustLeaveASlabToTheHeapThatTakesItAtThatMoment() {
        InterruptedSlab slab = emptied();
        slab.whenSeenEmpty(() -> assertThat(store.take(0, heap)).isSameAs(slab));
        store.settle(slab);
        assertThat(slab.owner()).isSameAs(heap);
        assertThat(chunks.slabAt(slab.address)).isSameAs(slab);
        assertThat(pagesInUse()).isEqualTo(slab.pages);
    }

    @Test
    void mustRetireASlabOnceThatTwoThreadsSeeEmpty() {
        InterruptedSlab slab = emptied();
        slab.whenSeenEmpty(() -> store.settle(slab));
        store.settle(slab);
        assertThat(slab.owner()).isSameAs(SlabHeap.RETIRED);
        assertThat(pagesInUse()).isZero();
        chunks.all().get(0).runs().checkInvariants();
        assertThat(chunks.all().get(0).runs().take(CHUNK / PageChunk.PAGE)).isZero();
    }

    @Test
    void mustGiveBackTheSlabsThatItRetained() {
        Chunks retaining = new Chunks(source, CHUNK, 0);
        SlabStore retainer = new SlabStore(InterruptedSlab::new, SizeClasses.of(SLOT), source, retaining, CHUNK);
        SlabHeap mine = new SlabHeap(retainer, null);
        assertThat(retaining.preallocate(CHUNK)).isTrue();
        assertThat(retainer.dissolveRetained()).as("there is none").isFalse();
        Slab slab = withOneBlock(retainer, 0, mine);
        assertThat(slab.releaseFromOutside(0)).isEqualTo(Slab.Release.PERHAPS_EMPTY);
        retainer.settle(slab);
        assertThat(slab.owner()).isSameAs(SlabHeap.RETAINED);
        assertThat(retaining.retainsSlabs()).isTrue();

        assertThat(retainer.dissolveRetained()).isTrue();

        assertThat(slab.owner()).isSameAs(SlabHeap.RETIRED);
        assertThat(retaining.retainsSlabs()).isFalse();
        assertThat(retaining.all().getFirst().runs().used()).isZero();
        retaining.closeAll();
    }

    /** The closest size comes first whose slots have the alignment. */
    @Test
    void mustTakeTheSmallestLargerSlotWhenItsOwnClassHasNone() {
        SlabStore sizes =
                new SlabStore(InterruptedSlab::new, SizeClasses.of(128, 256, 320, 512, 1024), source, chunks, CHUNK);
        SlabHeap mine = new SlabHeap(sizes, null);
        assertThat(chunks.preallocate(CHUNK)).isTrue();
        assertThat(sizes.takeLarger(100, 8, mine)).as("there is no slab").isNull();
        Slab slots256 = withOneBlock(sizes, 1, mine);
        Slab slots320 = withOneBlock(sizes, 2, mine);
        Slab slots512 = withOneBlock(sizes, 3, mine);

        assertThat(larger(sizes, 100, 8, mine)).isSameAs(slots256);
        assertThat(larger(sizes, 256, 8, mine)).isSameAs(slots256);
        assertThat(larger(sizes, 257, 8, mine)).isSameAs(slots320);
        assertThat(larger(sizes, 257, 128, mine)).isSameAs(slots512);
        assertThat(larger(sizes, 513, 8, mine)).isNull();

        fill(sizes, slots256, mine);
        assertThat(larger(sizes, 100, 8, mine)).isSameAs(slots320);
        assertThat(larger(sizes, 100, 256, mine)).isSameAs(slots512);
    }

    private static Slab withOneBlock(SlabStore store, int sizeClass, SlabHeap heap) {
        Slab slab = Objects.requireNonNull(store.take(sizeClass, heap));
        assertThat(slab.take()).isZero();
        store.disown(slab);
        return slab;
    }

    private static void fill(SlabStore store, Slab slab, SlabHeap heap) {
        assertThat(slab.claim(heap)).isTrue();
        slab.collect();
        while (slab.take() >= 0) {
            // until it is full
        }
        store.disown(slab);
    }

    /** What is taken for a request, and disowned again. */
    private static @Nullable Slab larger(SlabStore store, long byteSize, long byteAlignment, SlabHeap heap) {
        Slab slab = store.takeLarger(byteSize, byteAlignment, heap);
        if (slab != null) {
            assertThat(slab.owner()).isSameAs(heap);
            store.disown(slab);
        }
        return slab;
    }
}
