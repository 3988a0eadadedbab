package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.api.PoolConfig;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an object goes through when it comes back: the reset and the validator of the user. For any number of threads.
 *
 * @param <T> the type of the objects
 */
final class Checks<T> {

    private static final Logger LOG = LoggerFactory.getLogger(LockFreePool.class);

    private final @Nullable Consumer<? super T> reset;
    private final @Nullable Predicate<? super T> validator;
    private final AtomicBoolean failed = new AtomicBoolean();

    Checks(PoolConfig<T> config) {
        reset = config.hasReset() ? config.reset() : null;
        validator = config.hasValidator() ? config.validator() : null;
    }

    /** Whether there is nothing to call. */
    boolean isNone() {
        return reset == null && validator == null;
    }

    /** Resets an object; false if it must not be used again. A {@code RuntimeException} means that as well. */
    boolean isGood(T object) {
        try {
            if (reset != null) {
                reset.accept(object);
            }
            return validator == null || validator.test(object);
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
}
