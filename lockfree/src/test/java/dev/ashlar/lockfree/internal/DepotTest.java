package dev.ashlar.lockfree.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.spi.support.AddressMap;
import dev.ashlar.spi.support.UnitChunk;
import org.junit.jupiter.api.Test;

/** That a depot counts what happens at it, and does what {@link MagazineSize} says. */
class DepotTest {

    private static final int SLOT = 64;
    private static final int ROUNDS = 64;

    private static Depot depot(long capacity) {
        SlabTable slabs = new SlabTable(new AddressMap<>(UnitChunk.PAGE));
        return new Depot(SLOT, MagazineSize.of(ROUNDS, SLOT), new Kept(capacity), new Magazines(), slabs);
    }

    private static Magazine withOneRound(Depot depot) {
        Magazine magazine = depot.takeEmpty();
        magazine.put(1);
        return magazine;
    }

    @Test
    void mustMakeSmallerMagazinesWhereMemoryOnlyComesBack() {
        Depot depot = depot(0);
        Magazine magazine = withOneRound(depot);
        for (int i = 0; i < MagazineSize.WINDOW; i++) {
            assertThat(depot.keepFull(magazine)).isFalse();
        }
        assertThat(depot.takeEmpty().size()).isEqualTo(ROUNDS / 2);
    }

    @Test
    void mustMakeLargerMagazinesWhereTheLoadSwings() {
        Depot depot = depot(0);
        Magazine magazine = withOneRound(depot);
        for (int i = 0; i < MagazineSize.WINDOW / 2; i++) {
            assertThat(depot.keepFull(magazine)).isFalse();
            assertThat(depot.takeFull()).isNull();
        }
        assertThat(depot.takeEmpty().size()).isEqualTo(ROUNDS * 2);
    }

    @Test
    void mustReturnToWhatIsConfigured() {
        Depot depot = depot(1 << 20);
        for (int window = 0; window < 2; window++) {
            for (int i = 0; i < MagazineSize.WINDOW / 2; i++) {
                assertThat(depot.takeFull()).isNull(); // half of all exchanges: neither draining nor short
                assertThat(depot.keepFull(withOneRound(depot))).isTrue();
                depot.takeFull();
            }
        }
        assertThat(depot.takeEmpty().size()).isEqualTo(ROUNDS);
    }

    /** A thread that takes one block must not take a full magazine of them. */
    @Test
    void mustMakeMagazinesThatBeginSmallAndGrow() {
        Magazine magazine = depot(0).takeEmpty();
        for (int room = 8; room <= ROUNDS; room *= 2) {
            while (magazine.count() < room) {
                assertThat(magazine.isFull()).isFalse();
                magazine.put(1);
            }
            assertThat(magazine.isFull()).isTrue();
            magazine.grow();
        }
        assertThat(magazine.isFull()).as("at its full size").isTrue();
    }

    /** An empty magazine of another size is not used again. */
    @Test
    void mustNotReuseMagazinesOfAnotherSize() {
        Depot depot = depot(0);
        Magazine before = depot.takeEmpty();
        depot.keepEmpty(before);
        Magazine full = withOneRound(depot);
        assertThat(full).isSameAs(before);
        depot.keepEmpty(depot.takeEmpty());
        for (int i = 0; i < MagazineSize.WINDOW; i++) {
            depot.keepFull(full);
        }
        assertThat(depot.takeEmpty().size()).isEqualTo(ROUNDS / 2);
    }
}
