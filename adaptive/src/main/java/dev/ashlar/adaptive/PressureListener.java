package dev.ashlar.adaptive;

/**
 * Is asked to free blocks: when more is committed than the soft limit allows, on the housekeeping thread, and before a
 * request is refused, on the thread that makes it. A cache evicts here.
 *
 * <p>It may free blocks of the allocator, and should not wait for other threads. While it runs for a request, requests of
 * its own are refused without asking again. What it throws is logged and harms nobody.
 */
@FunctionalInterface
public interface PressureListener {

    /**
     * Memory is short.
     *
     * @param wantedBytes what should become free, at least
     */
    void onPressure(long wantedBytes);
}
