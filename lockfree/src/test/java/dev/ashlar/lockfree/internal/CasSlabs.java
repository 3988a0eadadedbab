package dev.ashlar.lockfree.internal;

import dev.ashlar.spi.support.Slab;

/** Slabs without memory, for tests of which slots are live. */
final class CasSlabs {

    private static final int PAGE = 4096;

    private CasSlabs() {}

    /** A slab with a number of slots of a page each. */
    static CasSlab withSlots(int slots) {
        return new CasSlab(new Slab.Place(null, 0, slots, 0, PAGE));
    }
}
