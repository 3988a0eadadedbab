package dev.ashlar.buddy.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.buddy.core.TlsfFit;
import dev.ashlar.buddy.internal.RegionSupply.Growth;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.MeteredSource;
import dev.ashlar.testkit.FaultySource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Where a request looks for room. Regions that others hold are held by the test, so that there is no luck in it. */
class RegionSearchTest {

    private static final int GRANULE = 1024;

    /** Granules of a region: all are of the smallest size. */
    private static final int LENGTH = (int) Geometry.SMALLEST_REGION / GRANULE;

    private final FaultySource memory = new FaultySource();
    private Runnable beforeTake = () -> {};
    private final RegionSupply supply = new RegionSupply(
            Geometry.of(new TlsfFit(), GRANULE, Geometry.SMALLEST_REGION),
            new MeteredSource(new Watched(), 16 * Geometry.SMALLEST_REGION, () -> 0),
            1 << 20,
            0);
    private final RegionSearch search = new RegionSearch(supply);

    /** The memory, and something that happens before some is taken. */
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
        return search.take((long) granules * GRANULE, 1);
    }

    private void free(long address, int granules) {
        Region region = Objects.requireNonNull(supply.at(address));
        assertThat(search.free(region, address, (long) granules * GRANULE)).isTrue();
    }

    /** Which region an address is in, the oldest is 0; -1 for none. */
    private int regionOf(long address) {
        Region region = supply.at(address);
        return region == null ? -1 : region.index;
    }

    @Test
    void mustBeginBehindFullRegionsAndComeBackWhenOneGetsRoom() {
        long first = take(LENGTH);
        assertThat(regionOf(take(1))).isEqualTo(1);
        assertThat(supply.directory().firstFor(1)).isEqualTo(0); // a new list of regions knows of nothing
        take(1);
        assertThat(supply.directory().firstFor(1)).as("where to begin").isEqualTo(1);
        free(first, LENGTH);
        assertThat(supply.directory().firstFor(1)).as("where to begin").isZero();
        assertThat(take(1)).isEqualTo(first);
    }

    /** Room for less than what is asked for, but more than half of it, serves others of the same order. */
    @Test
    void mustNotPassARegionThatHasRoomForASmallerRequest() {
        take(LENGTH - 4);
        assertThat(regionOf(take(LENGTH / 2))).isEqualTo(1);
        assertThat(regionOf(take(5))).isEqualTo(1);
        assertThat(regionOf(take(4))).isZero();
    }

    @Test
    void mustStayInANewRegionThatItEvadedToUntilThatIsFull() {
        take(1);
        Region first = supply.directory().region(0);
        assertThat(first.tryHold()).isTrue();
        assertThat(regionOf(take(1))).isEqualTo(1);
        supply.letGo(first);
        assertThat(regionOf(take(LENGTH - 2))).isEqualTo(1);
        assertThat(regionOf(take(2))).as("one granule is left there").isZero();
        assertThat(supply.homes().mine()).isNull();
        assertThat(regionOf(take(1))).isZero();
    }

    @Test
    void mustStayInAYoungerRegionThatItEvadedTo() {
        long first = take(LENGTH);
        long second = take(LENGTH);
        free(first, LENGTH);
        free(second, LENGTH);
        Region oldest = supply.directory().region(0);
        assertThat(oldest.tryHold()).isTrue();
        assertThat(regionOf(take(1))).isEqualTo(1);
        supply.letGo(oldest);
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
        Directory seen = supply.directory();
        take(1);
        assertThat(supply.grow(seen, 1, true)).isInstanceOf(Growth.Changed.class);
        assertThat(memory.openChunks()).isEqualTo(1);
    }

    @Test
    void mustLeaveABlockToWhoHoldsItsRegion() {
        long block = take(1);
        Region region = supply.directory().region(0);
        assertThat(region.tryHold()).isTrue();
        free(block, 1);
        assertThat(region.isLive(block)).isFalse();
        assertThat(search.free(region, block, GRANULE)).as("freed again").isFalse();
        assertThat(region.core().used()).isEqualTo(1);
        supply.letGo(region);
        assertThat(region.core().used()).isZero();
    }

    @Test
    void mustNotResizeWhatIsNotLive() {
        long block = take(1);
        Region region = supply.directory().region(0);
        free(block, 1);
        assertThat(search.resize(region, block, GRANULE, 2 * GRANULE)).isFalse();
        assertThat(region.core().used()).isZero();
    }
}
