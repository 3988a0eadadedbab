package dev.ashlar.buddy.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.buddy.core.TlsfAlgorithm;
import dev.ashlar.buddy.internal.RegionSupply.Growth;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.MeteredSource;
import dev.ashlar.testkit.FaultySource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Where a request looks for room. The test itself enters regions as other threads would, so the result does not depend
 * on timing.
 */
class RegionSearchTest {

    private static final int GRANULE = 1024;

    /** Granules of a region: all are of the smallest size. */
    private static final int LENGTH = (int) RegionLayout.SMALLEST_REGION / GRANULE;

    private final FaultySource memory = new FaultySource();
    private Runnable beforeTake = () -> {};
    private final RegionLayout layout = RegionLayout.of(new TlsfAlgorithm(), GRANULE, RegionLayout.SMALLEST_REGION);
    private final RegionSupply supply = new RegionSupply(
            layout, new MeteredSource(new Watched(), 16 * RegionLayout.SMALLEST_REGION, () -> 0), 1 << 20, 0);
    private final RegionSearch search = new RegionSearch(supply);

    /** The source, and an action that runs before memory is taken. */
    private final class Watched implements MemorySource {
        @Override
        public String name() {
            return "watched";
        }

        @Override
        public @Nullable Chunk take(long byteSize, long byteAlignment) {
            beforeTake.run();
            return memory.take(byteSize, byteAlignment);
        }
    }

    @AfterEach
    void close() {
        supply.close();
        assertThat(memory.misuses()).isEmpty();
    }

    private long take(int granules) {
        long byteSize = (long) granules * GRANULE;
        RegionList regions = supply.list();
        long place = regions.take(granules, byteSize, 1);
        if (place >= 0) {
            return regions.region(place).addressOf(RegionList.start(place));
        }
        RegionSearch.Place found = Objects.requireNonNull(search.take(granules, byteSize, 1));
        return found.region().addressOf(found.start());
    }

    private void free(long address, int granules) {
        Region region = Objects.requireNonNull(supply.at(address));
        assertThat(region.free(address, (long) granules * GRANULE)).isTrue();
    }

    /** The index of the region that holds an address; the oldest is 0; -1 for none. */
    private int regionOf(long address) {
        Region region = supply.at(address);
        return region == null ? -1 : region.place();
    }

    @Test
    void mustComeBackToAnOldRegionWhenItGetsRoom() {
        long first = take(LENGTH);
        assertThat(regionOf(take(1))).isEqualTo(1);
        take(1);
        free(first, LENGTH);
        assertThat(take(1)).isEqualTo(first);
    }

    /** Room for less than the request, but for more than half of it, serves other requests of the same order. */
    @Test
    void mustNotPassARegionThatHasRoomForASmallerRequest() {
        assertThat(supply.preallocate(RegionLayout.SMALLEST_REGION)).isTrue();
        take(LENGTH - 4);
        assertThat(regionOf(take(LENGTH / 2))).isEqualTo(1);
        assertThat(regionOf(take(5))).isEqualTo(1);
        assertThat(regionOf(take(4))).isZero();
    }

    @Test
    void mustStayInANewRegionThatItEvadedToUntilThatIsFull() {
        take(1);
        Region first = supply.list().regions().getFirst();
        assertThat(first.tryEnter()).isTrue();
        assertThat(regionOf(take(1))).isEqualTo(1);
        first.leave();
        assertThat(regionOf(take(LENGTH - 2))).isEqualTo(1);
        assertThat(regionOf(take(2))).as("one granule is left there").isZero();
        assertThat(supply.list().preferred().mine()).isNull();
        assertThat(regionOf(take(1))).isZero();
    }

    @Test
    void mustStayInAYoungerRegionThatItEvadedTo() {
        long first = take(LENGTH);
        long second = take(LENGTH);
        free(first, LENGTH);
        free(second, LENGTH);
        Region oldest = supply.list().regions().getFirst();
        assertThat(oldest.tryEnter()).isTrue();
        assertThat(regionOf(take(1))).isEqualTo(1);
        oldest.leave();
        assertThat(regionOf(take(1))).isEqualTo(1);
        assertThat(memory.openChunks()).isEqualTo(2);
    }

    @Test
    void mustLookAgainWhenTheSourceRefuses() {
        long first = take(LENGTH / 2);
        take(LENGTH / 2);
        beforeTake = () -> {
            beforeTake = () -> {};
            memory.runDry();
            free(first, LENGTH / 2); // as another thread may at this moment
        };
        assertThat(take(1)).isEqualTo(first);
    }

    @Test
    void mustNotTakeARegionIfAnotherWasTakenMeanwhile() {
        int seen = supply.changes();
        take(1);
        assertThat(supply.grow(seen, 1, 1, false)).isInstanceOf(Growth.Changed.class);
        assertThat(memory.openChunks()).isEqualTo(1);
    }

    @Test
    void mustLeaveABlockToWhoIsInItsRegion() {
        long block = take(1);
        Region region = supply.list().regions().getFirst();
        assertThat(region.tryEnter()).isTrue();
        free(block, 1);
        assertThat(region.isLive(block)).isFalse();
        assertThat(region.free(block, GRANULE)).as("freed again").isFalse();
        assertThat(region.core().used()).isEqualTo(1);
        region.leave();
        assertThat(region.core().used()).isZero();
    }

    @Test
    void mustNotResizeWhatIsNotLive() {
        long block = take(1);
        Region region = supply.list().regions().getFirst();
        free(block, 1);
        assertThat(region.resize(block, GRANULE, 2 * GRANULE)).isFalse();
        assertThat(region.core().used()).isZero();
    }

    /** A thread that freed the last block of a region is late: the region was removed, and the list replaced. */
    @Test
    void mustTakeNoteOfRoomInARegionThatWasRemoved() {
        long[] blocks = new long[10];
        for (int i = 0; i < blocks.length; i++) {
            blocks[i] = take(LENGTH);
        }
        Region removed = comeAndGo();
        while (removed.place() < 16) {
            removed = comeAndGo();
        }
        for (long block : blocks) {
            free(block, LENGTH);
        }
        supply.trim();
        Region last = comeAndGo();
        while (last.place() >= 16) {
            last = comeAndGo();
        }
        assertThat(supply.list().tight().take(0, 1, 1)).as("makes a tree").isNull();

        supply.list().noteRoom(removed);
        supply.list().tight().noteRoom(removed);

        assertThat(regionOf(take(1))).as("the next request").isLessThan(16);
    }

    /** A region that has a block and is returned. */
    private Region comeAndGo() {
        long block = take(LENGTH);
        Region region = Objects.requireNonNull(supply.at(block));
        free(block, LENGTH);
        supply.trim();
        return region;
    }
}
