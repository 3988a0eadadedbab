package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.api.InvalidReleaseException;
import dev.ashlar.api.PoolListener.Operation;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Remembers which objects of a pool are acquired and which are idle, for debugging. Objects are compared by identity,
 * not by {@code equals}. Safe for use by many threads.
 *
 * <p>If tracking was on from the beginning, this knows every object. Otherwise an unknown object may have been acquired
 * before, and is accepted.
 */
final class Identities {

    private record Identity(Object object) {

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Identity(Object that) && that == object;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(object);
        }
    }

    /** By object: true if it is acquired, false if it is idle. */
    private final ConcurrentMap<Identity, Boolean> acquired = new ConcurrentHashMap<>();

    private final boolean knowsAll;

    /**
     * Starts without objects.
     *
     * @param knowsAll whether every object will be known
     */
    Identities(boolean knowsAll) {
        this.knowsAll = knowsAll;
    }

    /** Records an operation on an object. A release was already recorded by {@link #released}. */
    void note(Operation operation, Object object) {
        switch (operation) {
            case CREATED -> acquired.put(new Identity(object), false);
            case ACQUIRED -> acquired.put(new Identity(object), true);
            case RELEASED -> {}
            case DISCARDED -> acquired.remove(new Identity(object));
        }
    }

    /**
     * Records a release.
     *
     * @throws InvalidReleaseException if it is not acquired
     */
    void released(Object object) {
        Identity identity = new Identity(object);
        if (acquired.replace(identity, true, false)) {
            return;
        }
        if (acquired.containsKey(identity)) {
            throw new InvalidReleaseException(nameOf(object) + " was released before, and was not acquired since."
                    + " Release an object once, or use a lease, which does.");
        }
        if (knowsAll || acquired.putIfAbsent(identity, false) != null) {
            throw new InvalidReleaseException(
                    nameOf(object) + " is no object of this pool, or the pool has discarded it."
                            + " Release an object to the pool that it was acquired from, once.");
        }
    }

    /** Identifies an object without calling its methods. */
    private static String nameOf(Object object) {
        return "The object " + object.getClass().getName() + "@" + Integer.toHexString(System.identityHashCode(object));
    }
}
