package dev.ashlar.heap.collected;

import java.time.Duration;

/**
 * Is told what the collector did, after it, on a thread that used the heap, without a lock. It may use the heap. Its
 * exceptions go to the handler for uncaught ones of that thread.
 */
public interface CollectionListener {

    /** The collector had the lock of the heap for this time. */
    default void paused(Duration time) {}

    /** A full cycle is complete. */
    default void completed(Cycle cycle) {}
}
