package dev.ashlar.api.compose;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The table compared with a map. */
class SampledBlocksProperties {

    /** Few addresses, so that they meet again, with gaps of all sizes of blocks. */
    @Provide
    Arbitrary<List<Long>> steps() {
        return Arbitraries.longs()
                .between(1, 400)
                .flatMap(number -> Arbitraries.of(8, 64, 4096, 1 << 20, 1 << 30).map(gap -> number * gap))
                .list()
                .ofMaxSize(3000);
    }

    /** Adds an address, or removes it if it is there. */
    @Property
    void mustHoldWhatAMapHolds(@ForAll("steps") List<Long> steps, @ForAll boolean isOfEvery) {
        SampledBlocks blocks = new SampledBlocks(isOfEvery);
        Map<Long, SampledBlocks.Entry> model = new HashMap<>();
        long serial = 0;
        for (long address : steps) {
            SampledBlocks.Entry known = model.remove(address);
            if (known == null) {
                assertThat(blocks.remove(address)).isNull();
                SampledBlocks.Entry entry = new SampledBlocks.Entry(
                        address, serial, 2 * serial, 3 * serial, "t" + serial, (int) serial, null);
                serial++;
                model.put(address, entry);
                assertThat(blocks.add(entry)).isNull();
                assertThat(blocks.mayHold(address)).isTrue();
            } else if (address % 3 == 0) {
                assertThat(blocks.add(known)).isEqualTo(known);
                model.put(address, known);
            } else {
                assertThat(blocks.mayHold(address)).isTrue();
                assertThat(blocks.remove(address)).isEqualTo(known);
            }
        }

        blocks.checkInvariants();
        Map<Long, SampledBlocks.Entry> found = new HashMap<>();
        blocks.forEach((address, byteSize, born, thread, name, site, isUnreachable) ->
                found.put(address, new SampledBlocks.Entry(address, byteSize, born, thread, name, site, null)));
        assertThat(found).isEqualTo(model);
    }

    /** Fills and empties the table, which grows and shrinks. */
    @Property(tries = 20)
    void mustFindEachBlockWhileTheTableGrowsAndShrinks(@ForAll("steps") List<Long> seeds) {
        SampledBlocks blocks = new SampledBlocks(false);
        long first = seeds.isEmpty() ? 8 : seeds.getFirst();
        long number = 20_000;
        for (long i = 0; i < number; i++) {
            blocks.add(new SampledBlocks.Entry(first + 64 * i, i, 0, 0, "", 0, null));
        }
        blocks.checkInvariants();
        for (long i = number - 1; i >= 0; i--) {
            SampledBlocks.Entry entry = blocks.remove(first + 64 * i);
            assertThat(entry).isNotNull();
            assertThat(entry.byteSize()).isEqualTo(i);
        }
        blocks.checkInvariants();
        for (long i = 0; i < number; i++) {
            assertThat(blocks.mayHold(first + 64 * i)).as("no block is left").isFalse();
        }
    }
}
