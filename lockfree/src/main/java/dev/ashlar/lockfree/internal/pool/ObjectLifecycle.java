package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.PoolConfig.Tracking;
import dev.ashlar.api.PoolListener;
import dev.ashlar.api.PoolListener.Operation;
import dev.ashlar.api.Registration;
import dev.ashlar.api.support.Listeners;
import dev.ashlar.spi.support.Closing;
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
 * Calls the code of the user for objects of a pool: makes them, resets and validates them on release, and destroys
 * them. Also calls the listeners, and the identities for debugging. Both may be added and removed while the pool is
 * used, so each operation checks for them. For any number of threads.
 *
 * @param <T> the type of the objects
 */
final class ObjectLifecycle<T> {

    private static final Logger LOG = LoggerFactory.getLogger(LockFreePool.class);

    /** How many objects the factory made. */
    final LongAdder created = new LongAdder();

    /** How many objects were destroyed. */
    final LongAdder discarded = new LongAdder();

    /** Refuses once the pool is closed. */
    private volatile Supplier<? extends T> factory;

    /** Null if there is none, or the pool is closed; the same for the validator. */
    private @Nullable Consumer<? super T> reset;

    private @Nullable Predicate<? super T> validator;
    private final AtomicBoolean checkFailed = new AtomicBoolean();
    private final Consumer<? super T> destroyer;
    private final Listeners<PoolListener<? super T>> listeners = new Listeners<>();
    private volatile @Nullable Identities identities;

    ObjectLifecycle(PoolConfig<T> config) {
        factory = config.factory();
        reset = config.hasReset() ? config.reset() : null;
        validator = config.hasValidator() ? config.validator() : null;
        destroyer = config.destroyer();
        if (config.hasListener()) {
            Registration _ = listeners.add(config.listener());
        }
        identities = config.tracking() == Tracking.OFF ? null : new Identities(true);
    }

    /** Makes an object. An exception of the factory or the listener is passed on; then no object was made. */
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

    /** The exception for an acquire from a closed pool. */
    static IllegalStateException closed() {
        return new IllegalStateException("The pool is closed");
    }

    /** Whether a release needs no reset and no validator. */
    boolean isUnchecked() {
        return reset == null && validator == null;
    }

    /** Resets an object. Returns false if it must not be used again, also after a {@code RuntimeException}. */
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

    /** Destroys an object. An exception of the destroyer or the listener is passed on. */
    void destroy(T object) {
        discarded.increment();
        try {
            destroyer.accept(object);
        } finally {
            tell(Operation.DISCARDED, object);
        }
    }

    /**
     * Destroys an object that the pool itself discards. There is no caller to pass an exception to, so it is logged.
     */
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

    /** Whether there are listeners or identities. */
    boolean isWatched() {
        return !listeners.isEmpty() || identities != null;
    }

    /** Adds a listener until its registration is closed. */
    Registration listen(PoolListener<? super T> listener) {
        return listeners.add(listener);
    }

    /** Starts or stops remembering which objects are acquired. Objects that were acquired before are accepted. */
    void track(Tracking tracking) {
        if (tracking == Tracking.OFF) {
            identities = null;
        } else if (identities == null) {
            identities = new Identities(false);
        }
    }

    /**
     * Records that an object is released.
     *
     * @throws dev.ashlar.api.InvalidReleaseException if it is not acquired
     */
    void markReleased(T object) {
        Identities tracker = identities;
        if (tracker != null) {
            tracker.released(object);
        }
    }

    /** Calls the identities and all listeners. The first exception of a listener is passed on. */
    void tell(Operation operation, T object) {
        Identities tracker = identities;
        if (tracker != null) {
            tracker.note(operation, object);
        }
        if (!listeners.isEmpty()) {
            Closing.each(listeners.now(), listener -> listener.on(operation, object));
        }
    }

    /** From now on calls only the destroyer and the listeners, for objects that are still acquired. */
    void close() {
        factory = () -> {
            throw closed();
        };
        reset = null;
        validator = null;
    }
}
