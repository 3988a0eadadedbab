package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which slabs a heap owns: those it allocates from, and the one in which it frees one block after another. */
class SlabHeapTest {

    private static final int SMALL = 0;
    private static final int LARGE = 1;
    private static final int PAGE = 2;
    private static final int SLOT = 1024;
    private static final long MEMORY = 1 << 20;

    private final MeteredSource source = new MeteredSource(new TestSource(MEMORY), MEMORY, () -> 0);
    private final Chunks chunks = new Chunks(source, 0, 0);
    private final SlabStore store = store(64 * 1024);
    private final SlabHeap heap = new SlabHeap(store, null);
    private final SlabHeap other = new SlabHeap(store, null);

    private SlabStore store(long threadBytes) {
        return new SlabStore(
                InterruptedSlab::new, SizeClasses.of(SLOT / 2, SLOT, PageChunk.PAGE), source, chunks, threadBytes);
    }

    @AfterEach
    void end() {
        chunks.closeAll();
    }

    /** A full slab without an owner. */
    private InterruptedSlab full() {
        return full(LARGE);
    }

    private InterruptedSlab full(int sizeClass) {
        if (chunks.all().isEmpty()) {
            assertThat(chunks.preallocate(MEMORY / 2)).isTrue();
        }
        InterruptedSlab slab = (InterruptedSlab) store.take(sizeClass, other);
        assertThat(slab).isNotNull();
        for (int slot = 0; slot < slab.count(); slot++) {
            assertThat(slab.take()).isEqualTo(slot);
        }
        store.disown(slab);
        assertThat(slab.owner()).isNull();
        return slab;
    }

    private InterruptedSlab claimed(SlabHeap claiming) {
        InterruptedSlab slab = full();
        assertThat(claiming.ownsOrClaims(slab)).isFalse();
        assertThat(claiming.ownsOrClaims(slab)).isTrue();
        return slab;
    }

    // Slabs that are claimed so that blocks in them can be freed

    /** After a single free there may be no other. */
    @Test
    void mustClaimASlabThatNobodyOwnsForTheSecondOfTwoBlocks() {
        Slab slab = full();
        assertThat(heap.ownsOrClaims(slab)).as("for the first").isFalse();
        assertThat(slab.owner()).isNull();
        assertThat(heap.isWorthEvicting()).isFalse();
        assertThat(heap.ownsOrClaims(slab)).as("for the second").isTrue();
        assertThat(slab.owner()).isSameAs(heap);
        assertThat(heap.holds(slab)).isTrue();
        assertThat(heap.isWorthEvicting()).isTrue();
    }

    @Test
    void mustNotClaimASlabBetweenBlocksOfAnother() {
        Slab one = full();
        Slab another = full();
        for (int i = 0; i < 3; i++) {
            assertThat(heap.ownsOrClaims(one)).isFalse();
            assertThat(heap.ownsOrClaims(another)).isFalse();
        }
        assertThat(heap.ownsOrClaims(another)).isTrue();
    }

    @Test
    void mustNotClaimASlabThatAnotherOwns() {
        Slab slab = claimed(other);
        for (int i = 0; i < 3; i++) {
            assertThat(heap.ownsOrClaims(slab)).isFalse();
        }
        assertThat(slab.owner()).isSameAs(other);
    }

    /** It would be empty and useful only to others. */
    @Test
    void mustNotClaimASlabOfOneSlot() {
        InterruptedSlab slab = full(PAGE);
        assertThat(slab.count()).isEqualTo(1);
        for (int i = 0; i < 3; i++) {
            assertThat(heap.ownsOrClaims(slab)).isFalse();
        }
    }

    /** A program that replaces blocks one by one would otherwise look for a slab with room each time. */
    @Test
    void mustAllocateFromTheSlabInWhichItFreesWhenTheActiveOneIsFull() {
        Slab freed = full();
        Slab active = active(LARGE);
        assertThat(heap.ownsOrClaims(freed))
                .as("while the active slab has room")
                .isFalse();
        takeAll(active);

        assertThat(heap.ownsOrClaims(freed)).isTrue();

        assertThat(heap.free(freed, 0, SLOT)).isTrue();
        assertThat(heap.active(LARGE)).isSameAs(freed);
        assertThat(active.owner()).isNull();
        assertThat(heap.holds(active)).isFalse();
        assertThat(heap.ownsOrClaims(active)).as("while that slab has room").isFalse();
    }

    /** Between the look at the owner and the claim. */
    @Test
    void mustNotOwnASlabThatAnotherClaimsFirst() {
        Slab freed = full();
        InterruptedSlab active = (InterruptedSlab) active(LARGE);
        takeAll(active);
        active.whenSeenFull(() -> assertThat(freed.claim(other)).isTrue());

        assertThat(heap.ownsOrClaims(freed)).isFalse();

        assertThat(freed.owner()).isSameAs(other);
        assertThat(heap.holds(freed)).isFalse();
        assertThat(heap.active(LARGE)).isSameAs(active);
    }

    @Test
    void mustAllocateFromASlabOfOneSlotInWhichItFrees() {
        Slab freed = full(PAGE);
        takeAll(active(PAGE));

        assertThat(heap.ownsOrClaims(freed)).isTrue();

        assertThat(heap.active(PAGE)).isSameAs(freed);
    }

    private Slab active(int sizeClass) {
        return Objects.requireNonNull(heap.slabWithRoom(sizeClass));
    }

    private static void takeAll(Slab slab) {
        while (slab.take() >= 0) {
            assertThat(slab.isFull()).isEqualTo(!slab.hasRoom());
        }
    }

    @Test
    void mustLeaveASlabWhereOthersFindItWhenItFreesInAnother() {
        Slab slab = claimed(heap);
        assertThat(heap.free(slab, 0, SLOT)).isTrue();
        Slab next = claimed(heap);
        assertThat(next).isNotSameAs(slab);
        assertThat(heap.holds(slab)).isFalse();
        assertThat(store.take(LARGE, other)).isSameAs(slab);
    }

    @Test
    void mustNotClaimASlabAgainAtOnceThatItDisowned() {
        Slab slab = claimed(heap);
        heap.flush();
        assertThat(slab.owner()).isNull();
        assertThat(heap.ownsOrClaims(slab)).isFalse();
        assertThat(heap.ownsOrClaims(slab)).isTrue();
    }

    @Test
    void mustDisownWhatItHoldsWhenItFreesAndAnotherThreadWantsMemory() {
        Slab slab = claimed(heap);
        assertThat(heap.free(slab, 0, SLOT)).isTrue();
        heap.wantFlush();
        assertThat(heap.holds(slab)).isTrue();
        assertThat(heap.ownsOrClaims(slab)).isFalse();
        assertThat(store.take(LARGE, other)).isSameAs(slab);
        assertThat(heap.isWorthEvicting()).isFalse();
    }

    @Test
    void mustAllocateFromTheSlabInWhichItFreesBeforeItTakesAnother() {
        Slab slab = claimed(heap);
        assertThat(heap.free(slab, 0, SLOT)).isTrue();
        assertThat(heap.slabWithRoom(LARGE)).isSameAs(slab);
        assertThat(heap.active(LARGE)).isSameAs(slab);
    }

    @Test
    void mustDisownTheSlabInWhichItFreesWhenItHoldsTooMuch() {
        SlabStore nothingToHold = store(0);
        SlabHeap holding = new SlabHeap(nothingToHold, null);
        Slab slab = claimed(holding);
        assertThat(holding.free(slab, 0, SLOT)).isTrue();
        Slab active = holding.slabWithRoom(SMALL);
        assertThat(active).isNotNull();
        assertThat(holding.holds(active)).isTrue();
        assertThat(holding.holds(slab)).isFalse();
        assertThat(slab.owner()).isNull();
    }

    /** Retiring a slab may wait for a lock. An eviction of waiting threads must skip the heap. */
    @Test
    void mustBeOccupiedWhileItDisownsASlabToClaimAnother() {
        InterruptedSlab slab = claimed(heap);
        for (int slot = 0; slot < slab.count(); slot++) {
            assertThat(heap.free(slab, slot, SLOT)).isTrue();
        }
        AtomicInteger occupied = new AtomicInteger();
        AtomicInteger looks = new AtomicInteger();
        slab.whenSeenEmpty(() -> {
            looks.incrementAndGet();
            occupied.addAndGet(heap.tryOccupy() ? 0 : 1);
        });
        claimed(heap);
        assertThat(looks).as("slabs that were looked at to be disowned").hasValue(1);
        assertThat(occupied).hasValue(1);
        assertThat(heap.tryOccupy()).as("occupied no longer than needed").isTrue();
    }

    // The end

    @Test
    void mustSealEverySlabItOwns() {
        Slab draining = claimed(heap);
        assertThat(heap.free(draining, 0, SLOT)).isTrue();
        Slab active = heap.slabWithRoom(SMALL);
        assertThat(active).isNotNull();
        heap.seal();
        assertThat(active.hasRoom()).isFalse();
        assertThat(draining.hasRoom()).isFalse();
    }
}
