package dev.ashlar.adaptive.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.MeteredSource;
import dev.ashlar.testkit.CountedTrees;
import dev.ashlar.testkit.UnbackedSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What it costs to cut a chunk from the reserve, however many pieces there are: counted in nodes of its tree. */
class ReserveStepsTest {

    private static final long PIECE = 4 << 20;

    /** A path from the root to a leaf and back, with 16 nodes beside each, in a tree of 100,000 leaves. */
    private static final long MOST_LOOKS = 2 * 16 * 6;

    private final CountedTrees trees = new CountedTrees();

    @ParameterizedTest
    @ValueSource(ints = {10, 1_000, 100_000})
    void mustCutAndTakeBackInFewSteps(int pieces) {
        MeteredSource source = new MeteredSource(new UnbackedSource(), Long.MAX_VALUE, () -> 0);
        Reserve reserve = new Reserve(source, pieces * PIECE, pieces * PIECE, trees::tree);
        List<MemorySource.Chunk> cut = new ArrayList<>();
        for (int piece = 0; piece < pieces; piece++) {
            cut.add(cut(reserve, PIECE));
        }
        assertThat(reserve.cut(SharedSource.GRANULE, 1)).isNull();
        for (MemorySource.Chunk each : List.of(cut.getFirst(), cut.get(pieces / 2), cut.getLast())) {
            long address = each.memory().address();
            long before = trees.looks();
            each.close();
            MemorySource.Chunk half = cut(reserve, PIECE / 2);
            MemorySource.Chunk rest = cut(reserve, PIECE / 2);
            assertThat(half.memory().address()).isEqualTo(address);
            assertThat(rest.memory().address()).isEqualTo(address + PIECE / 2);
            assertThat(reserve.cut(SharedSource.GRANULE, 1)).isNull();
            assertThat(trees.looks() - before)
                    .as("looks among %s pieces", pieces)
                    .isLessThanOrEqualTo(6 * MOST_LOOKS);
        }
        assertThat(source.committedBytes()).isEqualTo(pieces * PIECE);
    }

    private static MemorySource.Chunk cut(Reserve reserve, long byteSize) {
        MemorySource.Chunk chunk = reserve.cut(byteSize, SharedSource.GRANULE);
        assertThat(chunk).isNotNull();
        return chunk;
    }
}
