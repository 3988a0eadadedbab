package dev.ashlar.buddy.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Both sets of granules compared with a {@link BitSet}, for random members that lie close together and far apart. */
class SetsProperties {

    private static final int LARGEST = 300_000;

    /** A set of one to four levels. */
    @Provide
    Arbitrary<Integer> sizes() {
        return Arbitraries.frequencyOf(
                Tuple.of(1, Arbitraries.of(1, 63, 64, 65, 4095, 4096, 4097, 262_144, 262_145, LARGEST)),
                Tuple.of(1, Arbitraries.integers().between(1, LARGEST)));
    }

    /** Members are added or removed, and looked at. All are taken modulo the size. */
    @Provide
    Arbitrary<List<Integer>> members() {
        return Arbitraries.frequencyOf(
                        Tuple.of(2, Arbitraries.integers().between(0, 300)),
                        Tuple.of(1, Arbitraries.of(4095, 4096, 8191, 262_143, 262_144)),
                        Tuple.of(2, Arbitraries.integers().between(0, LARGEST)))
                .list()
                .ofMaxSize(60);
    }

    @Property
    void treeMustFindTheNeighboursOfAnyMember(
            @ForAll("sizes") int size,
            @ForAll("members") List<Integer> members,
            @ForAll("members") List<Integer> from) {
        BitTree tree = new BitTree(size);
        BitSet model = new BitSet();
        long empty = tree.metadataBytes();
        for (int member : members) {
            int i = member % size;
            assertThat(tree.contains(i)).isEqualTo(model.get(i));
            if (model.get(i)) {
                tree.remove(i);
            } else {
                tree.add(i);
            }
            model.flip(i);
            tree.checkInvariants();
        }
        for (int start : from) {
            int i = start % size;
            long steps = tree.steps();
            assertThat(tree.next(i)).isEqualTo(model.nextSetBit(i));
            assertThat(tree.previous(i)).isEqualTo(model.previousSetBit(i));
            assertThat(tree.steps() - steps).as("words that both searches read").isBetween(2L, 16L);
        }
        assertThat(tree.metadataBytes()).isEqualTo(empty).isGreaterThanOrEqualTo(size / 8);
    }

    @Property
    void liveSetMustFindTheNeighboursOfAnyMember(
            @ForAll("sizes") int size,
            @ForAll("members") List<Integer> members,
            @ForAll("members") List<Integer> from) {
        LiveSet live = new LiveSet(size);
        BitSet model = new BitSet();
        for (int member : members) {
            int i = member % size;
            assertThat(live.contains(i)).isEqualTo(model.get(i));
            assertThat(live.remove(i)).isEqualTo(model.get(i));
            if (!model.get(i)) {
                live.add(i);
            }
            model.flip(i);
            assertThat(live.count()).isEqualTo(model.cardinality());
        }
        for (int start : from) {
            int i = start % size;
            assertThat(live.next(i)).isEqualTo(model.nextSetBit(i));
            assertThat(live.previous(i)).isEqualTo(model.previousSetBit(i));
        }
        assertThat(live.next(size)).as("beyond the end").isEqualTo(-1);
        assertThat(live.metadataBytes()).isBetween(size / 8L, size / 8L + 64);
    }
}
