package dev.ashlar.buddy.internal;

import dev.ashlar.buddy.internal.RegionSupply.Growth;
import org.jspecify.annotations.Nullable;

/**
 * Finds room for a request for which {@link RegionList#take} found none: anywhere, or in a new region.
 *
 * <p>No thread waits for another. If other threads are in every region with room, a thread tries a few more times and
 * then takes a new region. So the surplus regions are at most as many as threads were ever in regions at the same
 * moment. After the source has refused, a request tries busy regions for a while, because they may have room.
 *
 * <p>A refused request has tried every region that may have room a fixed number of times, and a bounded number of free
 * runs in each. {@link TightRoom} tells which have none.
 */
final class RegionSearch {

    /**
     * Tries before a thread takes a new region because others are busy. They take longer than a running thread stays in
     * a region.
     */
    private static final int PATIENCE = 64;

    /** The same if no new region is available. */
    private static final int LAST_PATIENCE = 2_000;

    /** Tries between two yields to other threads: there may be fewer processors than threads. */
    private static final int SPINS = 8;

    private final RegionSupply supply;

    RegionSearch(RegionSupply supply) {
        this.supply = supply;
    }

    /** Where a block was taken. */
    record Place(Region region, int start) {}

    /**
     * Takes a block.
     *
     * @param run the result of {@link RegionLayout#runFor}
     * @return its place, or null if there is no memory for it
     */
    @Nullable Place take(int run, long byteSize, long byteAlignment) {
        boolean refused = false;
        for (int tries = 1; ; tries++) {
            int seen = supply.changes(); // first, so that a change during the search is noticed
            RegionList regions = supply.list();
            long place = regions.takeFromOldest(run, byteSize, byteAlignment);
            if (place >= 0) {
                return new Place(regions.region(place), RegionList.start(place));
            }
            boolean metBusy = place == RegionList.BUSY;
            if (refused && (!metBusy || tries > LAST_PATIENCE)) {
                return takeTight(byteSize, byteAlignment);
            }
            if (!refused && (!metBusy || tries > PATIENCE)) {
                switch (supply.grow(seen, run, byteSize, metBusy)) {
                    case Growth.Grown(Region grown) -> {
                        if (metBusy) {
                            regions.preferred().setMine(grown);
                        }
                        return new Place(grown, grown.takeFirst(byteSize, byteAlignment));
                    }
                    case Growth.Refused() -> {
                        if (!metBusy) {
                            return takeTight(byteSize, byteAlignment);
                        }
                        refused = true;
                    }
                    case Growth.Changed() -> {}
                }
            }
            pause(tries);
        }
    }

    /**
     * The last search before a refusal: tries all free runs, also in regions whose hints say that they have no room.
     */
    private @Nullable Place takeTight(long byteSize, long byteAlignment) {
        int exponent = Integer.numberOfTrailingZeros(supply.layout().alignment(byteAlignment));
        return supply.list().tight().take(exponent, supply.layout().granules(byteSize), byteSize);
    }

    @SuppressWarnings("ThreadPriorityCheck") // speed, not correctness, depends on the scheduler
    private static void pause(int tries) {
        if (tries % SPINS == 0) {
            Thread.yield();
        } else {
            Thread.onSpinWait();
        }
    }
}
