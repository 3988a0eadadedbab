package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.api.InvalidReleaseException;
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
public final class Identities {

    private enum State {
        ACQUIRED,
        IDLE
    }

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

    private final ConcurrentMap<Identity, State> states = new ConcurrentHashMap<>();
    private final boolean knowsAll;

    /**
     * Knows no object yet.
     *
     * @param knowsAll whether there is none that it does not know
     */
    public Identities(boolean knowsAll) {
        this.knowsAll = knowsAll;
    }

    /** Somebody gets it. */
    public void acquired(Object object) {
        states.put(new Identity(object), State.ACQUIRED);
    }

    /**
     * Somebody gives it back.
     *
     * @throws InvalidReleaseException if it is not acquired
     */
    public void released(Object object) {
        Identity identity = new Identity(object);
        if (states.replace(identity, State.ACQUIRED, State.IDLE)) {
            return;
        }
        if (states.containsKey(identity)) {
            throw new InvalidReleaseException(nameOf(object) + " was released before, and nobody acquired it since."
                    + " Release an object once, or use a lease, which does.");
        }
        if (knowsAll || states.putIfAbsent(identity, State.IDLE) != null) {
            throw new InvalidReleaseException(
                    nameOf(object) + " is no object of this pool, or one that the pool discarded."
                            + " Release an object to the pool that it was acquired from, once.");
        }
    }

    /** The pool discards it. */
    public void discarded(Object object) {
        states.remove(new Identity(object));
    }

    /** What tells it apart, without asking it: it may be anything. */
    private static String nameOf(Object object) {
        return "The object " + object.getClass().getName() + "@" + Integer.toHexString(System.identityHashCode(object));
    }
}
