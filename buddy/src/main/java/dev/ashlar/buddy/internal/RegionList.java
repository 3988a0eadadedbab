package dev.ashlar.buddy.internal;

import dev.ashlar.buddy.core.RegionCore;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * The regions, oldest first, and where to begin looking for room. The list never changes; another takes its place.
 *
 * <p>Old regions are filled first, so that young ones drain and go back to the source. That no region before some place
 * has a run of at least {@code 1 << k} granules is remembered for each {@code k}, so that full regions are passed over
 * once and not by every request. These places are hints, written by any thread: one that is too far on makes a request
 * miss older room, and before memory is taken for it everything is looked at.
 *
 * <p>A block's place is its region in this list and its first granule, in the two halves of a {@code long}: so neither
 * is looked up again, and no object is made.
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

    /** For each order; does not fall as orders rise, unless threads wrote at the same moment. */
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
     * Takes a block from the region that the thread prefers, or else from the oldest that has room.
     *
     * @param run what {@link RegionLayout#runFor} tells
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

    /** Looks for room from a region on, and remembers up to where all are full. */
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

    /** Where to begin to look for a run. */
    int firstFor(int run) {
        return firstWithRoom[order(run)];
    }

    /** Notes that up to and with a region none has a run of the order of this one, so none of a higher order either. */
    private void passed(int index, int run) {
        for (int order = order(run); order < ORDERS && firstWithRoom[order] <= index; order++) {
            firstWithRoom[order] = index + 1;
        }
    }

    /** Notes that a region has a free run of some length. */
    void roomAt(int index, int run) {
        for (int order = order(run); order >= 0 && firstWithRoom[order] > index; order--) {
            firstWithRoom[order] = index;
        }
    }

    private static int order(int run) {
        return Integer.SIZE - 1 - Integer.numberOfLeadingZeros(run | 1);
    }
}
