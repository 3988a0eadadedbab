package dev.ashlar.lockfree.internal.pool;

/**
 * What a pool has: its caches, its shared tier, and the room for them; and how much of each there is. What is done with these
 * is told in {@link Stock}.
 */
public abstract class Inventory extends Caches {

    final SharedTier shared = new SharedTier();
    final Room room;
    volatile int capacity;
    volatile boolean closed;

    Inventory(int capacity) {
        this.capacity = capacity;
        this.room = new Room(capacity);
    }

    /** How many objects are kept at most, 0 for any number. */
    public final int capacity() {
        return capacity;
    }

    final boolean isClosed() {
        return closed;
    }

    /** How many objects are idle. Exact when nobody is at work. */
    final long idle() {
        long[] size = {shared.size()};
        visit(cache -> {
            size[0] += cache.size();
            return false;
        });
        return size[0];
    }

    /** How many objects were taken out of the caches that there are. Exact when nobody is at work. */
    final long cacheTakes() {
        long[] takes = {0};
        visit(cache -> {
            takes[0] += cache.takes();
            return false;
        });
        return takes[0];
    }

    /** How many caches there are. For tests. */
    public final int cacheCount() {
        int[] count = {0};
        visit(_ -> {
            count[0]++;
            return false;
        });
        return count[0];
    }

    /** Checks the invariants of all parts, and that places are neither lost nor invented. For tests, when quiet. */
    public final void checkInvariants() {
        shared.checkInvariants();
        long[] places = {shared.size()};
        visit(cache -> {
            cache.checkInvariants();
            places[0] += cache.room();
            return false;
        });
        if (places[0] != room.taken(capacity) || (capacity != 0 && !closed && idle() > capacity)) {
            throw new IllegalStateException("Invariant broken: " + places[0] + " places, " + room.taken(capacity)
                    + " taken, " + idle() + " objects, capacity " + capacity);
        }
    }
}
