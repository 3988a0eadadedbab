package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.api.InvalidReleaseException;
import dev.ashlar.api.PoolListener.Operation;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Remembers which objects of a pool are acquired and which are idle, for debugging. Objects are told apart by identity,
 * whatever their {@code equals} says. Safe for use by many threads.
 *
 * <p>If it was there from the beginning it knows every object. Otherwise one that it does not know may have been
 * acquired before, and is taken on trust.
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

    /** Whether an object is acquired; if not it is idle. */
    private final ConcurrentMap<Identity, Boolean> acquired = new ConcurrentHashMap<>();

    private final boolean knowsAll;

    /**
     * Knows no object yet.
     *
     * @param knowsAll whether there is none that it does not know
     */
    Identities(boolean knowsAll) {
        this.knowsAll = knowsAll;
    }

    /** Something happened to an object. That it was released was noted before, by {@link #released}. */
    void note(Operation operation, Object object) {
        switch (operation) {
            case CREATED -> acquired.put(new Identity(object), false);
            case ACQUIRED -> acquired.put(new Identity(object), true);
            case RELEASED -> {}
            case DISCARDED -> acquired.remove(new Identity(object));
        }
    }

    /**
     * Somebody releases it.
     *
     * @throws InvalidReleaseException if it is not acquired
     */
    void released(Object object) {
        Identity identity = new Identity(object);
        if (acquired.replace(identity, true, false)) {
            return;
        }
        if (acquired.containsKey(identity)) {
            throw new InvalidReleaseException(nameOf(object) + " was released before, and nobody acquired it since."
                    + " Release an object once, or use a lease, which does.");
        }
        if (knowsAll || acquired.putIfAbsent(identity, false) != null) {
            throw new InvalidReleaseException(
                    nameOf(object) + " is no object of this pool, or one that the pool discarded."
                            + " Release an object to the pool that it was acquired from, once.");
        }
    }

    /** What tells it apart, without asking it: it may be anything. */
    private static String nameOf(Object object) {
        return "The object " + object.getClass().getName() + "@" + Integer.toHexString(System.identityHashCode(object));
    }
}
