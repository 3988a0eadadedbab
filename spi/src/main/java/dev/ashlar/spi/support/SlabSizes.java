package dev.ashlar.spi.support;

/**
 * Computes how many pages a new slab has, from the bytes that its size class holds already. Stateless.
 *
 * <p>Sizes follow the load, because a size for a gigabyte wastes a quarter of a small heap. A new slab has room for
 * 1/16 of what its class holds. So unused slots stay a small share of the live bytes, and so does the bookkeeping.
 */
final class SlabSizes {

    /**
     * The first slab of a class may be a single page. The next ones have up to this share of all committed bytes,
     * within bounds. With smaller slabs most of a heap would be bookkeeping. With larger ones, most of a heap that uses
     * all classes would be unused slots.
     */
    private static final int SMALL_SHARE = 1024;

    private static final long SMALLEST_SMALL = 8 * 1024;

    private static final long LARGEST_SMALL = 24 * 1024;

    /**
     * Up to that size, a slab is this many times what its class holds. So few slabs are small, and few classes have
     * many unused slots.
     */
    private static final int FIRST_GROWTH = 3;

    /** The largest slab: with this size, cutting slabs is rare. */
    private static final long LARGEST = 64 * 1024;

    /** How many numbers of slots are tried, to find the one with the smallest rest behind the last slot. */
    private static final int TRIED_SLOTS = 16;

    /** A slab is this part of what its class holds. On average half of the youngest slab is free. */
    private static final int SHARE = 16;

    /** A new slab is at most this part of what may be free in its heap, so that a heap can have several. */
    private static final int HEAP_SHARE = 4;

    /**
     * A slab that fills a hole between others is at least this part of the usual size. A smaller one would be mostly
     * bookkeeping.
     */
    private static final int HOLE_SHARE = 4;

    /**
     * The rest behind the last slot of such a slab is less than this part of it. Otherwise another class may use the
     * hole better.
     */
    private static final int HOLE_REST = 8;

    private SlabSizes() {}

    /**
     * How many pages a slab has: enough for the wanted slots, and a few more if that makes the rest behind the last
     * slot smaller. Only the youngest slab of a class has free slots for long, while every slab has a rest. So the rest
     * matters more, the more slabs there are.
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

    /** The fewest pages that hold one slot. */
    static int leastPages(int slotSize) {
        return (int) pagesOf(slotSize);
    }

    /**
     * The smallest slab that may fill a hole between others.
     *
     * @param slotSize bytes of a slot
     * @param pages how many a slab should have
     */
    static int leastPagesInHole(int slotSize, int pages) {
        return Math.max(leastPages(slotSize), pages / HOLE_SHARE);
    }

    /** Whether slots of a size fill a hole of this many pages well enough. */
    static boolean fill(int pages, int slotSize) {
        long byteSize = (long) pages * PageChunk.PAGE;
        return byteSize % slotSize < byteSize / HOLE_REST;
    }
}
