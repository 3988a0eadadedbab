package dev.ashlar.heap.collected;

import java.time.Duration;

/**
 * What a full cycle did, with what was collected without a cycle since the one before.
 *
 * @param number 1 for the first one
 * @param collectedObjects objects that were freed
 * @param collectedBytes bytes of them
 * @param time sum of the pauses
 * @param longestPause the longest time for which the collector had the lock of the heap
 * @param liveBytes bytes of the objects that were left
 */
public record Cycle(
        long number,
        long collectedObjects,
        long collectedBytes,
        Duration time,
        Duration longestPause,
        long liveBytes) {}
