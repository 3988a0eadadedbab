package dev.ashlar.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Inspectable;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;

/** What meshing reaches where that can be counted by hand. */
class MeshingTest {

    private static final int SLOTS = 64; // of 64 bytes: a page

    /** A chunk with so many slabs of one page, whose live slots a predicate tells by slab and slot. */
    private static Inspectable slabs(int count, IntPredicate isLiveInEvenSlabs, IntPredicate isLiveInOddSlabs) {
        return visitor -> {
            visitor.chunk(0, count * 4096L);
            for (int slab = 0; slab < count; slab++) {
                IntPredicate isLive = slab % 2 == 0 ? isLiveInEvenSlabs : isLiveInOddSlabs;
                visitor.slab(slab * 4096L, 4096, 64, 1);
                for (int slot = 0; slot < SLOTS; slot++) {
                    if (isLive.test(slot)) {
                        visitor.live(slab * 4096L + slot * 64L, 64);
                    }
                }
            }
        };
    }

    @Test
    void mustShareThePagesOfSpansThatDoNotOverlap() {
        // Half of the spans overlap with those of the same kind only, so nearly every span finds another.
        long bytes = Meshing.committedBytes(slabs(100, slot -> slot < 10, slot -> slot >= 10 && slot < 20));
        assertThat(bytes).isBetween(50 * 4096L, 65 * 4096L);
    }

    @Test
    void mustShareNothingBetweenSpansThatOverlap() {
        assertThat(Meshing.committedBytes(slabs(10, slot -> slot == 3, slot -> slot == 3)))
                .isEqualTo(10 * 4096L);
    }

    @Test
    void mustCountOnlySpansWithLiveBlocksAndWhatIsNotInSlabs() {
        assertThat(Meshing.committedBytes(slabs(10, slot -> false, slot -> slot == 3)))
                .isEqualTo(5 * 4096L);
        Inspectable large = visitor -> {
            visitor.chunk(0, 8192);
            visitor.slab(0, 4096, 64, 1);
            visitor.live(64, 64);
            visitor.chunk(1 << 20, 1 << 20);
            visitor.live(1 << 20, 1 << 20);
        };
        assertThat(Meshing.committedBytes(large)).isEqualTo(4096 + (1 << 20));
    }

    @Test
    void mustTellThatThereAreNoSlabs() {
        Inspectable regions = visitor -> {
            visitor.chunk(0, 8192);
            visitor.live(0, 100);
        };
        assertThat(Meshing.committedBytes(regions)).isNegative();
    }
}
