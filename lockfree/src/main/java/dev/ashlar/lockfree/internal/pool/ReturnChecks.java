package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.api.PoolConfig;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done with an object that comes back, before it is kept: the reset and the validator of the user. For any
 * number of threads.
 *
 * @param <T> the type of the objects
 */
final class ReturnChecks<T> {

    private static final Logger LOG = LoggerFactory.getLogger(LockFreePool.class);

    /** Null if there is none, or the pool is closed; the same for the validator. */
    private @Nullable Consumer<? super T> reset;

    private @Nullable Predicate<? super T> validator;
    private final AtomicBoolean failed = new AtomicBoolean();

    ReturnChecks(PoolConfig<T> config) {
        reset = config.hasReset() ? config.reset() : null;
        validator = config.hasValidator() ? config.validator() : null;
    }

    /** Whether there is nothing to call. */
    boolean isNone() {
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
            if (failed.compareAndSet(false, true)) {
                LOG.warn(
                        "Reset or validator failed for a {}; it is destroyed. Later failures are not logged.",
                        object.getClass().getName(),
                        e);
            }
            return false;
        }
    }

    /** Checks nothing any more, because nothing that comes back is kept, and keeps no code of the user alive. */
    void close() {
        reset = null;
        validator = null;
    }
}
