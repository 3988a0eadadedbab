package dev.ashlar.buddy.internal;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.buddy.core.RegionCore;
import dev.ashlar.buddy.internal.RegionSupply.Growth;
import java.util.concurrent.atomic.LongAdder;

/**
 * Finds a region that has room for a request: the home of the thread, then the oldest, then a new one.
 *
 * <p>No thread waits for another. One that finds every region with room held looks a few times more and then takes a new
 * region; so there are at most as many more than needed as threads were ever at work in regions at the same moment. Only
 * after the source has refused does a request look for a while at held regions, because there may be room for it.
 */
final class RegionSearch {

    /** What {@link #search} tells if it passed over a held region that may have room. No block has this address. */
    private static final long HELD = -1;

    private static final long NOTHING = AddressAllocator.NULL;

    /** Looks before a thread takes a new region because of held ones: longer than a region is held, if its holder runs. */
    private static final int PATIENCE = 64;

    /** The same if there is no new region to be had. */
    private static final int LAST_PATIENCE = 2_000;

    /** Looks between two times of letting other threads run: there may be fewer processors than threads. */
    private static final int SPINS = 8;

    private final RegionSupply supply;
    private final Homes homes;
    private final LongAdder misses = new LongAdder();

    RegionSearch(RegionSupply supply) {
        this.supply = supply;
        this.homes = supply.homes();
    }

    /** Requests for which a region was taken from the source. */
    long misses() {
        return misses.sum();
    }

    /**
     * Takes a block.
     *
     * @return its address, or {@link AddressAllocator#NULL} if there is no memory for it
     */
    long take(long byteSize, long byteAlignment) {
        Geometry geometry = supply.geometry();
        int length = geometry.granules(byteSize);
        int alignment = geometry.alignment(byteAlignment);
        int run = geometry.fit().runFor(length, alignment);
        Region home = homes.mine();
        long address = home == null ? NOTHING : takeFromHome(home, run, length, alignment, byteSize);
        if (address <= NOTHING) {
            Directory seen = supply.directory();
            address = search(seen, seen.firstFor(run), run, length, alignment, byteSize);
        }
        return address > NOTHING ? address : takeSlowly(run, length, alignment, byteSize);
    }

    private long takeFromHome(Region home, int run, int length, int alignment, long byteSize) {
        long address = NOTHING;
        if (home.room() >= run && home.tryHold()) {
            address = takeFromHeld(home, length, alignment, byteSize);
        }
        if (address == NOTHING) {
            homes.setMine(null);
        }
        return address;
    }

    /** Takes a block of a region that the caller holds, and lets go of it. */
    private long takeFromHeld(Region region, int length, int alignment, long byteSize) {
        return letGo(region, region.take(length, alignment, byteSize));
    }

    private long letGo(Region region, int start) {
        supply.letGo(region);
        return start == RegionCore.NONE ? NOTHING : region.addressOf(start);
    }

    /** Looks for room from a region on, and remembers up to where all are full. */
    private long search(Directory seen, int first, int run, int length, int alignment, long byteSize) {
        boolean metHeld = false;
        boolean onlyFull = true;
        for (int i = first; i < seen.size(); i++) {
            Region region = seen.region(i);
            int room = region.room();
            if (room >= run) {
                long address = region.tryHold() ? takeFromHeld(region, length, alignment, byteSize) : HELD;
                if (address > NOTHING) {
                    if (metHeld) {
                        homes.setMine(region);
                    }
                    return address;
                }
                metHeld |= address == HELD && !region.isClosed();
            }
            onlyFull &= room < Directory.leastOf(run);
            if (onlyFull) {
                seen.passed(i, run);
            }
        }
        return metHeld ? HELD : NOTHING;
    }

    private long takeSlowly(int run, int length, int alignment, long byteSize) {
        boolean refused = false;
        for (int tries = 1; ; tries++) {
            Directory seen = supply.directory();
            long address = search(seen, 0, run, length, alignment, byteSize);
            if (address > NOTHING) {
                return address;
            }
            if (refused && (address == NOTHING || tries > LAST_PATIENCE)) {
                return takeTight(seen, length, alignment, byteSize);
            }
            if (!refused && (address == NOTHING || tries > PATIENCE)) {
                switch (supply.grow(seen, run, address == NOTHING)) {
                    case Growth.Grown(Region region) -> {
                        misses.increment();
                        if (address == HELD) {
                            homes.setMine(region);
                        }
                        return takeFromHeld(region, length, alignment, byteSize);
                    }
                    case Growth.Refused() -> refused = true;
                    case Growth.Changed() -> {}
                }
            }
            pause(tries);
        }
    }

    /** Before the request is refused: looks at all that is free, whatever regions say that they have room for. */
    private long takeTight(Directory seen, int length, int alignment, long byteSize) {
        for (Region region : seen.regions()) {
            if (region.tryHoldBriefly()) {
                long address = letGo(region, region.takeTight(length, alignment, byteSize));
                if (address > NOTHING) {
                    return address;
                }
            }
        }
        return NOTHING;
    }

    @SuppressWarnings("ThreadPriorityCheck") // speed, not correctness, depends on the scheduler
    private static void pause(int tries) {
        if (tries % SPINS == 0) {
            Thread.yield();
        } else {
            Thread.onSpinWait();
        }
    }

    /**
     * Frees a block.
     *
     * @param region what the address lies in
     * @param address any address in the region
     * @param byteSize what the client had asked for
     * @return false if no live block starts at the address
     */
    boolean free(Region region, long address, long byteSize) {
        int start = region.granuleAt(address);
        if (start == RegionCore.NONE || !region.core().claim(start)) {
            return false;
        }
        if (region.tryHold()) {
            region.release(start, byteSize);
        } else {
            region.releaseLater(start, byteSize);
            if (!region.tryHold()) {
                return true; // whoever holds it now looks after letting go
            }
            region.collect();
        }
        supply.letGo(region);
        return true;
    }

    /** Changes the size of a live block in its place; false if that cannot be done now. */
    boolean resize(Region region, long address, long oldSize, long byteSize) {
        if (!region.tryHoldBriefly()) {
            return false;
        }
        try {
            int start = region.granuleAt(address);
            boolean done = region.core().isLive(start)
                    && region.core().resize(start, supply.geometry().granules(byteSize));
            if (done) {
                region.resized(byteSize - oldSize);
            }
            return done;
        } finally {
            supply.letGo(region);
        }
    }
}
