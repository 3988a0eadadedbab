package dev.ashlar.buddy.internal;

import dev.ashlar.buddy.internal.RegionLayout.Request;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The regions, oldest first, and where to begin looking for room. The list never changes; another takes its place.
 *
 * <p>Old regions are filled first, so that young ones drain and go back to the source. That no region before some place has
 * a run of at least {@code 1 << k} granules is remembered for each {@code k}, so that full regions are passed over once and
 * not by every request. These places are hints, written by any thread: one that is too far on makes a request miss older
 * room, and before memory is taken for it everything is looked at.
 */
final class RegionList {

    private static final int ORDERS = Integer.SIZE;

    private final Region[] regions;
    private final PreferredRegions preferred;

    /** For each order; does not fall as orders rise, unless threads wrote at the same moment. */
    private final int[] firstWithRoom = new int[ORDERS];

    private RegionList(Region[] regions, PreferredRegions preferred) {
        this.regions = regions;
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

    int size() {
        return regions.length;
    }

    Region region(int index) {
        return regions[index];
    }

    List<Region> regions() {
        return Arrays.asList(regions);
    }

    PreferredRegions preferred() {
        return preferred;
    }

    /**
     * Takes a block from the region that the thread prefers, or else from the oldest that has room.
     *
     * @return the region, or null if none was found; then the request tells whether one was passed over
     */
    @Nullable Region take(Request request) {
        Region mine = preferred.mine();
        if (mine != null) {
            if (mine.room() >= request.run && mine.tryTake(request)) {
                return mine;
            }
            preferred.setMine(null);
        }
        return takeFrom(firstWithRoom[order(request.run)], request);
    }

    /** Looks for room from a region on, and remembers up to where all are full. */
    @Nullable Region takeFrom(int first, Request request) {
        boolean onlyFull = true;
        for (int i = first; i < regions.length; i++) {
            Region region = regions[i];
            int room = region.room();
            if (room >= request.run && region.tryTake(request)) {
                if (request.metBusy) {
                    preferred.setMine(region);
                }
                return region;
            }
            onlyFull &= room < Integer.highestOneBit(request.run);
            if (onlyFull) {
                passed(i, request.run);
            }
        }
        return null;
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
