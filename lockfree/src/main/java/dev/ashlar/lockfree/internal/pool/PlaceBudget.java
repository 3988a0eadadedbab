package dev.ashlar.lockfree.internal.pool;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The free places for idle objects under a pool's bound: those that neither a cache nor the shared tier has.
 *
 * <p>Invariant: {@code free + places of caches + objects of the shared tier + places under way == maxIdle}. After it
 * shrinks, {@code free} may be negative until enough places are released. Lock-free except for {@link #resize}.
 */
final class PlaceBudget {

    private volatile int maxIdle;
    private final AtomicLong free;

    /**
     * All places.
     *
     * @param maxIdle how many
     */
    PlaceBudget(int maxIdle) {
        this.maxIdle = maxIdle;
        free = new AtomicLong(maxIdle);
    }

    int maxIdle() {
        return maxIdle;
    }

    /** Takes a place if there is one. */
    boolean take() {
        return free.get() > 0 && free.getAndUpdate(seen -> seen > 0 ? seen - 1 : seen) > 0;
    }

    void release() {
        free.incrementAndGet();
    }

    /** Changes the number of places, and returns the former number. More places may be taken than there are now. */
    synchronized int resize(int newMaxIdle) {
        int former = maxIdle;
        maxIdle = newMaxIdle;
        free.addAndGet(newMaxIdle - (long) former);
        return former;
    }

    boolean isOverdrawn() {
        return free.get() < 0;
    }

    /** Places that are taken. For tests. */
    long taken() {
        return maxIdle - free.get();
    }
}
