package dev.ashlar.benchmarks.suite;

/** How much a workload does. */
enum Length {
    /** As little as a test needs that runs every workload on every strategy. */
    TEST,
    /** About a second a round. */
    SHORT,
    /** As much as the workload's description demands. */
    FULL;

    /** One of three values. */
    int of(int test, int brief, int full) {
        return switch (this) {
            case TEST -> test;
            case SHORT -> brief;
            case FULL -> full;
        };
    }

    /** One of three durations in milliseconds. */
    long millis(long test, long brief, long full) {
        return switch (this) {
            case TEST -> test;
            case SHORT -> brief;
            case FULL -> full;
        };
    }
}
