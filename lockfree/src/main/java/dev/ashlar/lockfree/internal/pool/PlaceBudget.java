package dev.ashlar.lockfree.internal.pool;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The places for idle objects that a pool's bound allows, and that neither a cache nor the shared tier has.
 *
 * <p>Invariant: {@code free + places of caches + objects of the shared tier + places under way == maxIdle}. When it
 * shrinks, {@code free} may be less than nothing until so many places are released. Lock-free but for {@link
 * #resize}.
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

    /** Changes how many there are, which may leave more places taken than there are; returns the one before. */
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
