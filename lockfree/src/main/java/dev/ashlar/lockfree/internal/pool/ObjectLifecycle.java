package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.PoolConfig.Tracking;
import dev.ashlar.api.PoolListener;
import dev.ashlar.api.PoolListener.Operation;
import dev.ashlar.lockfree.internal.pool.Counters.Event;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How objects of a pool begin and end, by the code of the user that makes and destroys them; and who is told what
 * happens to them meanwhile: the listener, and the identities for debugging. Either may come and go while the pool is
 * used; an operation asks each time.
 *
 * @param <T> the type of the objects
 */
final class ObjectLifecycle<T> {

    private static final Logger LOG = LoggerFactory.getLogger(LockFreePool.class);

    /** Null when the pool is closed. */
    private volatile @Nullable Supplier<? extends T> factory;

    private final Consumer<? super T> destroyer;
    private final Counters counters;
    private volatile @Nullable PoolListener<? super T> listener;
    private volatile @Nullable Identities identities;

    ObjectLifecycle(PoolConfig<T> config, Counters counters) {
        factory = config.factory();
        destroyer = config.destroyer();
        this.counters = counters;
        listener = config.hasListener() ? config.listener() : null;
        identities = config.tracking() == Tracking.OFF ? null : new Identities(true);
    }

    /** Makes an object. What the factory or the listener throws is thrown here, and then none was made. */
    T make() {
        Supplier<? extends T> maker = factory;
        if (maker == null) {
            throw closed();
        }
        T object = Objects.requireNonNull(maker.get(), "The factory made null, must make an object");
        counters.count(Event.CREATED);
        boolean told = false;
        try {
            tell(Operation.CREATED, object);
            told = true;
        } finally {
            if (!told) {
                discard(object);
            }
        }
        return object;
    }

    /** What is thrown to whoever wants an object of a closed pool. */
    static IllegalStateException closed() {
        return new IllegalStateException("The pool is closed");
    }

    /** Destroys an object. What the destroyer or the listener throws is thrown here. */
    void destroy(T object) {
        counters.count(Event.DISCARDED);
        Identities tracker = identities;
        if (tracker != null) {
            tracker.discarded(object);
        }
        try {
            destroyer.accept(object);
        } finally {
            tell(Operation.DISCARDED, object);
        }
    }

    /** Destroys an object for the pool's own reasons: no caller waits to be told of an exception, so it is logged. */
    void discard(T object) {
        try {
            destroy(object);
        } catch (RuntimeException e) {
            LOG.warn(
                    "The destroyer or listener failed for a {} that the pool discards",
                    object.getClass().getName(),
                    e);
        }
    }

    /** Whether anybody is told. */
    boolean isWatched() {
        return listener != null || identities != null;
    }

    /** Tells another from now on. */
    void listen(PoolListener<? super T> newListener) {
        listener = newListener == PoolListener.none() ? null : newListener;
    }

    /** Begins or ends to remember which objects are acquired. What was acquired before is taken on trust. */
    void track(Tracking tracking) {
        if (tracking == Tracking.OFF) {
            identities = null;
        } else if (identities == null) {
            identities = new Identities(false);
        }
    }

    /** Remembers that somebody gets an object. */
    void markAcquired(T object) {
        Identities tracker = identities;
        if (tracker != null) {
            tracker.acquired(object);
        }
    }

    /**
     * Remembers that an object comes back.
     *
     * @throws dev.ashlar.api.InvalidReleaseException if it is not acquired
     */
    void markReleased(T object) {
        Identities tracker = identities;
        if (tracker != null) {
            tracker.released(object);
        }
    }

    /** Tells the listener, whose exceptions are passed on. */
    void tell(Operation operation, T object) {
        PoolListener<? super T> told = listener;
        if (told != null) {
            told.on(operation, object);
        }
    }

    /** Makes no object any more. Those that are out are still destroyed when they come back. */
    void close() {
        factory = null;
    }
}
