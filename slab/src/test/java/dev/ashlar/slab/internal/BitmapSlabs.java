package dev.ashlar.slab.internal;

import dev.ashlar.spi.support.Slab;

/** Slabs without memory, for tests of which slots are live. */
final class BitmapSlabs {

    private static final int PAGE = 4096;

    private BitmapSlabs() {}

    /** A slab with a number of slots of a page each. */
    static BitmapSlab withSlots(int slots) {
        return new BitmapSlab(new Slab.Place(null, 0, slots, 0, PAGE));
    }
}
