package dev.ashlar.api;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The configuration of a {@link Pool}. Immutable.
 *
 * @param <T> the type of the objects
 */
public final class PoolConfig<T> {

    @SuppressWarnings("UnnecessaryLambda") // compared by identity
    private static final Consumer<Object> NO_RESET = _ -> {};

    @SuppressWarnings("UnnecessaryLambda") // compared by identity
    private static final Predicate<Object> ALWAYS_VALID = _ -> true;

    static final PoolListener<Object> NOBODY = (_, _) -> {};

    /** Whether a pool counts what it does. */
    public enum Statistics {
        /** Operations are counted, and {@link Pool#stats()} returns the figures. */
        RECORDED,
        /** Nothing is counted, at no cost. */
        OFF
    }

    /**
     * Whether a pool records which objects are acquired, so that {@link Pool#release} detects every invalid release.
     */
    public enum Tracking {
        /** Nothing is recorded. A second release without a lease is not detected, and its effect is undefined. */
        OFF,
        /**
         * For debugging: each acquired object is recorded by identity. An object that is released twice, or that
         * belongs to another pool, is refused. This costs a few hundred nanoseconds for each operation, and memory for
         * each object.
         */
        IDENTITY
    }

    /** A private copy, never changed. */
    private final Builder<T> values;

    private PoolConfig(Builder<T> values) {
        this.values = values;
    }

    /** Makes an object. */
    public Supplier<? extends T> factory() {
        return values.factory;
    }

    /** Resets a released object to its initial state. */
    public Consumer<? super T> reset() {
        return values.reset;
    }

    /** Returns whether an object may be handed out again. Called on release, after the reset. */
    public Predicate<? super T> validator() {
        return values.validator;
    }

    /** Destroys an object that the pool discards. */
    public Consumer<? super T> destroyer() {
        return values.destroyer;
    }

    /** The number of objects that are made with the pool, 0 to {@link #maxIdle}. */
    public int initialSize() {
        return values.initialSize;
    }

    /** The largest number of idle objects that are kept; 0 for none, {@link Pool#UNBOUNDED} for any number. */
    public int maxIdle() {
        return values.maxIdle;
    }

    /**
     * The largest number of objects that are acquired at the same time, 1 or more; {@link Pool#UNBOUNDED} for any
     * number.
     */
    public int maxLive() {
        return values.maxLive;
    }

    /** How long an object may be idle before housekeeping discards it; zero for no bound. */
    public Duration idleInterval() {
        return values.idleInterval;
    }

    /** Whether the pool records statistics. */
    public Statistics statistics() {
        return values.statistics;
    }

    /** Called for each operation. */
    public PoolListener<? super T> listener() {
        return values.listener;
    }

    /** How invalid releases are detected. */
    public Tracking tracking() {
        return values.tracking;
    }

    /** The clock that measures idle time, in nanoseconds from any origin. */
    public LongSupplier clock() {
        return values.clock;
    }

    /** A builder that starts from this configuration. */
    public Builder<T> toBuilder() {
        return values.copy();
    }

    /** Whether a reset was set. Without one, a pool skips the call. */
    public boolean hasReset() {
        return values.reset != NO_RESET;
    }

    /** Whether a validator was set. Without one, a pool skips the call. */
    public boolean hasValidator() {
        return values.validator != ALWAYS_VALID;
    }

    /** Whether a listener was set. */
    public boolean hasListener() {
        return values.listener != NOBODY;
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
     * Builds a {@link PoolConfig}. Each value is checked when it is set. Not safe for use by several threads at once.
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
            this.factory = Objects.requireNonNull(factory, "factory");
        }

        private Builder<T> copy() {
            Builder<T> copy = new Builder<>(factory);
            copy.reset = reset;
            copy.validator = validator;
            copy.destroyer = destroyer;
            copy.initialSize = initialSize;
            copy.maxIdle = maxIdle;
            copy.maxLive = maxLive;
            copy.idleInterval = idleInterval;
            copy.statistics = statistics;
            copy.listener = listener;
            copy.tracking = tracking;
            copy.clock = clock;
            return copy;
        }

        private static int requireCount(String name, int value, int min, int max) {
            if (value < min || value > max) {
                throw new IllegalArgumentException(name + " is " + value + ", must be " + min + " to " + max);
            }
            return value;
        }

        /**
         * Sets the action that resets a released object to its initial state.
         *
         * @param reset is run on each release; an object for which it throws is destroyed
         */
        public Builder<T> reset(Consumer<? super T> reset) {
            this.reset = Objects.requireNonNull(reset, "reset");
            return this;
        }

        /**
         * Sets the check whether an object may be handed out again.
         *
         * @param validator false for an object that is to be destroyed
         */
        public Builder<T> validator(Predicate<? super T> validator) {
            this.validator = Objects.requireNonNull(validator, "validator");
            return this;
        }

        /**
         * Sets the action that destroys an object that the pool discards.
         *
         * @param destroyer is run once for each object
         */
        public Builder<T> destroyer(Consumer<? super T> destroyer) {
            this.destroyer = Objects.requireNonNull(destroyer, "destroyer");
            return this;
        }

        /**
         * Sets how many objects are made with the pool.
         *
         * @param initialSize 0, the default, to {@link #maxIdle}
         * @throws IllegalArgumentException if it is negative
         */
        public Builder<T> initialSize(int initialSize) {
            this.initialSize = requireCount("initialSize", initialSize, 0, Integer.MAX_VALUE);
            return this;
        }

        /**
         * Sets how many idle objects are kept.
         *
         * @param maxIdle 0 for none, {@link Pool#UNBOUNDED}, the default, for any number
         * @throws IllegalArgumentException if it is negative
         */
        public Builder<T> maxIdle(int maxIdle) {
            this.maxIdle = requireCount("maxIdle", maxIdle, 0, Integer.MAX_VALUE);
            return this;
        }

        /**
         * Sets how many objects may be acquired at the same time.
         *
         * @param maxLive 1 or more, {@link Pool#UNBOUNDED}, the default, for any number
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder<T> maxLive(int maxLive) {
            this.maxLive = requireCount("maxLive", maxLive, 1, Integer.MAX_VALUE);
            return this;
        }

        /**
         * Sets how long an object may be idle before housekeeping discards it.
         *
         * @param idleInterval zero, the default, for no bound
         * @throws IllegalArgumentException if it is negative
         */
        public Builder<T> idleInterval(Duration idleInterval) {
            if (Objects.requireNonNull(idleInterval, "idleInterval").isNegative()) {
                throw new IllegalArgumentException(
                        "idleInterval is " + idleInterval + ", must be zero (no bound) or more");
            }
            this.idleInterval = idleInterval;
            return this;
        }

        /**
         * Sets whether the pool records statistics.
         *
         * @param statistics recorded or off
         */
        public Builder<T> statistics(Statistics statistics) {
            this.statistics = Objects.requireNonNull(statistics, "statistics");
            return this;
        }

        /**
         * Sets the listener that is called for each operation.
         *
         * @param listener is called on the thread of the operation
         */
        public Builder<T> listener(PoolListener<? super T> listener) {
            this.listener = Objects.requireNonNull(listener, "listener");
            return this;
        }

        /**
         * Sets how invalid releases are detected.
         *
         * @param tracking off, or by identity for debugging
         */
        public Builder<T> tracking(Tracking tracking) {
            this.tracking = Objects.requireNonNull(tracking, "tracking");
            return this;
        }

        /**
         * Sets the clock by which idle time is measured.
         *
         * @param clock returns nanoseconds from any origin, as {@link System#nanoTime()} does
         */
        public Builder<T> clock(LongSupplier clock) {
            this.clock = Objects.requireNonNull(clock, "clock");
            return this;
        }

        /**
         * The configuration.
         *
         * @throws IllegalArgumentException if {@code initialSize} is more than {@code maxIdle}
         */
        public PoolConfig<T> build() {
            requireCount("initialSize", initialSize, 0, maxIdle);
            return new PoolConfig<>(copy());
        }
    }
}
