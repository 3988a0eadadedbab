package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.PoolConfig.Tracking;
import dev.ashlar.api.PoolListener;
import dev.ashlar.api.PoolListener.Operation;
import org.jspecify.annotations.Nullable;

/**
 * Who is told what happens to the objects of a pool: the listener, and the identities for debugging. Either may come and go
 * while the pool is used; an operation asks each time.
 *
 * @param <T> the type of the objects
 */
final class Watchers<T> {

    private volatile @Nullable PoolListener<? super T> listener;
    private volatile @Nullable Identities identities;

    Watchers(PoolConfig<T> config) {
        listener = config.hasListener() ? config.listener() : null;
        identities = config.tracking() == Tracking.OFF ? null : new Identities(true);
    }

    /** Whether nobody is told. */
    boolean isNone() {
        return listener == null && identities == null;
    }

    /** Tells another from now on. */
    void listen(PoolListener<? super T> newListener) {
        listener = newListener == PoolListener.none() ? null : newListener;
    }

    /** Begins or ends to remember who is acquired. What was acquired before is taken on trust. */
    void track(Tracking tracking) {
        if (tracking == Tracking.OFF) {
            identities = null;
        } else if (identities == null) {
            identities = new Identities(false);
        }
    }

    /** Remembers that somebody gets it. */
    void markAcquired(T object) {
        Identities tracker = identities;
        if (tracker != null) {
            tracker.acquired(object);
        }
    }

    /**
     * Remembers that it is given back.
     *
     * @throws dev.ashlar.api.InvalidReleaseException if it is not acquired
     */
    void markReleased(T object) {
        Identities tracker = identities;
        if (tracker != null) {
            tracker.released(object);
        }
    }

    /** Forgets an object that the pool lets go of. */
    void markDiscarded(T object) {
        Identities tracker = identities;
        if (tracker != null) {
            tracker.discarded(object);
        }
    }

    /** Tells the listener, whose exceptions are passed on. */
    void tell(Operation operation, T object) {
        PoolListener<? super T> told = listener;
        if (told != null) {
            told.on(operation, object);
        }
    }
}
