package dev.ashlar.api.compose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.compose.BlockTable.Entry;
import dev.ashlar.api.compose.BlockTable.Kind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The table of blocks, compared with a map. */
class BlockTableProperties {

    /** Blocks by number: an address is used again and again. */
    @Provide
    Arbitrary<List<Integer>> numbers() {
        return Arbitraries.integers().between(1, 3000).list().ofMaxSize(400);
    }

    @Property
    void mustKnowWhatIsLiveAndWhatWas(@ForAll("numbers") List<Integer> numbers, @ForAll boolean notes) {
        BlockTable table = new BlockTable(notes);
        Map<Long, Long> live = new HashMap<>();
        for (int i = 0; i < numbers.size(); i++) {
            long address = 0x7f00_0000_0000L + 24L * numbers.get(i);
            Entry entry = table.live(address);
            assertThat(entry != null).isEqualTo(live.containsKey(address));
            if (entry == null) {
                table.add(address, i, i % 3 == 0 ? 0 : 1L << i % 62, i % 2 == 0, null);
                live.put(address, (long) i);
                assertEntry(Objects.requireNonNull(table.live(address)), i);
            } else {
                assertThat(entry.byteSize()).isEqualTo(live.remove(address));
                Entry same = Objects.requireNonNull(table.live(address));
                assertThat(entry.claim()).isTrue();
                assertThat(same.isUnchanged()).isFalse();
                assertThat(same.claim()).isFalse();
                assertThat(table.live(address)).isNull();
                entry.become(i % 2 == 0 ? Kind.FREE : Kind.LIVE);
                assertThat(table.live(address) == null).isEqualTo(i % 2 == 0);
                if (i % 2 != 0) {
                    live.put(address, entry.byteSize());
                } else {
                    assertThat(Objects.requireNonNull(table.former(address)).byteSize())
                            .isEqualTo(entry.byteSize());
                }
            }
        }
        Map<Long, Long> walked = new HashMap<>();
        table.forEach(entry -> {
            if (entry.kind() == Kind.LIVE) {
                walked.put(entry.address(), entry.byteSize());
            }
        });
        assertThat(walked).isEqualTo(live);
    }

    private static void assertEntry(Entry entry, int i) {
        assertThat(entry.byteSize()).isEqualTo(i);
        assertThat(entry.front()).isEqualTo(i % 3 == 0 ? 0 : 1L << i % 62);
        assertThat(entry.isGuarded()).isEqualTo(i % 2 == 0);
    }

    @Example
    void mustGrowWithTheLiveBlocksAndBeUsedAgain() {
        for (long distance : new long[] {8, 16, 48, 4096, 65_536}) {
            BlockTable table = new BlockTable(false);
            int blocks = 20_000;
            for (int i = 1; i <= blocks; i++) {
                table.add(i * distance, i, 0, false, null);
            }
            long byteSize = table.byteSize();
            assertThat(byteSize).as("bytes, %d apart", distance).isLessThan(100L * blocks);
            Random random = new Random(7);
            for (int i = 0; i < 3 * blocks; i++) {
                long address = (1 + random.nextInt(blocks)) * distance;
                Entry entry = Objects.requireNonNull(table.live(address));
                assertThat(entry.claim()).isTrue();
                entry.become(Kind.FREE);
                table.add(address, i, 0, false, null);
            }
            assertThat(table.byteSize()).as("bytes after a churn").isEqualTo(byteSize);
        }
    }
}
