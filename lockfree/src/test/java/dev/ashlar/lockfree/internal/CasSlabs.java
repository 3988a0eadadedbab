package dev.ashlar.lockfree.internal;

import dev.ashlar.spi.support.Slab;

/** Slabs for tests, in no memory: only which slots are live can be asked. */
final class CasSlabs {

    private static final int PAGE = 4096;

    private CasSlabs() {}

    /** A slab of so many slots, of a page each. */
    static CasSlab withSlots(int slots) {
        return new CasSlab(new Slab.Place(null, 0, slots, 0, PAGE));
    }
}
