package dev.ashlar.spi.support;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The simplest slab: a word for up to 64 slots, changed by compare-and-set. Larger runs of pages also have 64 slots.
 */
class TestSlab extends Slab {

    private final AtomicLong live = new AtomicLong();
    private final long all;

    TestSlab(Place place) {
        super(place);
        all = slots >= Long.SIZE ? -1L : (1L << slots) - 1;
    }

    /** How many slots it has. */
    int count() {
        return Math.min(Long.SIZE, slots);
    }

    /** How many of them are live. */
    int countLive() {
        return Long.bitCount(live.get());
    }

    @Override
    protected int take() {
        while (true) {
            long seen = live.get();
            if (seen == all) {
                return -1;
            }
            int slot = Long.numberOfTrailingZeros(~seen);
            if (live.compareAndSet(seen, seen | 1L << slot)) {
                return slot;
            }
        }
    }

    @Override
    protected boolean isFull() {
        return live.get() == all;
    }

    @Override
    protected boolean release(int slot) {
        return releaseFromOutside(slot) != Release.REFUSED;
    }

    @Override
    protected Release releaseFromOutside(int slot) {
        long bit = 1L << slot;
        long seen = live.getAndUpdate(bits -> bits & ~bit);
        if ((seen & bit) == 0) {
            return Release.REFUSED;
        }
        return (seen & ~bit) == 0 ? Release.PERHAPS_EMPTY : Release.DONE;
    }

    @Override
    protected int collect() {
        return count() - countLive();
    }

    @Override
    protected boolean isLive(int slot) {
        return (live.get() & 1L << slot) != 0;
    }

    @Override
    protected boolean hasRoom() {
        return live.get() != all;
    }

    @Override
    protected boolean isEmpty() {
        return live.get() == 0;
    }

    @Override
    protected void seal() {
        live.set(all);
    }

    @Override
    protected long slotMetadataBytes() {
        return 32;
    }
}
