package dev.ashlar.benchmarks;

/** What the pools of {@link PoolBenchmark} hold: as little as there can be, so that the pool is what is measured. */
class Thing {

    private int uses;

    /** What its user does. */
    int use() {
        return ++uses;
    }
}
