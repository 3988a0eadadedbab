package dev.ashlar.buddy.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.ashlar.buddy.core.TlsfAlgorithm;
import dev.ashlar.spi.support.MeteredSource;
import dev.ashlar.testkit.CountedTrees;
import dev.ashlar.testkit.UnbackedSource;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What it costs to find room, to take a region and to release one, however many regions there are: counted in nodes of
 * trees, in regions that are looked at, and in bytes on the heap.
 */
class RegionStepsTest {

    private static final int REGION = (int) RegionLayout.SMALLEST_REGION;
    private static final int GRANULE = 4096;

    /** A path from the root to a leaf and back, with 16 nodes beside each, in a tree of 100,000 leaves. */
    private static final long MOST_LOOKS = 2 * 16 * 6;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final RegionLayout layout = RegionLayout.of(new TlsfAlgorithm(), GRANULE, REGION);
    private final CountedTrees trees = new CountedTrees();

    /** Regions in each of which there is one block, as large as the region. */
    private final class Full {
        final List<Long> blocks = new ArrayList<>();
        final RegionSupply supply;
        final RegionSearch search;
        private long looksBefore;
        private long stepsBefore;
        private long bytesBefore;

        Full(int count, long retained) {
            MeteredSource source = new MeteredSource(
                    new UnbackedSource(),
                    (long) count * REGION,
                    () -> supply().totals().requestedBytes());
            supply = new RegionSupply(layout, source, retained, 0, trees::tree);
            search = new RegionSearch(supply);
            for (int i = 0; i < count; i++) {
                blocks.add(take(REGION));
            }
        }

        private RegionSupply supply() {
            return supply;
        }

        long take(int byteSize) {
            int run = layout.runFor(byteSize, 1);
            RegionList regions = supply.list();
            long place = regions.take(run, byteSize, 1);
            if (place >= 0) {
                return regions.region(place).addressOf(RegionList.start(place));
            }
            RegionSearch.Place found = Objects.requireNonNull(search.take(run, byteSize, 1));
            return found.region().addressOf(found.start());
        }

        void free(long address, int byteSize) {
            assertThat(Objects.requireNonNull(supply.at(address)).free(address, byteSize))
                    .isTrue();
        }

        void begin() {
            assertThat(supply.totals().requestedBytes()).isNotNegative(); // nothing is left to be looked at
            looksBefore = trees.looks();
            stepsBefore = supply.totals().steps();
            bytesBefore = THREADS.getCurrentThreadAllocatedBytes();
        }

        /** Checks what was done since the last call of {@link #begin}. */
        void requireFewSteps(int operations, long bytes) {
            long bytesNow = THREADS.getCurrentThreadAllocatedBytes();
            String among = "among " + blocks.size() + " regions";
            assertThat((bytesNow - bytesBefore) / operations)
                    .as("bytes %s", among)
                    .isLessThan(bytes);
            assertThat((trees.looks() - looksBefore) / operations)
                    .as("nodes %s", among)
                    .isLessThan(4 * MOST_LOOKS);
            assertThat((supply.totals().steps() - stepsBefore) / operations)
                    .as("regions looked at %s", among)
                    .isLessThan(10);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 1_000, 100_000})
    void mustFindRoomInFewSteps(int count) {
        Full heap = new Full(count, 1 << 20);
        for (int i : new int[] {0, count / 2, count - 1}) {
            long address = heap.blocks.get(i);
            heap.free(address, REGION);
            long low = heap.take(GRANULE);
            heap.begin();
            long high = heap.take(GRANULE);
            heap.free(low, GRANULE);
            heap.free(high, GRANULE);
            long again = heap.take(REGION);
            heap.requireFewSteps(4, 10_000);
            assertThat(again).isEqualTo(address);
        }
    }

    /** With nothing to be retained the region is released at once, and the next request takes another. */
    @ParameterizedTest
    @ValueSource(ints = {10, 1_000, 100_000})
    void mustReleaseARegionAndTakeAnotherInFewSteps(int count) {
        Full heap = new Full(count, 0);
        int rounds = Math.min(count, 1_000);
        heap.begin();
        for (int round = 0; round < rounds; round++) {
            int i = (int) ((long) round * count / rounds);
            heap.free(heap.blocks.get(i), REGION);
            assertThat(heap.supply.at(heap.blocks.get(i))).isNull();
            heap.blocks.set(i, heap.take(REGION));
        }
        // The table is copied once in so many rounds as there are regions, which adds to each a share that is the same.
        heap.requireFewSteps(rounds, 20_000);
    }

    /** One block comes and goes in a heap that retains many idle regions. */
    @ParameterizedTest
    @ValueSource(ints = {10, 1_000, 100_000})
    void mustFreeTheLastBlockOfARegionInFewStepsHoweverManyAreIdle(int count) {
        Full heap = new Full(count, (long) (count - 1) * REGION);
        heap.blocks.subList(1, count).forEach(address -> heap.free(address, REGION));
        heap.begin();
        for (int round = 0; round < 100; round++) {
            heap.free(heap.take(GRANULE), GRANULE);
        }
        heap.requireFewSteps(200, 10_000);
    }

    /** The first refused request of a size looks at every region, and each further one at those that changed. */
    @ParameterizedTest
    @ValueSource(ints = {10, 1_000, 100_000})
    void mustRefuseInFewSteps(int count) {
        Full heap = new Full(count, 1 << 20);
        heap.blocks.forEach(address -> heap.free(address, REGION));
        heap.blocks.clear();
        for (int i = 0; i < count; i++) {
            heap.blocks.add(heap.take(REGION / 2));
            heap.take(REGION / 2 - GRANULE);
        }
        for (long alignment : new long[] {1, 2 * GRANULE}) {
            int wanted = 2 * GRANULE;
            int run = layout.runFor(wanted, alignment);
            assertThat(heap.search.take(run, wanted, alignment)).isNull();
            heap.begin();
            assertThat(heap.search.take(run, wanted, alignment)).isNull();
            heap.requireFewSteps(1, 10_000);
            long freed = heap.blocks.get(count / 2);
            heap.begin();
            heap.free(freed, REGION / 2);
            assertThat(heap.take(REGION / 2)).isEqualTo(freed);
            assertThat(heap.search.take(run, wanted, alignment)).isNull();
            heap.requireFewSteps(3, 10_000);
        }
    }
}
