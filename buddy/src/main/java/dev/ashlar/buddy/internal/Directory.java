package dev.ashlar.buddy.internal;

import java.util.Arrays;
import java.util.stream.Stream;

/**
 * The regions, oldest first, and where to begin looking for room. The list never changes; another takes its place.
 *
 * <p>Old regions are filled first, so that young ones drain and go back to the source. That no region before some place has
 * a run of at least {@code 1 << k} granules is remembered for each {@code k}, so that full regions are passed over once and
 * not by every request. These places are hints, written by any thread: one that is too far on makes a request miss older
 * room, and before memory is taken for it everything is looked at.
 */
final class Directory {

    private static final int ORDERS = Integer.SIZE;

    private final Region[] regions;
    private final int[] firstWithRoom = new int[ORDERS];

    private Directory(Region[] regions) {
        this.regions = regions;
        for (int i = 0; i < regions.length; i++) {
            regions[i].index = i;
        }
    }

    static Directory empty() {
        return new Directory(new Region[0]);
    }

    Directory with(Region region) {
        Region[] more = Arrays.copyOf(regions, regions.length + 1);
        more[regions.length] = region;
        return new Directory(more);
    }

    Directory without(Region region) {
        return new Directory(Stream.of(regions).filter(other -> other != region).toArray(Region[]::new));
    }

    int size() {
        return regions.length;
    }

    Region region(int index) {
        return regions[index];
    }

    Region[] regions() {
        return regions;
    }

    /** Where to begin to look for a run. */
    int firstFor(int run) {
        return firstWithRoom[order(run)];
    }

    /** Notes that up to and with a region none has a run of the order of this one. */
    void passed(int index, int run) {
        firstWithRoom[order(run)] = index + 1;
    }

    /** Notes that a region has a free run of some length. */
    void roomAt(int index, int run) {
        for (int order = order(run); order >= 0 && firstWithRoom[order] > index; order--) {
            firstWithRoom[order] = index;
        }
    }

    /** The least run of the same order. */
    static int leastOf(int run) {
        return Integer.highestOneBit(run);
    }

    private static int order(int run) {
        return Integer.SIZE - 1 - Integer.numberOfLeadingZeros(run | 1);
    }
}
