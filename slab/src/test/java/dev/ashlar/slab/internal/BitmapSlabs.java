package dev.ashlar.slab.internal;

import dev.ashlar.spi.support.Slab;

/** Slabs for tests, in no memory: only which slots are live can be asked. */
final class BitmapSlabs {

    private static final int PAGE = 4096;

    private BitmapSlabs() {}

    /** A slab of so many slots, of a page each. */
    static BitmapSlab withSlots(int slots) {
        return new BitmapSlab(new Slab.Place(null, 0, slots, 0, PAGE));
    }
}
