package dev.ashlar.buddy.internal;

import dev.ashlar.buddy.core.RegionCore;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * The regions, oldest first, with hints where to start a search for room. A list never changes; it is replaced.
 *
 * <p>Old regions are filled first, so that young ones drain and go back to the source. For each {@code k} it remembers
 * an index before which no region has a run of at least {@code 1 << k} granules. So full regions are skipped without a
 * look at each. These indices are hints that any thread writes. If one is too high, a request misses older room; but
 * before memory is taken, all regions are searched.
 *
 * <p>A block's place is the index of its region in this list and its first granule, in the two halves of a {@code
 * long}. So neither is looked up again, and no object is made.
 */
final class RegionList {

    /** No region has room. */
    static final long NONE = RegionCore.NONE;

    /** One may have room, but another thread is in it. */
    static final long BUSY = Region.BUSY;

    private static final int ORDERS = Integer.SIZE;

    private final Region[] regions;
    private final List<Region> all;
    private final PreferredRegions preferred;

    /** The hints by order. They do not fall as orders rise, unless threads wrote at the same moment. */
    private final int[] firstWithRoom = new int[ORDERS];

    private RegionList(Region[] regions, PreferredRegions preferred) {
        this.regions = regions;
        this.all = Arrays.asList(regions);
        this.preferred = preferred;
        for (int i = 0; i < regions.length; i++) {
            regions[i].index = i;
        }
    }

    static RegionList empty() {
        return new RegionList(new Region[0], new PreferredRegions());
    }

    RegionList with(Region region) {
        Region[] more = Arrays.copyOf(regions, regions.length + 1);
        more[regions.length] = region;
        return new RegionList(more, preferred);
    }

    RegionList without(Region region) {
        preferred.forget(region);
        return new RegionList(
                Stream.of(regions).filter(other -> other != region).toArray(Region[]::new), preferred);
    }

    List<Region> regions() {
        return all;
    }

    PreferredRegions preferred() {
        return preferred;
    }

    /**
     * Takes a block from the region that the thread prefers, otherwise from the oldest with room.
     *
     * @param run the result of {@link RegionLayout#runFor}
     * @return its place, {@link #NONE} or {@link #BUSY}
     */
    long take(int run, long byteSize, long byteAlignment) {
        Region mine = preferred.mine();
        if (mine != null) {
            int index = mine.index;
            int start = index < regions.length && regions[index] == mine && mine.room() >= run
                    ? mine.tryTake(byteSize, byteAlignment)
                    : RegionCore.NONE;
            if (start >= 0) {
                return place(index, start);
            }
            preferred.setMine(null);
        }
        return takeFrom(firstWithRoom[order(run)], run, byteSize, byteAlignment);
    }

    /** Searches for room from a region on, and remembers up to where all are full. */
    long takeFrom(int first, int run, long byteSize, long byteAlignment) {
        boolean metBusy = false;
        boolean onlyFull = true;
        for (int i = first; i < regions.length; i++) {
            Region region = regions[i];
            int room = region.room();
            if (room >= run) {
                int start = region.tryTake(byteSize, byteAlignment);
                if (start >= 0) {
                    if (metBusy) {
                        preferred.setMine(region);
                    }
                    return place(i, start);
                }
                metBusy |= start == Region.BUSY;
            }
            onlyFull &= room < Integer.highestOneBit(run);
            if (onlyFull) {
                passed(i, run);
            }
        }
        return metBusy ? BUSY : NONE;
    }

    private static long place(int index, int start) {
        return ((long) index << Integer.SIZE) | start;
    }

    /** The region of a place. */
    Region region(long place) {
        return regions[(int) (place >>> Integer.SIZE)];
    }

    /** The first granule of the block at a place. */
    static int start(long place) {
        return (int) place;
    }

    /** Where to start the search for a run. */
    int firstFor(int run) {
        return firstWithRoom[order(run)];
    }

    /** Records that no region up to and including one has a run of an order, or of a higher one. */
    private void passed(int index, int run) {
        for (int order = order(run); order < ORDERS && firstWithRoom[order] <= index; order++) {
            firstWithRoom[order] = index + 1;
        }
    }

    /** Records that a region has a free run of a length. */
    void roomAt(int index, int run) {
        for (int order = order(run); order >= 0 && firstWithRoom[order] > index; order--) {
            firstWithRoom[order] = index;
        }
    }

    private static int order(int run) {
        return Integer.SIZE - 1 - Integer.numberOfLeadingZeros(run | 1);
    }
}
