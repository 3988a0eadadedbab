package dev.ashlar.heap.collected;

import java.time.Duration;

/**
 * What a heap has, and what was collected since it was opened.
 *
 * @param liveObjects objects that are not freed, reachable or not
 * @param liveBytes bytes of them
 * @param collectedObjects objects that were freed
 * @param collectedBytes bytes of them
 * @param cycles full cycles that are complete
 * @param pauses how often the collector had the lock of the heap
 * @param time sum of the pauses
 * @param longestPause the longest of them
 */
public record CollectionStats(
        long liveObjects,
        long liveBytes,
        long collectedObjects,
        long collectedBytes,
        long cycles,
        long pauses,
        Duration time,
        Duration longestPause) {}
