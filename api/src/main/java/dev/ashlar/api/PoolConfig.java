package dev.ashlar.api;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The configuration of a {@link Pool}.
 *
 * @param <T> the type of the objects
 * @param factory makes an object
 * @param reset brings a released object back to its first state
 * @param validator returns whether an object may be handed out again; called on release, after the reset
 * @param destroyer ends an object that the pool discards
 * @param initialSize objects made with the pool, 0 to {@code maxIdle}
 * @param maxIdle idle objects kept ready at most; 0 for none, {@link Pool#UNBOUNDED} for any number
 * @param maxLive objects acquired at the same time at most, 1 or more; {@link Pool#UNBOUNDED} for any number
 * @param idleInterval how long an object may be idle before housekeeping discards it; zero for no bound
 * @param statistics whether the pool counts
 * @param listener is called for each operation
 * @param tracking how invalid releases are detected
 * @param clock returns the nanoseconds by which idle time is measured, from any origin
 */
public record PoolConfig<T>(
        Supplier<? extends T> factory,
        Consumer<? super T> reset,
        Predicate<? super T> validator,
        Consumer<? super T> destroyer,
        int initialSize,
        int maxIdle,
        int maxLive,
        Duration idleInterval,
        Statistics statistics,
        PoolListener<? super T> listener,
        Tracking tracking,
        LongSupplier clock) {

    @SuppressWarnings("UnnecessaryLambda") // compared by identity
    private static final Consumer<Object> NO_RESET = _ -> {};

    @SuppressWarnings("UnnecessaryLambda") // compared by identity
    private static final Predicate<Object> ALWAYS_VALID = _ -> true;

    static final PoolListener<Object> NOBODY = (_, _) -> {};

    /** Whether a pool counts what it does. */
    public enum Statistics {
        /** {@link Pool#stats()} returns the figures. */
        RECORDED,
        /** Nothing is counted, at no cost. */
        OFF
    }

    /** Whether a pool remembers which objects are acquired, so that {@link Pool#release} sees every invalid release. */
    public enum Tracking {
        /** Nothing is remembered: a second release without a lease is not detected, and its effect is undefined. */
        OFF,
        /**
         * For debugging: each object is remembered by its identity, and an object that is released twice or belongs to
         * another pool is refused. It costs some hundred nanoseconds an operation, and memory for each object.
         */
        IDENTITY
    }

    /** Checks every value. */
    public PoolConfig {
        Objects.requireNonNull(factory, "factory");
        Objects.requireNonNull(reset, "reset");
        Objects.requireNonNull(validator, "validator");
        Objects.requireNonNull(destroyer, "destroyer");
        Objects.requireNonNull(idleInterval, "idleInterval");
        Objects.requireNonNull(statistics, "statistics");
        Objects.requireNonNull(listener, "listener");
        Objects.requireNonNull(tracking, "tracking");
        Objects.requireNonNull(clock, "clock");
        requireCount("maxIdle", maxIdle, 0, Integer.MAX_VALUE);
        requireCount("maxLive", maxLive, 1, Integer.MAX_VALUE);
        requireCount("initialSize", initialSize, 0, maxIdle);
        if (idleInterval.isNegative()) {
            throw new IllegalArgumentException("idleInterval is " + idleInterval + ", must be zero (no bound) or more");
        }
    }

    private static void requireCount(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " is " + value + ", must be " + min + " to " + max);
        }
    }

    /** Whether a reset was set. Without one, a pool skips the call. */
    public boolean hasReset() {
        return reset != NO_RESET;
    }

    /** Whether a validator was set. Without one, a pool skips the call. */
    public boolean hasValidator() {
        return validator != ALWAYS_VALID;
    }

    /** Whether a listener was set. */
    public boolean hasListener() {
        return listener != NOBODY;
    }

    /**
     * A configuration with defaults for everything but the factory: no reset, every object valid, nothing to destroy,
     * no objects made with the pool, no bounds, no idle interval, statistics recorded, no listener, no tracking, and
     * the clock of {@link System#nanoTime()}.
     *
     * @param <T> the type of the objects
     * @param factory makes an object
     */
    public static <T> PoolConfig<T> of(Supplier<? extends T> factory) {
        return PoolConfig.<T>builder(factory).build();
    }

    /**
     * A builder that starts from the defaults of {@link #of}.
     *
     * @param <T> the type of the objects
     * @param factory makes an object
     */
    public static <T> Builder<T> builder(Supplier<? extends T> factory) {
        return new Builder<>(factory);
    }

    /**
     * Builds a {@link PoolConfig}. Not safe for use by many threads.
     *
     * @param <T> the type of the objects
     */
    public static final class Builder<T> {
        private final Supplier<? extends T> factory;
        private Consumer<? super T> reset = NO_RESET;
        private Predicate<? super T> validator = ALWAYS_VALID;
        private Consumer<? super T> destroyer = object -> {};
        private int initialSize;
        private int maxIdle = Pool.UNBOUNDED;
        private int maxLive = Pool.UNBOUNDED;
        private Duration idleInterval = Duration.ZERO;
        private Statistics statistics = Statistics.RECORDED;
        private PoolListener<? super T> listener = NOBODY;
        private Tracking tracking = Tracking.OFF;
        private LongSupplier clock = System::nanoTime;

        private Builder(Supplier<? extends T> factory) {
            this.factory = factory;
        }

        /**
         * Sets the action that brings a released object back to its first state.
         *
         * @param reset is run on each release; an object for which it throws is destroyed
         */
        public Builder<T> reset(Consumer<? super T> reset) {
            this.reset = reset;
            return this;
        }

        /**
         * Sets the check whether an object may be handed out again.
         *
         * @param validator false for an object that is to be destroyed
         */
        public Builder<T> validator(Predicate<? super T> validator) {
            this.validator = validator;
            return this;
        }

        /**
         * Sets the action that destroys an object that the pool discards.
         *
         * @param destroyer is run once for each object
         */
        public Builder<T> destroyer(Consumer<? super T> destroyer) {
            this.destroyer = destroyer;
            return this;
        }

        /**
         * Sets how many objects are made with the pool.
         *
         * @param initialSize 0, the default, to {@code maxIdle}
         */
        public Builder<T> initialSize(int initialSize) {
            this.initialSize = initialSize;
            return this;
        }

        /**
         * Sets how many idle objects are kept ready.
         *
         * @param maxIdle 0 for none, {@link Pool#UNBOUNDED}, the default, for any number
         */
        public Builder<T> maxIdle(int maxIdle) {
            this.maxIdle = maxIdle;
            return this;
        }

        /**
         * Sets how many objects may be acquired at the same time.
         *
         * @param maxLive 1 or more, {@link Pool#UNBOUNDED}, the default, for any number
         */
        public Builder<T> maxLive(int maxLive) {
            this.maxLive = maxLive;
            return this;
        }

        /**
         * Sets how long an object may be idle before housekeeping discards it.
         *
         * @param idleInterval zero for no bound
         */
        public Builder<T> idleInterval(Duration idleInterval) {
            this.idleInterval = idleInterval;
            return this;
        }

        /**
         * Sets whether the pool counts.
         *
         * @param statistics recorded or off
         */
        public Builder<T> statistics(Statistics statistics) {
            this.statistics = statistics;
            return this;
        }

        /**
         * Sets the listener that is called for each operation.
         *
         * @param listener is called on the thread of the operation
         */
        public Builder<T> listener(PoolListener<? super T> listener) {
            this.listener = listener;
            return this;
        }

        /**
         * Sets how invalid releases are detected.
         *
         * @param tracking off, or by identity for debugging
         */
        public Builder<T> tracking(Tracking tracking) {
            this.tracking = tracking;
            return this;
        }

        /**
         * Sets the clock by which idle time is measured.
         *
         * @param clock returns nanoseconds from any origin, as {@link System#nanoTime()} does
         */
        public Builder<T> clock(LongSupplier clock) {
            this.clock = clock;
            return this;
        }

        /**
         * The configuration.
         *
         * @throws IllegalArgumentException if a value is out of its range, naming value and range
         */
        public PoolConfig<T> build() {
            return new PoolConfig<>(
                    factory,
                    reset,
                    validator,
                    destroyer,
                    initialSize,
                    maxIdle,
                    maxLive,
                    idleInterval,
                    statistics,
                    listener,
                    tracking,
                    clock);
        }
    }
}
