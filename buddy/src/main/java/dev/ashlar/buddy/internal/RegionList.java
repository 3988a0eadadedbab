package dev.ashlar.buddy.internal;

import dev.ashlar.buddy.core.RegionCore;
import dev.ashlar.spi.support.RoomTable;
import dev.ashlar.spi.support.RoomTree;
import java.util.List;
import java.util.function.IntFunction;

/**
 * The regions, oldest first, and the search for one with room.
 *
 * <p>Old regions are filled first, so that young ones drain and go back to the source. A {@link RoomTable} finds the
 * oldest with room, however many regions are full. The search also meets regions that other threads are in. These are
 * at most as many as threads are in regions at the moment.
 *
 * <p>A block's place is that of its region in the table and its first granule, in the two halves of a {@code long}. So
 * neither is looked up again, and no object is made. A region keeps its place in a table, so a place is valid as long
 * as the block is live. When all places of the table are used, another list with another table replaces this one.
 *
 * <p>For any thread. Only {@link #with} and {@link #remove} are for one thread at a time.
 */
final class RegionList {

    /** No region has room. */
    static final long NONE = RegionCore.NONE;

    /** One may have room, but another thread is in it. */
    static final long BUSY = Region.BUSY;

    private final RoomTable<Region> table;
    private final IntFunction<RoomTree> trees;
    private final TightRoom tight;
    private final PreferredRegions preferred;

    private RegionList(RoomTable<Region> table, IntFunction<RoomTree> trees, PreferredRegions preferred) {
        this.table = table;
        this.trees = trees;
        this.preferred = preferred;
        tight = new TightRoom(table, trees);
    }

    /**
     * A list without regions.
     *
     * @param trees makes a tree with a number of ranges
     */
    static RegionList empty(IntFunction<RoomTree> trees) {
        return new RegionList(new RoomTable<>(trees), trees, new PreferredRegions());
    }

    /** Adds a region. Returns this list, or another one that replaces it. */
    RegionList with(Region region) {
        RoomTable<Region> in = table.with(region);
        if (in == table) {
            tight.noteRoom(region);
        }
        return in == table ? this : new RegionList(in, trees, preferred);
    }

    /** Removes a region; false if it was removed before. */
    boolean remove(Region region) {
        preferred.forget(region);
        return table.remove(region);
    }

    /** All regions, oldest first. Costs time in proportion to them. */
    List<Region> regions() {
        return table.members();
    }

    PreferredRegions preferred() {
        return preferred;
    }

    /** The search for requests that are refused otherwise. */
    TightRoom tight() {
        return tight;
    }

    /** Notes that a region has more room than before. Called after the room was made. */
    void noteRoom(Region region) {
        table.noteRoom(region);
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
            int place = mine.place();
            int start = place < table.places() && table.at(place) == mine && mine.room() >= run
                    ? mine.tryTake(byteSize, byteAlignment)
                    : RegionCore.NONE;
            if (start >= 0) {
                return place(place, start);
            }
            preferred.setMine(null);
        }
        return takeFromOldest(run, byteSize, byteAlignment);
    }

    /** Takes a block from the oldest region that has room and no other thread in it. */
    long takeFromOldest(int run, long byteSize, long byteAlignment) {
        boolean metBusy = false;
        for (int place = table.next(0, run); place >= 0; place = table.next(place + 1, run)) {
            Region region = table.at(place);
            int start =
                    region == null || region.room() < run ? RegionCore.NONE : region.tryTake(byteSize, byteAlignment);
            if (start >= 0) {
                if (metBusy) {
                    preferred.setMine(region);
                }
                return place(place, start);
            }
            if (start == Region.BUSY) {
                metBusy = true;
            } else {
                table.noteNoRoom(place);
            }
        }
        return metBusy ? BUSY : NONE;
    }

    private static long place(int place, int start) {
        return ((long) place << Integer.SIZE) | start;
    }

    /** The region of a block's place. */
    Region region(long place) {
        Region region = table.at((int) (place >>> Integer.SIZE));
        if (region == null) { // a region with a block is removed at the close only
            throw new IllegalStateException("The allocator is closed");
        }
        return region;
    }

    /** The first granule of the block at a place. */
    static int start(long place) {
        return (int) place;
    }

    /** The table and this on the heap, without the regions. */
    long metadataBytes() {
        return 24 + table.metadataBytes() + tight.metadataBytes();
    }
}
