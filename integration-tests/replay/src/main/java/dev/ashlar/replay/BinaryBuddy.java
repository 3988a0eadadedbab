package dev.ashlar.replay;

import dev.ashlar.buddy.core.BuddyAlgorithm;
import dev.ashlar.buddy.core.RegionCore;
import java.util.function.IntConsumer;

/** The plain binary buddy system: sizes are rounded to powers of two, and the first buddy by address is taken. */
final class BinaryBuddy extends OffsetHeap {

    private final RegionCore core;
    private int end;

    /**
     * An empty range.
     *
     * @param range its length, a power of two
     * @param blocks the bound of the numbers of blocks
     */
    BinaryBuddy(int range, int blocks) {
        super(blocks);
        core = new BuddyAlgorithm(1).region(range);
    }

    @Override
    int take(int length, int alignment) {
        if (length > core.length()) {
            return NONE;
        }
        int start = core.take(length, alignment);
        if (start != RegionCore.NONE) {
            end = Math.max(end, start + core.lengthOf(start));
        }
        return start;
    }

    @Override
    void release(int start, int length) {
        core.claim(start);
        int freed = core.release(start);
        if (start + freed == end) {
            int last = core.previousLive(start);
            end = last == RegionCore.NONE ? 0 : last + core.lengthOf(last);
        }
    }

    @Override
    int end() {
        return end;
    }

    /** {@inheritDoc} A gap between blocks consists of the largest buddies that fit it. */
    @Override
    void freeRuns(IntConsumer visitor) {
        int at = 0;
        while (at < end) {
            int live = core.nextLive(at);
            while (at < live) {
                int buddy = Integer.highestOneBit(live - at);
                buddy = at == 0 ? buddy : Math.min(buddy, Integer.lowestOneBit(at));
                visitor.accept(buddy);
                at += buddy;
            }
            at += core.lengthOf(live);
        }
    }
}
