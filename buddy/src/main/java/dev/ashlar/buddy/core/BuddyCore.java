package dev.ashlar.buddy.core;

/**
 * A region divided by the binary buddy system.
 *
 * <h2>Design</h2>
 *
 * <p>A buddy of order {@code k} has {@code 1 << k} granules and starts at a multiple of that, so the start of the buddy
 * that it can be joined with differs in one bit. A request takes the first buddy of the smallest order that serves it,
 * halves it as often as possible, and frees the unused tail as smaller buddies. A freed block is divided into the
 * buddies that it consists of, and each is joined with its neighbour as long as that is free.
 *
 * <p>Free buddies are bits, of all orders in one {@link BitTree}. So the choice is by address and not by age, and
 * blocks gather at the start of a region. A second tree has the ends of blocks. Both, with the live bits, take 4.05
 * bits for each granule.
 *
 * <p>A region may have any length: at first it consists of the largest buddies that fit, from its start on.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>Free buddies and blocks cover the region, and no granule is in two of them.
 *   <li>No two buddies of one order that can be joined are both free.
 *   <li>{@code count[k]} = free buddies of order {@code k}, and bit {@code k} of {@code orders} is set if it is not 0.
 * </ul>
 *
 * <h2>Bounds</h2>
 *
 * <p>A take finds one bit and halves at most 28 times. A tight one tries {@link #LOOKED_AT} runs and one more. A
 * release divides a block into at most two buddies of each order, mostly five or fewer in all, and each join halves the
 * rest of the joins.
 *
 * <h2>Sources</h2>
 *
 * <p>Knowlton, <i>A Fast Storage Allocator</i>, CACM 1965. Knuth, <i>The Art of Computer Programming</i> 1, 2.5.
 */
public final class BuddyCore implements RegionCore {

    /**
     * Free buddies that are tried before a request is refused. The number is small, because very many requests may be
     * refused.
     */
    private static final int LOOKED_AT = 16;

    private final BuddyAlgorithm algorithm;
    private final int length;
    private final LiveSet live;

    /** The last granule of each block. */
    private final BitTree ends;

    /** Free buddies: the one of order {@code k} that starts at granule {@code i} is {@code base[k] + (i >>> k)}. */
    private final BitTree free;

    private final int[] base;
    private final int[] count;
    private int orders;
    private int used;
    private int blocks;
    private long steps;

    /** The first granule of the block that ended last. */
    private int freedLast;

    BuddyCore(BuddyAlgorithm algorithm, int length) {
        RegionAlgorithm.requireRegion(length);
        this.algorithm = algorithm;
        this.length = length;
        live = new LiveSet(length);
        ends = new BitTree(length);
        int ordersInAll = Integer.SIZE - Integer.numberOfLeadingZeros(length);
        base = new int[ordersInAll + 1];
        for (int order = 0; order < ordersInAll; order++) {
            base[order + 1] = base[order] + (length >>> order) + 1; // one more, never free, means none
        }
        count = new int[ordersInAll];
        free = new BitTree(base[ordersInAll]);
        giveBack(0, length);
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public int take(int wanted, int alignment) {
        int rounded = algorithm.rounded(wanted);
        int order = BuddyAlgorithm.orderFor(algorithm.runFor(wanted, alignment));
        int usable = order >= count.length ? 0 : orders & (-1 << order);
        if (usable == 0) {
            return NONE;
        }
        int larger = Integer.numberOfTrailingZeros(usable);
        int start = (free.next(base[larger]) - base[larger]) << larger;
        removeBuddy(start, larger);
        giveBack(start + rounded, start + (1 << larger));
        return block(start, rounded);
    }

    /** Makes a block of a run that was removed from the free buddies. */
    private int block(int start, int rounded) {
        used += rounded;
        blocks++;
        ends.add(start + rounded - 1);
        live.add(start);
        return start;
    }

    /**
     * The tail that a block did not use may be in use when the block is freed. Then no whole buddy becomes free. So
     * this first tries the run around the block that was freed last. Then it tries the first {@link #LOOKED_AT} runs
     * that begin with a free buddy of at least half the size of the block's buddy.
     */
    @Override
    public int takeTight(int wanted, int alignment) {
        int start = take(wanted, alignment);
        int rounded = algorithm.rounded(wanted);
        if (start == NONE) {
            start = takeAround(freedLast, rounded, alignment);
        }
        int looks = LOOKED_AT;
        int halfOfBuddy = Math.max(0, BuddyAlgorithm.orderFor(rounded) - 1);
        for (int order = halfOfBuddy; start == NONE && order < count.length && looks > 0; order++) {
            start = takeFromRuns(order, rounded, alignment, looks);
            looks -= count[order];
        }
        return start;
    }

    /** Makes a block in the free run that a granule lies in. */
    private int takeAround(int granule, int rounded, int alignment) {
        int at = granule == 0 ? 0 : ends.previous(granule - 1) + 1;
        while (length - at >= rounded) {
            int order = orderOfFreeAt(at);
            if (order < 0) {
                return NONE;
            }
            if ((at & (alignment - 1)) == 0 && takeFrom(at, at + rounded)) {
                return block(at, rounded);
            }
            at += 1 << order;
        }
        return NONE;
    }

    /** Makes a block of a run that begins with one of the first free buddies of an order. */
    private int takeFromRuns(int order, int rounded, int alignment, int looks) {
        int buddy = free.next(base[order]);
        for (int i = 0; i < looks && buddy >= 0 && buddy < base[order + 1]; i++) {
            int start = (buddy - base[order]) << order;
            if ((start & (alignment - 1)) == 0 && length - start >= rounded && takeFrom(start, start + rounded)) {
                return block(start, rounded);
            }
            buddy = free.next(buddy + 1);
        }
        return NONE;
    }

    @Override
    public boolean claim(int start) {
        return live.remove(start);
    }

    @Override
    public boolean isLive(int start) {
        return live.contains(start);
    }

    @Override
    public int release(int start) {
        int freed = lengthOf(start);
        ends.remove(start + freed - 1);
        used -= freed;
        blocks--;
        freedLast = start;
        giveBack(start, start + freed);
        return freed;
    }

    @Override
    public boolean resize(int start, int wanted) {
        int end = start + lengthOf(start);
        int rounded = algorithm.rounded(wanted);
        if (rounded > length - start) {
            return false;
        }
        int wantedEnd = start + rounded;
        if (wantedEnd > end && !takeFrom(end, wantedEnd)) {
            return false;
        }
        ends.remove(end - 1);
        ends.add(wantedEnd - 1);
        used += wantedEnd - end;
        if (wantedEnd < end) {
            giveBack(wantedEnd, end);
        }
        return true;
    }

    /** Takes a run that begins at the end of a block or the start of a free buddy, if all of it is free. */
    private boolean takeFrom(int from, int to) {
        for (int at = from; at < to; ) {
            int order = orderOfFreeAt(at);
            if (order < 0) {
                return false;
            }
            at += 1 << order;
        }
        int at = from;
        while (at < to) {
            int order = orderOfFreeAt(at);
            removeBuddy(at, order);
            at += 1 << order;
        }
        giveBack(to, at);
        return true;
    }

    /** The order of the free buddy that starts at a granule, or -1 if none does. */
    private int orderOfFreeAt(int start) {
        for (int order = 0; order < count.length && (start & ((1 << order) - 1)) == 0; order++) {
            steps++;
            if (free.contains(base[order] + (start >>> order))) {
                return order;
            }
        }
        return -1;
    }

    /** Frees a run: the buddies that it consists of, from its start on, each joined as far as possible. */
    private void giveBack(int from, int to) {
        int at = from;
        while (at < to) {
            int largest = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(to - at);
            int order = at == 0 ? largest : Math.min(largest, Integer.numberOfTrailingZeros(at));
            addBuddy(at, order);
            at += 1 << order;
        }
    }

    private void addBuddy(int first, int firstOrder) {
        int start = first;
        int order = firstOrder;
        while (order + 1 < count.length && free.contains(base[order] + ((start >>> order) ^ 1))) {
            steps++;
            removeBuddy(start ^ (1 << order), order);
            start &= -(2 << order);
            order++;
        }
        steps++;
        free.add(base[order] + (start >>> order));
        count[order]++;
        orders |= 1 << order;
    }

    private void removeBuddy(int start, int order) {
        free.remove(base[order] + (start >>> order));
        count[order]--;
        if (count[order] == 0) {
            orders &= ~(1 << order);
        }
    }

    @Override
    public int lengthOf(int start) {
        return ends.next(start) - start + 1;
    }

    @Override
    public int nextLive(int from) {
        return live.next(from);
    }

    @Override
    public int previousLive(int from) {
        return live.previous(from);
    }

    @Override
    public int room() {
        return Integer.highestOneBit(orders);
    }

    @Override
    public int used() {
        return used;
    }

    @Override
    public int blocks() {
        return blocks;
    }

    @Override
    public long metadataBytes() {
        return 64
                + 16
                + 4L * base.length
                + 16
                + 4L * count.length
                + live.metadataBytes()
                + ends.metadataBytes()
                + free.metadataBytes();
    }

    @Override
    public long steps() {
        return steps + free.steps() + ends.steps();
    }

    @Override
    public void checkInvariants() {
        free.checkInvariants();
        ends.checkInvariants();
        int[] found = new int[count.length];
        int foundBlocks = 0;
        int foundUsed = 0;
        int at = 0;
        while (at < length) {
            int order = orderOfFreeAt(at);
            if (order >= 0) {
                Invariant.require(!live.contains(at), "no block starts in a free buddy");
                boolean joinable = order + 1 < count.length && free.contains(base[order] + ((at >>> order) ^ 1));
                Invariant.require(!joinable, "buddies that can be joined are not both free");
                found[order]++;
                at += 1 << order;
            } else {
                int block = lengthOf(at);
                Invariant.require(block > 0, "a granule that is not free is in a block");
                foundBlocks++;
                foundUsed += block;
                at += block;
            }
        }
        Invariant.require(at == length, "free buddies and blocks cover the region");
        Invariant.require(foundUsed == used && foundBlocks == blocks, "used granules and blocks are counted");
        Invariant.require(live.count() <= blocks, "live blocks are blocks");
        int bits = 0;
        for (int order = 0; order < found.length; order++) {
            Invariant.require(found[order] == count[order], "count is the number of free buddies of an order");
            bits |= found[order] > 0 ? 1 << order : 0;
        }
        Invariant.require(bits == orders, "orders shows which orders have free buddies");
    }
}
