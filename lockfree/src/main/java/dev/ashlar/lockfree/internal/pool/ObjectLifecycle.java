package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.PoolConfig.Tracking;
import dev.ashlar.api.PoolListener;
import dev.ashlar.api.PoolListener.Operation;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What objects of a pool go through, by the code of the user: how they are made, reset and validated when they come
 * back, and destroyed. The listener is told of it, and so are the identities for debugging. Either may come and go
 * while the pool is used; an operation asks each time. For any number of threads.
 *
 * @param <T> the type of the objects
 */
final class ObjectLifecycle<T> {

    private static final Logger LOG = LoggerFactory.getLogger(LockFreePool.class);

    /** How many objects the factory made. */
    final LongAdder created = new LongAdder();

    /** How many were destroyed. */
    final LongAdder discarded = new LongAdder();

    /** Refuses when the pool is closed. */
    private volatile Supplier<? extends T> factory;

    /** Null if there is none, or the pool is closed; the same for the validator. */
    private @Nullable Consumer<? super T> reset;

    private @Nullable Predicate<? super T> validator;
    private final AtomicBoolean checkFailed = new AtomicBoolean();
    private final Consumer<? super T> destroyer;
    private volatile @Nullable PoolListener<? super T> listener;
    private volatile @Nullable Identities identities;

    ObjectLifecycle(PoolConfig<T> config) {
        factory = config.factory();
        reset = config.hasReset() ? config.reset() : null;
        validator = config.hasValidator() ? config.validator() : null;
        destroyer = config.destroyer();
        listener = config.hasListener() ? config.listener() : null;
        identities = config.tracking() == Tracking.OFF ? null : new Identities(true);
    }

    /** Makes an object. What the factory or the listener throws is thrown here, and then none was made. */
    T make() {
        T object = Objects.requireNonNull(factory.get(), "The factory made null, must make an object");
        created.increment();
        try {
            tell(Operation.CREATED, object);
        } catch (Throwable e) {
            discard(object);
            throw e;
        }
        return object;
    }

    /** What is thrown to whoever wants an object of a closed pool. */
    static IllegalStateException closed() {
        return new IllegalStateException("The pool is closed");
    }

    /** Whether there is nothing to call when an object comes back. */
    boolean isUnchecked() {
        return reset == null && validator == null;
    }

    /** Resets an object; false if it must not be used again. A {@code RuntimeException} means that as well. */
    boolean isGood(T object) {
        Consumer<? super T> resetting = reset;
        Predicate<? super T> validating = validator;
        try {
            if (resetting != null) {
                resetting.accept(object);
            }
            return validating == null || validating.test(object);
        } catch (RuntimeException e) {
            if (checkFailed.compareAndSet(false, true)) {
                LOG.warn(
                        "Reset or validator failed for a {}; it is destroyed. Later failures are not logged.",
                        object.getClass().getName(),
                        e);
            }
            return false;
        }
    }

    /** Destroys an object. What the destroyer or the listener throws is thrown here. */
    void destroy(T object) {
        discarded.increment();
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

    /** Tells the identities, and the listener, whose exceptions are passed on. */
    void tell(Operation operation, T object) {
        Identities tracker = identities;
        if (tracker != null) {
            tracker.note(operation, object);
        }
        PoolListener<? super T> told = listener;
        if (told != null) {
            told.on(operation, object);
        }
    }

    /** Calls no code of the user any more but the destroyer and the listener, for objects that are out. */
    void close() {
        factory = () -> {
            throw closed();
        };
        reset = null;
        validator = null;
    }
}
