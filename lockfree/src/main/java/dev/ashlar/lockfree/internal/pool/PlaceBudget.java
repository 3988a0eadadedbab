package dev.ashlar.lockfree.internal.pool;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The places for idle objects that a pool's capacity allows, and that neither a cache nor the shared tier has.
 *
 * <p>Invariant: {@code free + places of caches + objects of the shared tier + places under way == capacity}. When the
 * capacity shrinks, {@code free} may be less than nothing until so many places are released. Lock-free but for {@link
 * #resize}.
 */
final class PlaceBudget {

    /** As good as any number, and far from the ends of {@code long}. */
    private static final long ANY = 1L << 40;

    private volatile int capacity;
    private final AtomicLong free;

    /**
     * All places of a capacity.
     *
     * @param capacity 0 for any number
     */
    PlaceBudget(int capacity) {
        this.capacity = capacity;
        free = new AtomicLong(placesOf(capacity));
    }

    private static long placesOf(int capacity) {
        return capacity == 0 ? ANY : capacity;
    }

    int capacity() {
        return capacity;
    }

    /** Takes a place if there is one. */
    boolean take() {
        return free.get() > 0 && free.getAndUpdate(seen -> seen > 0 ? seen - 1 : seen) > 0;
    }

    void release() {
        free.incrementAndGet();
    }

    /** Changes the capacity, which may leave more places taken than there are; returns the one before. */
    synchronized int resize(int newCapacity) {
        int former = capacity;
        capacity = newCapacity;
        free.addAndGet(placesOf(newCapacity) - placesOf(former));
        return former;
    }

    boolean isOverdrawn() {
        return free.get() < 0;
    }

    /** Places of the capacity that are taken. For tests. */
    long taken() {
        return placesOf(capacity) - free.get();
    }
}
