package dev.ashlar.spi.support;

/**
 * How large slabs are, for what their size class holds already. Arithmetic, without any state.
 *
 * <p>Sizes follow the load, because what suits a gigabyte wastes a quarter of a small heap: a new slab has room for a
 * sixteenth of what its class holds. So what is taken ahead stays a small share of what is live, and so does the
 * bookkeeping for it.
 */
public final class SlabSizes {

    /** The first slab of a class may be a single unit; more slabs smaller than this would be mostly bookkeeping. */
    private static final long SMALL = 24 * 1024;

    /**
     * Up to that size, a slab is so many times what its class holds: few slabs are small then, and few classes hold much
     * unused.
     */
    private static final int FIRST_GROWTH = 3;

    /** Slabs need not be larger than this, or than 8 slots, to make cutting one rare. */
    private static final long LARGEST = 64 * 1024;

    private static final int MANY_SLOTS = 8;

    /** How many numbers of slots are tried for the one that leaves least behind the last slot. */
    private static final int TRIED_SLOTS = 16;

    /** A slab is this part of what its class holds: of the youngest one half is free on average. */
    private static final int SHARE = 16;

    /** A slab that fills a hole between others is at least this part of what suits; less would be mostly bookkeeping. */
    private static final int HOLE_SHARE = 4;

    /** Behind the last slot of such a slab there is less than this part of it: another class may have use for the hole. */
    private static final int HOLE_REST = 8;

    private SlabSizes() {}

    /**
     * How large a new slab of a class should be: a share of what it holds, and while that is little some
     * times as much.
     *
     * @param held bytes of all slabs of the class
     * @param slotSize bytes of a slot
     * @return bytes, 0 if the smallest slab will do
     */
    public static long wantedFor(long held, int slotSize) {
        return Math.min(largestFor(slotSize), Math.max(held / SHARE, Math.min(FIRST_GROWTH * held, SMALL)));
    }

    private static long largestFor(int slotSize) {
        return Math.max(LARGEST, (long) MANY_SLOTS * slotSize);
    }

    /**
     * The smallest slab that is worth it to fill a hole between others.
     *
     * @param slotSize bytes of a slot
     * @param wanted bytes that a slab should have
     */
    static long leastInHole(int slotSize, long wanted) {
        return Math.max(slotSize, wanted / HOLE_SHARE);
    }

    /** Whether slots of a size fill a slab of a size well enough for a hole. */
    static boolean fill(long byteSize, int slotSize) {
        return byteSize % slotSize < byteSize / HOLE_REST;
    }

    /**
     * How many units a slab has: room for what is wanted, and a few slots more where that makes the rest behind the last
     * slot smaller. Only the youngest slab of a class has free slots for long, and each has a rest: so that weighs heavier,
     * the more of them there are.
     *
     * @param slotSize bytes of a slot
     * @param wanted bytes of slots
     * @param unitSize bytes of a unit
     * @param alike how many slabs of this kind the class has already
     * @return 1 to {@link UnitSet#MAX_UNITS}
     */
    public static int unitsFor(int slotSize, long wanted, long unitSize, long alike) {
        long largest = Math.min(largestFor(slotSize), UnitSet.MAX_UNITS * unitSize);
        long least = Math.max(1, Math.min(wanted, largest) / slotSize);
        long weightOfRest = 2 * Math.max(1, alike);
        long best = Long.MAX_VALUE;
        long bestUnits = 0;
        for (long slots = least; slots < least + TRIED_SLOTS; slots++) {
            long units = (slots * slotSize + unitSize - 1) / unitSize;
            long fitting = units * unitSize / slotSize;
            long rest = units * unitSize - fitting * slotSize;
            long cost = rest * weightOfRest + (fitting - least) * slotSize;
            if (cost < best && units <= UnitSet.MAX_UNITS) {
                best = cost;
                bestUnits = units;
            }
        }
        return (int) bestUnits;
    }
}
