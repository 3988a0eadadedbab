package dev.ashlar.benchmarks;

/** Pairs of the strategy {@code slab}. */
class SlabNoGarbageTest extends NoGarbageContract {

    SlabNoGarbageTest() {
        super("slab");
    }
}
