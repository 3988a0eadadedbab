package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.PoolListener.Operation;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How objects of a pool begin and end: the code of the user that makes and destroys them, and who is told and counts.
 *
 * @param <T> the type of the objects
 */
final class Lives<T> {

    private static final Logger LOG = LoggerFactory.getLogger(LockFreePool.class);

    private final Supplier<? extends T> factory;
    private final Consumer<? super T> destroyer;
    private final Counters counters;
    private final Watchers<T> watchers;

    Lives(PoolConfig<T> config, Counters counters, Watchers<T> watchers) {
        factory = config.factory();
        destroyer = config.destroyer();
        this.counters = counters;
        this.watchers = watchers;
    }

    /** Makes an object. What the factory or the listener throws is thrown here, and then none was made. */
    T begin() {
        T object = Objects.requireNonNull(factory.get(), "The factory made null, must make an object");
        counters.created();
        boolean told = false;
        try {
            watchers.tell(Operation.CREATED, object);
            told = true;
        } finally {
            if (!told) {
                endUnasked(object);
            }
        }
        return object;
    }

    /** Destroys an object. What the destroyer or the listener throws is thrown here. */
    void end(T object) {
        counters.discarded();
        watchers.markDiscarded(object);
        try {
            destroyer.accept(object);
        } finally {
            watchers.tell(Operation.DISCARDED, object);
        }
    }

    /** Destroys an object that nobody asked to be destroyed, so that nobody is there to be told what is thrown. */
    void endUnasked(T object) {
        try {
            end(object);
        } catch (RuntimeException e) {
            LOG.warn(
                    "The destroyer or listener failed for a {} that the pool let go of",
                    object.getClass().getName(),
                    e);
        }
    }
}
