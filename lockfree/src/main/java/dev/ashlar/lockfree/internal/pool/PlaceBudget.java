package dev.ashlar.lockfree.internal.pool;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The places for idle objects that a pool's capacity allows, and that neither a cache nor the shared tier has.
 *
 * <p>Invariant: {@code free + places of caches + objects of the shared tier + places under way == capacity}. When the
 * capacity shrinks, {@code free} may be less than nothing until so many places are released. Lock-free.
 */
final class PlaceBudget {

    /** As good as any number, and far from the ends of {@code long}. */
    private static final long ANY = 1L << 40;

    private final AtomicLong free;

    /**
     * All places of a capacity.
     *
     * @param capacity 0 for any number
     */
    PlaceBudget(int capacity) {
        free = new AtomicLong(placesOf(capacity));
    }

    private static long placesOf(int capacity) {
        return capacity == 0 ? ANY : capacity;
    }

    /** Takes a place if there is one. */
    boolean take() {
        long seen;
        do {
            seen = free.get();
            if (seen <= 0) {
                return false;
            }
        } while (!free.compareAndSet(seen, seen - 1));
        return true;
    }

    /** Releases a place. */
    void release() {
        free.incrementAndGet();
    }

    /** Changes the capacity, which may leave more places taken than there are. */
    void resize(int from, int to) {
        free.addAndGet(placesOf(to) - placesOf(from));
    }

    boolean isOverdrawn() {
        return free.get() < 0;
    }

    /** Places of the capacity that are taken. For tests. */
    long taken(int capacity) {
        return placesOf(capacity) - free.get();
    }
}
