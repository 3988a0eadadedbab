package dev.ashlar.adaptive.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.spi.support.SizeClasses;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.Tuple.Tuple2;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

/** Tables that are computed for any sizes and any numbers of live blocks. */
class DemandProperties {

    private static final SizeClasses USUAL = SizeClasses.perDoubling(8, 64 * 1024);

    /** So that few blocks can be divided among sizes. */
    private static final long SCALE = 1000;

    /** Sizes with how often each was requested. */
    @Provide
    Arbitrary<List<Tuple2<Integer, Integer>>> requests() {
        Arbitrary<Integer> sizes = Arbitraries.oneOf(
                Arbitraries.integers().between(0, 1024),
                Arbitraries.integers().between(1025, 64 * 1024),
                Arbitraries.of(4200, 4300, 4368, 4464));
        return sizes.flatMap(size -> Arbitraries.integers().between(1, 300).map(count -> Tuple.of(size, count)))
                .list()
                .ofMinSize(1)
                .ofMaxSize(12);
    }

    private static SizeHistogram histogram(List<Tuple2<Integer, Integer>> requests) {
        SizeHistogram histogram = new SizeHistogram(64 * 1024);
        requests.forEach(request -> {
            for (int i = 0; i < request.get2(); i++) {
                histogram.count(request.get1(), 8);
            }
        });
        return histogram;
    }

    private static NavigableMap<Long, Long> live(List<Tuple2<Integer, Integer>> requests, List<Long> counts) {
        TreeMap<Long, Long> live = new TreeMap<>();
        for (int i = 0; i < requests.size(); i++) {
            long slot = USUAL.size(USUAL.classOf(requests.get(i).get1()));
            live.merge(slot, counts.get(i % counts.size()), Long::sum);
        }
        return live;
    }

    @Property(tries = 200)
    void mustNeverRoundWorseThanTheUsualTableWhateverIsAskedForLater(
            @ForAll("requests") List<Tuple2<Integer, Integer>> requests,
            @ForAll @Size(min = 1, max = 5) List<@LongRange(max = 100_000) Long> counts) {
        Demand demand = new Demand(histogram(requests), USUAL, live(requests, counts), USUAL.sizes(), 8);
        SizeClasses table = SizeClasses.of(demand.bestTable(64));

        assertThat(table.sizes().length).isLessThanOrEqualTo(USUAL.sizes().length + 64);
        for (int size = 0; size <= 64 * 1024; size += 8) {
            assertThat(table.size(table.classOf(size))).isLessThanOrEqualTo(USUAL.size(USUAL.classOf(size)));
        }
        assertThat(demand.waste(table)).isLessThanOrEqualTo(demand.waste(USUAL));
    }

    @Property(tries = 200)
    void mustSettleOnATableUnderALoadThatStaysAsItIs(
            @ForAll("requests") List<Tuple2<Integer, Integer>> requests,
            @ForAll @Size(min = 1, max = 5) List<@LongRange(max = 100_000) Long> counts) {
        SizeHistogram histogram = histogram(requests);
        NavigableMap<Long, Long> live =
                live(requests, counts.stream().map(count -> SCALE * count).toList());
        Demand demand = new Demand(histogram, USUAL, live, USUAL.sizes(), 8);
        SizeClasses table = USUAL.replacedBy(demand.bestTable(64));
        TreeMap<Long, Long> liveThen = new TreeMap<>(); // all blocks are in the classes that fit them now
        for (Map.Entry<Long, Long> slot : live.entrySet()) {
            List<Tuple2<Integer, Integer>> sizes = requests.stream()
                    .filter(size -> USUAL.size(USUAL.classOf(size.get1())) == slot.getKey())
                    .toList();
            long requested = sizes.stream().mapToLong(Tuple2::get2).sum();
            sizes.forEach(size -> liveThen.merge(
                    (long) table.size(table.classOf(size.get1())),
                    slot.getValue() * size.get2() / requested, // blocks of a size are live as it is asked for
                    Long::sum));
        }
        Demand then = new Demand(histogram, table, liveThen, USUAL.sizes(), 8);
        SizeClasses next = table.replacedBy(then.bestTable(64));

        assertThat(then.waste(table) - then.waste(next))
                .as("what another change would save")
                .isLessThan(0.03);
    }

    @Property(tries = 50)
    void mustKnowTheMostFrequentLargeSizeExactly(@ForAll @LongRange(min = 1025, max = 65_528) long seed) {
        int size = (int) (seed + 7) / 8 * 8;
        SizeHistogram histogram = new SizeHistogram(64 * 1024);
        for (int i = 0; i < 900; i++) {
            histogram.count(size, 8);
            histogram.count(i % 3 == 0 ? Math.min(64 * 1024, size + 8) : size, 8);
        }
        Map<Integer, Long> told = new TreeMap<>();
        histogram.forEach((byteSize, requests) -> told.merge(byteSize, requests, Long::sum));

        assertThat(histogram.total()).isEqualTo(1_800);
        assertThat(told.get(size)).isGreaterThanOrEqualTo(1_500);
    }
}
