package dev.ashlar.spi.support;

/**
 * How many pages slabs have, for what their size class holds already. Arithmetic, without any state.
 *
 * <p>Sizes follow the load, because what suits a gigabyte wastes a quarter of a small heap: a new slab has room for a
 * sixteenth of what its class holds. So what is taken ahead stays a small share of what is live, and so does the
 * bookkeeping for it.
 */
final class SlabSizes {

    /**
     * The first slab of a class may be a single page, the next ones up to this share of all that is committed, within
     * bounds: with smaller slabs a heap would be mostly bookkeeping, and with larger ones a heap that uses all classes
     * mostly unused slots.
     */
    private static final int SMALL_SHARE = 1024;

    private static final long SMALLEST_SMALL = 8 * 1024;

    private static final long LARGEST_SMALL = 24 * 1024;

    /**
     * Up to that size, a slab is so many times what its class holds: few slabs are small then, and few classes hold
     * much unused.
     */
    private static final int FIRST_GROWTH = 3;

    /** Slabs need not be larger than this to make cutting one rare. */
    private static final long LARGEST = 64 * 1024;

    /** How many numbers of slots are tried for the one that leaves least behind the last slot. */
    private static final int TRIED_SLOTS = 16;

    /** A slab is this part of what its class holds: of the youngest one half is free on average. */
    private static final int SHARE = 16;

    /** A new slab is at most this part of what may be free in its heap, so that a heap can have several. */
    private static final int HEAP_SHARE = 4;

    /**
     * A slab that fills a hole between others is at least this part of what suits; less would be mostly bookkeeping.
     */
    private static final int HOLE_SHARE = 4;

    /**
     * Behind the last slot of such a slab there is less than this part of it: another class may have use for the hole.
     */
    private static final int HOLE_REST = 8;

    private SlabSizes() {}

    /**
     * How many pages a slab has: room for what is wanted, and a few slots more where that makes the rest behind the
     * last slot smaller. Only the youngest slab of a class has free slots for long, and each has a rest: so that weighs
     * heavier, the more of them there are.
     *
     * @param slotSize bytes of a slot
     * @param held bytes of all slabs of the class
     * @param committed bytes that are committed
     * @param most bytes that may be free in the slabs of the heap
     * @return 1 to {@link PageRuns#LONGEST}
     */
    static int pages(int slotSize, long held, long committed, long most) {
        long largest = Math.max(slotSize, Math.min(LARGEST, most / HEAP_SHARE));
        long small = Math.clamp(committed / SMALL_SHARE, SMALLEST_SMALL, LARGEST_SMALL);
        long wanted = Math.min(largest, Math.max(held / SHARE, Math.min(FIRST_GROWTH * held, small)));
        long least = Math.max(1, wanted / slotSize);
        long weightOfRest = 2 * Math.max(1, held / Math.max(slotSize, wanted));
        long best = Long.MAX_VALUE;
        int bestPages = leastPages(slotSize);
        for (long slots = least; slots < least + TRIED_SLOTS; slots++) {
            long pages = pagesOf(slots * slotSize);
            long fitting = pages * PageChunk.PAGE / slotSize;
            long rest = pages * PageChunk.PAGE - fitting * slotSize;
            long cost = rest * weightOfRest + (fitting - least) * slotSize;
            if (cost < best && pages <= PageRuns.LONGEST) {
                best = cost;
                bestPages = (int) pages;
            }
        }
        return bestPages;
    }

    private static long pagesOf(long byteSize) {
        return (byteSize + PageChunk.PAGE - 1) / PageChunk.PAGE;
    }

    /** As few pages as hold one slot. */
    static int leastPages(int slotSize) {
        return (int) pagesOf(slotSize);
    }

    /**
     * The smallest slab that is worth it to fill a hole between others.
     *
     * @param slotSize bytes of a slot
     * @param pages how many a slab should have
     */
    static int leastPagesInHole(int slotSize, int pages) {
        return Math.max(leastPages(slotSize), pages / HOLE_SHARE);
    }

    /** Whether slots of a size fill so many pages well enough for a hole. */
    static boolean fill(int pages, int slotSize) {
        long byteSize = (long) pages * PageChunk.PAGE;
        return byteSize % slotSize < byteSize / HOLE_REST;
    }
}
