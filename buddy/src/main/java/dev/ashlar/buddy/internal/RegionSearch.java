package dev.ashlar.buddy.internal;

import dev.ashlar.buddy.internal.RegionSupply.Growth;
import org.jspecify.annotations.Nullable;

/**
 * Finds room for a request that {@link RegionList#take} found none for: anywhere, or in a new region.
 *
 * <p>No thread waits for another. One that finds another thread in every region with room looks a few times more and
 * then takes a new region; so there are at most as many more than needed as threads were ever at work in regions at the
 * same moment. Only after the source has refused does a request look for a while at busy regions, because there may be
 * room for it.
 *
 * <p>A request that is refused has looked at every region a fixed number of times, and at free runs within them in
 * bounded number.
 */
final class RegionSearch {

    /** Looks before a thread takes a new region because of busy ones: longer than a thread is in one, if it runs. */
    private static final int PATIENCE = 64;

    /** The same if there is no new region to be had. */
    private static final int LAST_PATIENCE = 2_000;

    /** Looks between two times of letting other threads run: there may be fewer processors than threads. */
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
     * @param run what {@link RegionLayout#runFor} tells
     * @return where, or null if there is no memory for it
     */
    @Nullable Place take(int run, long byteSize, long byteAlignment) {
        boolean refused = false;
        for (int tries = 1; ; tries++) {
            RegionList seen = supply.list();
            long place = seen.takeFrom(0, run, byteSize, byteAlignment);
            if (place >= 0) {
                return new Place(seen.region(place), RegionList.start(place));
            }
            boolean metBusy = place == RegionList.BUSY;
            if (refused && (!metBusy || tries > LAST_PATIENCE)) {
                return takeTight(byteSize, byteAlignment);
            }
            if (!refused && (!metBusy || tries > PATIENCE)) {
                switch (supply.grow(seen, run, byteSize, metBusy)) {
                    case Growth.Grown(Region grown) -> {
                        if (metBusy) {
                            seen.preferred().setMine(grown);
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

    /** Before the request is refused: looks at all that is free, whatever regions say that they have room for. */
    private @Nullable Place takeTight(long byteSize, long byteAlignment) {
        for (Region region : supply.list().regions()) {
            int start = region.takeTight(byteSize, byteAlignment);
            if (start >= 0) {
                return new Place(region, start);
            }
        }
        return null;
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
