package dev.ashlar.benchmarks;

/** Pairs of the strategy {@code lockfree}. */
class LockFreeNoGarbageTest extends NoGarbageContract {

    LockFreeNoGarbageTest() {
        super("lockfree");
    }
}
