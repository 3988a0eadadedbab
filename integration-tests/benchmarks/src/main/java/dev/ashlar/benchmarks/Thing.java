package dev.ashlar.benchmarks;

/**
 * The objects in the pools of {@link PoolBenchmark}. They are as small as possible, so that only the pool is measured.
 */
class Thing {

    private int uses;

    /** The work of its user. */
    int use() {
        return ++uses;
    }
}
