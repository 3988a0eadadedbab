package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.PoolConfig.Tracking;
import dev.ashlar.api.PoolListener;
import dev.ashlar.api.PoolListener.Operation;
import dev.ashlar.api.Registration;
import dev.ashlar.spi.support.Closing;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
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
 * back, and destroyed. The listeners are told of it, and so are the identities for debugging. Either may come and go
 * while the pool is used; an operation asks each time. For any number of threads.
 *
 * @param <T> the type of the objects
 */
final class ObjectLifecycle<T> {

    /** A listener as it was given once: told from others by its identity, for it may be given twice. */
    private static final class Listening<T> {

        final PoolListener<? super T> listener;

        Listening(PoolListener<? super T> listener) {
            this.listener = listener;
        }
    }

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
    private final List<Listening<T>> listeners = new CopyOnWriteArrayList<>();
    private volatile @Nullable Identities identities;

    ObjectLifecycle(PoolConfig<T> config) {
        factory = config.factory();
        reset = config.hasReset() ? config.reset() : null;
        validator = config.hasValidator() ? config.validator() : null;
        destroyer = config.destroyer();
        if (config.hasListener()) {
            listeners.add(new Listening<>(config.listener()));
        }
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
        return !listeners.isEmpty() || identities != null;
    }

    /** Tells one more from now on, until the registration is closed. */
    Registration listen(PoolListener<? super T> listener) {
        Listening<T> listening = new Listening<>(listener);
        listeners.add(listening);
        return () -> listeners.remove(listening);
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

    /** Tells the identities, and all listeners, of whose exceptions the first is passed on. */
    void tell(Operation operation, T object) {
        Identities tracker = identities;
        if (tracker != null) {
            tracker.note(operation, object);
        }
        if (!listeners.isEmpty()) {
            Closing.each(listeners, listening -> listening.listener.on(operation, object));
        }
    }

    /** Calls no code of the user any more but the destroyer and the listeners, for objects that are out. */
    void close() {
        factory = () -> {
            throw closed();
        };
        reset = null;
        validator = null;
    }
}
