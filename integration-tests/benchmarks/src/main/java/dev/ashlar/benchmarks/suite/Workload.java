package dev.ashlar.benchmarks.suite;

/** A workload. Its parameters are the components of the record. */
sealed interface Workload
        permits FalseSharing, Large, Larson, Micro, MicroThreads, MixedOrder, Mstress, Paretotest, Rptest, Xmalloc {

    /**
     * Runs one round, at whose end every block is free.
     *
     * @param team its threads and allocator
     */
    Score run(Team team) throws InterruptedException;

    /** The most threads that it can run on. */
    default int mostThreads() {
        return Integer.MAX_VALUE;
    }

    /**
     * What a round did.
     *
     * @param operations their number, as each workload says
     * @param nanos the time of the measured part
     */
    record Score(long operations, long nanos) {}
}
